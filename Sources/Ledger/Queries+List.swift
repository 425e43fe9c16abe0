import Orders

/// Questions that verbs ask for people: the newest orders, drops by name.
extension Queries {
    /// The orders that came last, the newest first.
    ///
    /// - Parameters:
    ///   - before: the event number of the last order of the page before; `Int64.max` for the first page.
    ///   - stage: only orders there.
    ///   - partner: only that partner's.
    ///   - activeOnly: leave out those that are done, cancelled or rejected.
    ///   - limit: the page's size.
    public func newestOrders(
        before: Int64 = .max, stage: Stage? = nil, partner: String? = nil, activeOnly: Bool = false, limit: Int
    ) throws(LedgerError) -> [OrderRecord] {
        var sql = "SELECT \(Rows.orderColumns) FROM orders WHERE seq < ?1"
        if stage != nil { sql += " AND stage = ?2" }
        if partner != nil { sql += " AND partner = ?3" }
        if activeOnly { sql += " AND day IS NULL" }
        let row = try connection.statement(sql + " ORDER BY seq DESC LIMIT ?4")
        row.bind(1, before)
        if let stage { row.bind(2, stage.name) }
        if let partner { row.bind(3, partner) }
        row.bind(4, limit)
        var found: [OrderRecord] = []
        while try row.step() { found.append(try Rows.order(row)) }
        return found
    }

    /// The drops of files with a name, the newest first; a search through all drops.
    public func drops(named name: [UInt8], partner: String? = nil, limit: Int) throws(LedgerError) -> [DropRecord] {
        let condition = partner == nil ? "" : " AND partner = ?3"
        let row = try connection.statement(
            "SELECT \(Rows.dropColumns) FROM drops WHERE name = ?1\(condition) ORDER BY seq DESC LIMIT ?2")
        row.bind(1, blob: name)
        row.bind(2, limit)
        if let partner { row.bind(3, partner) }
        var found: [DropRecord] = []
        while try row.step() { found.append(try Rows.drop(row)) }
        return found
    }

    /// The drop of one upload, by its file's device, inode and birth time, among those recorded after an event.
    public func drop(device: UInt64, inode: UInt64, birth: Int64, after seq: Int64) throws(LedgerError) -> DropRecord? {
        let row = try connection.statement(
            "SELECT \(Rows.dropColumns) FROM drops WHERE seq > ?1 AND inode = ?2 AND device = ?3 AND birth = ?4 ORDER BY seq DESC LIMIT 1")
        row.bind(1, seq)
        row.bind(2, Int64(bitPattern: inode))
        row.bind(3, Int64(bitPattern: device))
        row.bind(4, birth)
        guard try row.step() else { return nil }
        defer { row.reset() }
        return try Rows.drop(row)
    }

    /// Orders of one drop, in their order in the file.
    public func orders(drop seq: Int64, limit: Int) throws(LedgerError) -> [OrderRecord] {
        let row = try connection.statement("SELECT \(Rows.orderColumns) FROM orders WHERE drop_seq = ?1 ORDER BY entry LIMIT ?2")
        row.bind(1, seq)
        row.bind(2, limit)
        var found: [OrderRecord] = []
        while try row.step() { found.append(try Rows.order(row)) }
        return found
    }
}
