import Orders

/// Reads rows of the ledger into records: the one place that knows the order of the columns.
enum Rows {
    static let orderColumns = """
        seq, id, drop_seq, entry, partner, key, content, customer, reference, currency, total, tax, shipping, discount, difference, \
        units, line_count, country, priority, placed, method, token, size, sha, stage, step, day, attempts, next_at, reason, detail, \
        reserved, charge, ending, begun, waived, created, updated, history
        """

    static func order(_ row: Statement) throws(LedgerError) -> OrderRecord {
        guard let id = OrderID(row.text(1)), let currency = Currency(row.text(9)) else {
            throw LedgerError(
                .damaged, "the ledger's row of order \(row.integer(0)) is damaged", hint: "stop orderd and run: orderd rebuild --ledger")
        }
        let key = row.optionalText(5)
        let order = Order(
            customerId: row.text(7), lines: [], currency: currency, totalAmount: row.integer(10), taxAmount: row.integer(11),
            shippingAmount: row.integer(12), discountAmount: row.integer(13), orderReference: row.optionalText(8),
            idempotencyKey: key.flatMap { $0.hasPrefix("k:") ? String($0.dropFirst(2)) : nil }, placedAt: row.optionalText(19),
            country: row.optionalText(17), paymentMethod: row.optionalText(20), paymentToken: row.optionalText(21),
            priority: Int(row.integer(18)), totalDifference: row.integer(14))
        let record = OrderRecord(
            seq: row.integer(0), id: id, drop: row.integer(2), entry: Int(row.integer(3)), partner: row.text(4), key: key,
            content: row.optionalBlob(6), order: order, units: row.integer(15), lineCount: Int(row.integer(16)), size: Int(row.integer(22)),
            sha: row.blob(23), created: Timestamp(milliseconds: row.integer(36)), stage: Stage(row.text(24)), step: row.text(25),
            isNew: false)
        record.day = row.optionalText(26)
        record.attempts = Int(row.integer(27))
        record.nextAttempt = row.optionalInteger(28).map { Timestamp(milliseconds: $0) }
        record.reason = row.optionalText(29)
        record.detail = row.optionalText(30)
        record.isReserved = row.integer(31) != 0
        record.charge = row.text(32)
        record.ending = row.optionalText(33).map { Stage($0) }
        record.hasBegun = row.integer(34) != 0
        record.waived = row.text(35)
        record.updated = Timestamp(milliseconds: row.integer(37))
        record.history = row.blob(38)
        return record
    }

    static let dropColumns = """
        seq, id, partner, directory, name, device, inode, birth, size, sha, received, completeness, verdict, entries, accepted, \
        duplicate, conflict, rejected, slices, position, results, faults, finished
        """

    static func drop(_ row: Statement) throws(LedgerError) -> DropRecord {
        guard let id = DropID(row.text(1)) else {
            throw LedgerError(
                .damaged, "the ledger's row of drop \(row.integer(0)) is damaged", hint: "stop orderd and run: orderd rebuild --ledger")
        }
        let facts = DropFacts(
            partner: row.text(2), directory: row.text(3), name: row.blob(4), device: UInt64(bitPattern: row.integer(5)),
            inode: UInt64(bitPattern: row.integer(6)), birth: row.integer(7), size: row.integer(8), sha: row.blob(9),
            received: Timestamp(milliseconds: row.integer(10)), completeness: row.text(11),
            finished: row.optionalInteger(22).map { Timestamp(milliseconds: $0) })
        var counts = EntryCounts()
        counts.entries = Int(row.integer(13))
        counts.accepted = Int(row.integer(14))
        counts.duplicate = Int(row.integer(15))
        counts.conflict = Int(row.integer(16))
        counts.rejected = Int(row.integer(17))
        return DropRecord(
            seq: row.integer(0), id: id, facts: facts, verdict: row.optionalText(12).flatMap { Verdict(rawValue: $0) }, counts: counts,
            slices: Int(row.integer(18)), position: row.text(19), results: row.blob(20), faults: row.blob(21), isNew: false)
    }

    static func insert(_ order: OrderRecord, _ row: Statement) throws(LedgerError) {
        row.bind(1, order.seq)
        row.bind(2, order.id.text)
        row.bind(3, order.drop)
        row.bind(4, order.entry)
        row.bind(5, order.partner)
        row.bind(6, order.key)
        row.bind(7, blob: order.content)
        row.bind(8, order.order.customerId)
        row.bind(9, order.order.orderReference)
        row.bind(10, order.order.currency.code)
        row.bind(11, order.order.totalAmount)
        row.bind(12, order.order.taxAmount)
        row.bind(13, order.order.shippingAmount)
        row.bind(14, order.order.discountAmount)
        row.bind(15, order.order.totalDifference)
        row.bind(16, order.units)
        row.bind(17, order.lineCount)
        row.bind(18, order.order.country)
        row.bind(19, order.order.priority)
        row.bind(20, order.order.placedAt)
        row.bind(21, order.order.paymentMethod)
        row.bind(22, order.order.paymentToken)
        row.bind(23, order.size)
        row.bind(24, blob: order.sha)
        bindState(order, row, from: 25)
        row.bind(37, order.created.milliseconds)
        row.bind(38, order.updated.milliseconds)
        row.bind(39, utf8: order.history)
        try row.run()
    }

    static let update = """
        UPDATE orders SET stage = ?1, step = ?2, day = ?3, attempts = ?4, next_at = ?5, reason = ?6, detail = ?7, reserved = ?8, \
        charge = ?9, ending = ?10, begun = ?11, waived = ?12, updated = ?13, history = ?14 \
        WHERE seq = ?15
        """

    static func update(_ order: OrderRecord, _ row: Statement) throws(LedgerError) {
        bindState(order, row, from: 1)
        row.bind(13, order.updated.milliseconds)
        row.bind(14, utf8: order.history)
        row.bind(15, order.seq)
        try row.run()
    }

    private static func bindState(_ order: OrderRecord, _ row: Statement, from first: Int32) {
        row.bind(first, order.stage.name)
        row.bind(first + 1, order.step)
        row.bind(first + 2, order.day)
        row.bind(first + 3, order.attempts)
        row.bind(first + 4, order.nextAttempt?.milliseconds)
        row.bind(first + 5, order.reason)
        row.bind(first + 6, order.detail)
        row.bind(first + 7, order.isReserved)
        row.bind(first + 8, order.charge)
        row.bind(first + 9, order.ending?.name)
        row.bind(first + 10, order.hasBegun)
        row.bind(first + 11, order.waived)
    }

    static func insert(_ drop: DropRecord, _ row: Statement) throws(LedgerError) {
        row.bind(1, drop.seq)
        row.bind(2, drop.id.text)
        row.bind(3, drop.facts.partner)
        row.bind(4, drop.facts.directory)
        row.bind(5, blob: drop.facts.name)
        row.bind(6, Int64(bitPattern: drop.facts.device))
        row.bind(7, Int64(bitPattern: drop.facts.inode))
        row.bind(8, drop.facts.birth)
        row.bind(9, drop.facts.size)
        row.bind(10, blob: drop.facts.sha)
        row.bind(11, drop.facts.received.milliseconds)
        row.bind(12, drop.facts.completeness)
        row.bind(13, drop.verdict?.rawValue)
        row.bind(14, drop.counts.entries)
        row.bind(15, drop.counts.accepted)
        row.bind(16, drop.counts.duplicate)
        row.bind(17, drop.counts.conflict)
        row.bind(18, drop.counts.rejected)
        row.bind(19, drop.slices)
        row.bind(20, drop.position)
        row.bind(21, utf8: drop.results)
        row.bind(22, utf8: drop.faults)
        row.bind(23, drop.facts.finished?.milliseconds)
        try row.run()
    }

    /// `?1, ?2, ...` for a list of columns.
    static func marks(_ columns: String) -> String {
        (1...columns.split(separator: ",").count).map { "?\($0)" }.joined(separator: ", ")
    }
}
