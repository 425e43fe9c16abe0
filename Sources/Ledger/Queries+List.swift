public import Orders

/// How many orders have been at one stage for how long.
public struct StageAges: Sendable, Equatable {
    /// The stage.
    public let stage: Stage
    /// Orders by age: one number for each bound, and one for all that are older.
    public let counts: [Int64]

    /// So many orders at a stage.
    public init(stage: Stage, counts: [Int64]) {
        self.stage = stage
        self.counts = counts
    }

    /// Orders there, of every age.
    public var total: Int64 { counts.reduce(0, +) }
}

/// Questions that verbs ask for people: the newest orders, ages, drops by name.
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

    /// Orders that are not at their end, by stage and by the time since they last changed.
    ///
    /// - Parameters:
    ///   - bounds: upper ends of the ages in milliseconds, rising; at most 8.
    ///   - now: the time to count from.
    public func ages(bounds: [Int64], now: Timestamp) throws(LedgerError) -> [StageAges] {
        let columns = bounds.indices.map { "sum(updated > ?\($0 + 1))" }.joined(separator: ", ")
        let row = try connection.statement("SELECT stage, count(*), \(columns) FROM orders WHERE day IS NULL GROUP BY stage ORDER BY stage")
        for (index, bound) in bounds.enumerated() { row.bind(Int32(index + 1), now.milliseconds - bound) }
        var found: [StageAges] = []
        while try row.step() {
            // Each sum counts all that are younger than its bound, those below the bound before it too.
            var counts: [Int64] = []
            var below: Int64 = 0
            for index in bounds.indices {
                let younger = row.integer(Int32(index + 2))
                counts.append(younger - below)
                below = younger
            }
            counts.append(row.integer(1) - below)
            found.append(StageAges(stage: Stage(row.text(0)), counts: counts))
        }
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
