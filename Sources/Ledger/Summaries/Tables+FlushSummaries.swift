import Orders

extension Tables {
    /// Writes the sums that a batch has changed.
    func flushSummaries() throws(LedgerError) {
        try flushHours()
        try flushSales()
        try flushLatencies()
        try flushRefusals()
        try flushCustomers()
        try flushMinutes()
        let matter = try connection.statement("INSERT OR REPLACE INTO matters VALUES(?1, ?2, ?3)")
        for (what, value) in summaries.matters {
            matter.bind(1, what)
            matter.bind(2, value.open)
            matter.bind(3, value.since)
            try matter.run()
        }
    }

    private func flushHours() throws(LedgerError) {
        let hour = try connection.statement(
            """
            INSERT INTO hour_totals VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT DO UPDATE SET \
            accepted = accepted + excluded.accepted, completed = completed + excluded.completed, \
            cancelled = cancelled + excluded.cancelled, rejected = rejected + excluded.rejected, failed = failed + excluded.failed, \
            held = held + excluded.held
            """)
        for (key, delta) in summaries.hours {
            hour.bind(1, key.hour)
            hour.bind(2, key.partner)
            hour.bind(3, delta.accepted)
            hour.bind(4, delta.completed)
            hour.bind(5, delta.cancelled)
            hour.bind(6, delta.rejected)
            hour.bind(7, delta.failed)
            hour.bind(8, delta.held)
            try hour.run()
        }
    }

    private func flushSales() throws(LedgerError) {
        let country = try connection.statement(
            """
            INSERT INTO country_totals VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT DO UPDATE SET orders = orders + excluded.orders, \
            \(Totals.sum("units")), \(Totals.sum("amount"))
            """)
        for (key, delta) in summaries.countries {
            country.bind(1, key.day)
            country.bind(2, key.partner)
            country.bind(3, key.country.text)
            country.bind(4, key.currency)
            country.bind(5, delta.orders)
            country.bind(6, delta.units)
            country.bind(7, delta.amount)
            try country.run()
        }
    }

    private func flushLatencies() throws(LedgerError) {
        let latency = try connection.statement(
            """
            INSERT INTO latency_totals VALUES(?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO UPDATE SET count = count + excluded.count, \
            \(Totals.sum("milliseconds"))
            """)
        for (key, delta) in summaries.latencies {
            latency.bind(1, key.day)
            latency.bind(2, key.partner)
            latency.bind(3, key.measure.rawValue)
            latency.bind(4, key.atMost)
            latency.bind(5, delta.count)
            latency.bind(6, delta.milliseconds)
            try latency.run()
        }
    }

    /// The first example of a day stays: the same one, however events are split into batches.
    private func flushRefusals() throws(LedgerError) {
        let refusal = try connection.statement(
            """
            INSERT INTO refusal_totals VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12) ON CONFLICT DO UPDATE SET \
            count = count + excluded.count
            """)
        for (key, delta) in summaries.refusals {
            refusal.bind(1, key.day)
            refusal.bind(2, key.partner)
            refusal.bind(3, key.what.rawValue)
            refusal.bind(4, key.code.text)
            refusal.bind(5, delta.count)
            refusal.bind(6, delta.example.at.milliseconds)
            refusal.bind(7, delta.example.subject)
            refusal.bind(8, blob: delta.example.file)
            refusal.bind(9, delta.example.entry.map { Int64($0) })
            refusal.bind(10, delta.example.reference)
            refusal.bind(11, delta.example.pointer)
            refusal.bind(12, delta.example.message)
            try refusal.run()
        }
    }

    private func flushCustomers() throws(LedgerError) {
        let customer = try connection.statement("INSERT OR REPLACE INTO customers VALUES(?1, ?2, ?3, ?4)")
        for (key, row) in summaries.customers where row.isDirty {
            customer.bind(1, key.partner)
            customer.bind(2, key.key.text)
            customer.bind(3, row.since)
            customer.bind(4, row.last)
            try customer.run()
        }
        let total = try connection.statement(
            """
            INSERT INTO customer_totals VALUES(?1, ?2, ?3, ?4) ON CONFLICT DO UPDATE SET newcomers = newcomers + excluded.newcomers, \
            regulars = regulars + excluded.regulars
            """)
        for (key, delta) in summaries.customerTotals {
            total.bind(1, key.day)
            total.bind(2, key.partner)
            total.bind(3, delta.new)
            total.bind(4, delta.returning)
            try total.run()
        }
    }

    /// Of each day its last minute so far, to go on with, and its best one: a row a minute would be half a million a year.
    private func flushMinutes() throws(LedgerError) {
        let peak = try connection.statement(
            """
            INSERT INTO day_peaks VALUES(?1, ?2, ?3, ?3) ON CONFLICT DO UPDATE SET \
            best = max(best, excluded.completed + iif(minute = excluded.minute, completed, 0)), \
            completed = excluded.completed + iif(minute = excluded.minute, completed, 0), minute = excluded.minute
            """)
        for item in summaries.minutes {
            peak.bind(1, Timestamp(milliseconds: item.minute * 60_000).day)
            peak.bind(2, item.minute)
            peak.bind(3, item.completed)
            try peak.run()
        }
    }
}
