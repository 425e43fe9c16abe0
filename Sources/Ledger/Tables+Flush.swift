import Orders

extension Tables {
    /// Writes all that changed since the last flush. The caller holds a transaction, and calls `forget` after its commit.
    func flush() throws(LedgerError) {
        try flushEvents()
        try flushDrops()
        try flushOrders()
        try flushStock()
        try flushRegisters()
        try flushTotals()
        try flushSummaries()
    }

    private func flushEvents() throws(LedgerError) {
        let row = try connection.statement("INSERT INTO events VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)")
        for event in events {
            row.bind(1, event.seq)
            row.bind(2, event.at)
            row.bind(3, event.kind)
            row.bind(4, event.subject)
            row.bind(5, utf8: event.data)
            row.bind(6, blob: event.hash)
            row.bind(7, blob: event.personal?.salt)
            row.bind(8, blob: event.personal?.document)
            try row.run()
        }
    }

    private func flushDrops() throws(LedgerError) {
        let insert = try connection.statement("INSERT INTO drops(\(Rows.dropColumns)) VALUES(\(Rows.marks(Rows.dropColumns)))")
        let update = try connection.statement(
            """
            UPDATE drops SET verdict = ?2, entries = ?3, accepted = ?4, duplicate = ?5, conflict = ?6, rejected = ?7, slices = ?8, \
            position = ?9, faults = ?10 WHERE seq = ?1
            """)
        for drop in drops.values where drop.isDirty {
            if drop.isNew {
                try Rows.insert(drop, insert)
            } else {
                update.bind(1, drop.seq)
                update.bind(2, drop.verdict?.rawValue)
                update.bind(3, drop.counts.entries)
                update.bind(4, drop.counts.accepted)
                update.bind(5, drop.counts.duplicate)
                update.bind(6, drop.counts.conflict)
                update.bind(7, drop.counts.rejected)
                update.bind(8, drop.slices)
                update.bind(9, drop.position)
                update.bind(10, utf8: drop.faults)
                try update.run()
            }
        }
        let slice = try connection.statement("INSERT INTO slices VALUES(?1, ?2, ?3)")
        for item in slices {
            slice.bind(1, item.drop)
            slice.bind(2, item.number)
            slice.bind(3, utf8: item.results)
            try slice.run()
        }
    }

    private func flushOrders() throws(LedgerError) {
        let insert = try connection.statement("INSERT INTO orders(\(Rows.orderColumns)) VALUES(\(Rows.marks(Rows.orderColumns)))")
        let update = try connection.statement(Rows.update)
        let line = try connection.statement("INSERT INTO lines VALUES(?1, ?2, ?3, ?4, ?5)")
        for order in dirtyOrders {
            guard order.isNew else {
                try Rows.update(order, update)
                continue
            }
            try Rows.insert(order, insert)
            line.bind(1, order.seq)
            for (number, item) in order.order.lines.enumerated() {
                line.bind(2, number)
                line.bind(3, item.productId)
                line.bind(4, item.quantity)
                line.bind(5, item.price)
                try line.run()
            }
        }
        let effect = try connection.statement("INSERT OR REPLACE INTO effects VALUES(?1, ?2, ?3, ?4, ?5, 'requested', NULL, ?6, NULL)")
        let settled = try connection.statement(
            "UPDATE effects SET state = ?3, reference = ?4, settled = ?5 WHERE order_seq = ?1 AND effect = ?2")
        for item in effects {
            if let request = item.request {
                effect.bind(1, item.order)
                effect.bind(2, request.effect)
                effect.bind(3, request.key)
                effect.bind(4, request.amount)
                effect.bind(5, request.currency)
                effect.bind(6, item.at)
                try effect.run()
            } else if let outcome = item.outcome {
                settled.bind(1, item.order)
                settled.bind(2, outcome.effect)
                settled.bind(3, outcome.state)
                settled.bind(4, outcome.reference)
                settled.bind(5, item.at)
                try settled.run()
            }
        }
        let message = try connection.statement("INSERT INTO outbox(order_seq, kind, created) VALUES(?1, ?2, ?3)")
        for item in outbox {
            message.bind(1, item.order)
            message.bind(2, item.kind)
            message.bind(3, item.at)
            try message.run()
        }
    }

    private func flushStock() throws(LedgerError) {
        let row = try connection.statement("INSERT OR REPLACE INTO stock VALUES(?1, ?2, ?3)")
        for (product, value) in stock {
            guard let value, value.isDirty else { continue }
            row.bind(1, product.text)
            row.bind(2, value.onHand)
            row.bind(3, value.reserved)
            try row.run()
        }
        let reservation = try connection.statement("INSERT OR REPLACE INTO reservations VALUES(?1, ?2, ?3, ?4)")
        for item in reservations {
            reservation.bind(1, item.order)
            reservation.bind(2, item.product)
            reservation.bind(3, item.quantity)
            reservation.bind(4, item.state)
            try reservation.run()
        }
    }

    private func flushRegisters() throws(LedgerError) {
        let product = try connection.statement("INSERT OR REPLACE INTO catalogue VALUES(?1, ?2, ?3)")
        for item in products {
            product.bind(1, item.product)
            product.bind(2, item.name)
            product.bind(3, item.price)
            try product.run()
        }
        let partner = try connection.statement("INSERT OR REPLACE INTO partners VALUES(?1, ?2, ?3, ?4)")
        for item in partners {
            partner.bind(1, item.change.name)
            partner.bind(2, item.change.role)
            partner.bind(3, item.change.state)
            partner.bind(4, item.at)
            try partner.run()
        }
        let pause = try connection.statement("INSERT OR REPLACE INTO pauses VALUES(?1, ?2, ?3, ?4)")
        let resume = try connection.statement("DELETE FROM pauses WHERE what = ?1")
        for item in pauses {
            if item.isOn {
                pause.bind(1, item.pause.what)
                pause.bind(2, item.at)
                pause.bind(3, item.pause.by)
                pause.bind(4, item.pause.reason)
                try pause.run()
            } else {
                resume.bind(1, item.pause.what)
                try resume.run()
            }
        }
    }

    private func flushTotals() throws(LedgerError) {
        let stage = try connection.statement(
            "INSERT INTO stage_counts VALUES(?1, ?2, ?3) ON CONFLICT DO UPDATE SET orders = orders + excluded.orders")
        for (key, delta) in stages where delta != 0 {
            stage.bind(1, key.stage)
            stage.bind(2, key.partner)
            stage.bind(3, delta)
            try stage.run()
        }
        // A replay draws its batches elsewhere: a row that came back to zero must look like one that never was.
        if stages.values.contains(where: { $0 < 0 }) { try connection.execute("DELETE FROM stage_counts WHERE orders = 0") }
        let drop = try connection.statement(
            """
            INSERT INTO drop_totals VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT DO UPDATE SET drops = drops + excluded.drops, \
            entries = entries + excluded.entries, accepted = accepted + excluded.accepted, duplicate = duplicate + excluded.duplicate, \
            conflict = conflict + excluded.conflict, rejected = rejected + excluded.rejected
            """)
        for (key, delta) in dropTotals {
            drop.bind(1, key.day)
            drop.bind(2, key.partner)
            drop.bind(3, key.third)
            drop.bind(4, delta.drops)
            drop.bind(5, delta.counts.entries)
            drop.bind(6, delta.counts.accepted)
            drop.bind(7, delta.counts.duplicate)
            drop.bind(8, delta.counts.conflict)
            drop.bind(9, delta.counts.rejected)
            try drop.run()
        }
        let day = try connection.statement(
            """
            INSERT INTO day_totals VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT DO UPDATE SET \
            accepted = accepted + excluded.accepted, completed = completed + excluded.completed, \
            cancelled = cancelled + excluded.cancelled, rejected = rejected + excluded.rejected, \(Totals.sum("units")), \
            \(Totals.sum("amount"))
            """)
        for (key, delta) in dayTotals {
            day.bind(1, key.day)
            day.bind(2, key.partner)
            day.bind(3, key.third)
            day.bind(4, delta.accepted)
            day.bind(5, delta.completed)
            day.bind(6, delta.cancelled)
            day.bind(7, delta.rejected)
            day.bind(8, delta.units)
            day.bind(9, delta.amount)
            try day.run()
        }
        let product = try connection.statement(
            """
            INSERT INTO product_totals VALUES(?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO UPDATE SET orders = orders + excluded.orders, \
            \(Totals.sum("units")), \(Totals.sum("amount"))
            """)
        for (key, delta) in productTotals {
            product.bind(1, key.product.text)
            product.bind(2, key.partner)
            product.bind(3, key.currency)
            product.bind(4, delta.orders)
            product.bind(5, delta.units)
            product.bind(6, delta.amount)
            try product.run()
        }
    }
}
