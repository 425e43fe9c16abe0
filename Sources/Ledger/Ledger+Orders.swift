public import Orders

/// What the engine asks while it works on a batch: answers include what the batch itself has recorded.
extension Ledger {
    /// The order of an id.
    public func order(_ id: OrderID) throws(LedgerError) -> OrderRecord? { try tables.order(id) }

    /// The order that took a key.
    public func order(partner: String, key: String) throws(LedgerError) -> OrderRecord? { try tables.order(partner: partner, key: key) }

    /// Orders without a key that have this content, the newest first, at most 64.
    public func orders(partner: String, content: [UInt8]) throws(LedgerError) -> [OrderRecord] {
        try tables.orders(partner: partner, content: content)
    }

    /// The drop that brought an order.
    public func drop(of order: OrderRecord) throws(LedgerError) -> DropRecord? {
        if let pending = tables.drops.values.first(where: { $0.seq == order.drop }) { return pending }
        return try queries.drop(order.drop)
    }

    /// A drop whose last slice is not in yet, with what the batch has recorded of it.
    public func openDrop(_ id: DropID) throws(LedgerError) -> DropRecord? { try tables.drop(id) }

    /// Loads an order's lines into its record.
    public func loadLines(of order: OrderRecord) throws(LedgerError) { try tables.loadLines(of: order) }

    /// The order's own text, as dropped; nil where it was erased.
    public func document(of order: OrderRecord) throws(LedgerError) -> [UInt8]? {
        if let pending = tables.events.last(where: { $0.seq == order.seq }) { return pending.personal?.document }
        return try queries.document(event: order.seq)
    }

    /// Pieces of a product that are not set aside; nil where the product has no stock row.
    public func available(_ product: String) throws(LedgerError) -> Int64? {
        try tables.stockRow(product).map { $0.onHand - $0.reserved }
    }

    /// The pieces that are set aside for an order.
    public func reservations(of order: OrderRecord) throws(LedgerError) -> [StockCount] {
        var pieces: [ExactText: Int64] = [:]
        for item in try queries.reservations(order: order.seq) where item.state == "reserved" {
            pieces[ExactText(item.product)] = item.quantity
        }
        for item in tables.reservations where item.order == order.seq {
            pieces[ExactText(item.product)] = item.state == "reserved" ? item.quantity : nil
        }
        return pieces.map { StockCount(product: $0.key.text, quantity: $0.value) }.sorted { $0.product < $1.product }
    }

    /// Orders at a stage, the ones of higher priority first, then in order of arrival; changed ones as the batch has left them.
    public func waiting(at stage: Stage, partner: String, limit: Int) throws(LedgerError) -> [OrderRecord] {
        let row = try connection.statement(
            """
            SELECT \(Rows.orderColumns) FROM orders WHERE stage = ?1 AND partner = ?2 AND day IS NULL ORDER BY priority DESC, seq LIMIT ?3
            """)
        row.bind(1, stage.name)
        row.bind(2, partner)
        row.bind(3, limit)
        return try collect(row).filter { $0.stage == stage }
    }

    /// Deferred orders whose next attempt is due.
    public func due(at now: Timestamp, limit: Int) throws(LedgerError) -> [OrderRecord] {
        let row = try connection.statement(
            "SELECT \(Rows.orderColumns) FROM orders WHERE next_at IS NOT NULL AND next_at <= ?1 ORDER BY next_at LIMIT ?2")
        row.bind(1, now.milliseconds)
        row.bind(2, limit)
        return try collect(row).filter { $0.stage == .deferred }
    }

    /// When the next deferred order is due.
    public func nextDue() throws(LedgerError) -> Timestamp? {
        let row = try connection.statement("SELECT min(next_at) FROM orders WHERE next_at IS NOT NULL")
        guard try row.step() else { return nil }
        defer { row.reset() }
        return row.optionalInteger(0).map { Timestamp(milliseconds: $0) }
    }

    private func collect(_ row: Statement) throws(LedgerError) -> [OrderRecord] {
        var found: [OrderRecord] = []
        while try row.step() { found.append(try tables.keep(row)) }
        return found
    }
}
