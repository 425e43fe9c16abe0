public import Orders

/// Questions to a ledger, answered from what is committed. Records that it returns are the caller's own.
public struct Queries {
    let connection: Connection
    /// Keeps the connection open as long as there may be questions: `reader().queries` alone would close it at once.
    private let owner: AnyObject?

    init(_ connection: Connection, owner: AnyObject? = nil) {
        self.connection = connection
        self.owner = owner
    }

    /// A mark of the daemon's.
    public func mark(_ name: String) throws(LedgerError) -> String? {
        let row = try connection.statement("SELECT value FROM marks WHERE name = ?1")
        row.bind(1, name)
        guard try row.step() else { return nil }
        defer { row.reset() }
        return row.text(0)
    }

    /// How far a follower has come; 0 where it has not begun.
    public func cursor(_ name: String) throws(LedgerError) -> Int64 {
        let row = try connection.statement("SELECT seq FROM cursors WHERE name = ?1")
        row.bind(1, name)
        guard try row.step() else { return 0 }
        defer { row.reset() }
        return row.integer(0)
    }

    /// The last event.
    public func head() throws(LedgerError) -> Head {
        let row = try connection.statement("SELECT seq, at, hash FROM events ORDER BY seq DESC LIMIT 1")
        guard try row.step() else { return .origin }
        defer { row.reset() }
        return Head(seq: row.integer(0), at: Timestamp(milliseconds: row.integer(1)), hash: row.blob(2))
    }

    /// The hash of one event.
    public func hash(of seq: Int64) throws(LedgerError) -> [UInt8]? {
        if seq == 0 { return JournalLine.origin }
        let row = try connection.statement("SELECT hash FROM events WHERE seq = ?1")
        row.bind(1, seq)
        guard try row.step() else { return nil }
        defer { row.reset() }
        return row.blob(0)
    }

    /// The order of an id.
    public func order(_ id: OrderID) throws(LedgerError) -> OrderRecord? {
        let row = try connection.statement("SELECT \(Rows.orderColumns) FROM orders WHERE id = ?1")
        row.bind(1, id.text)
        guard try row.step() else { return nil }
        defer { row.reset() }
        return try Rows.order(row)
    }

    /// The lines of an order.
    public func lines(of order: OrderRecord) throws(LedgerError) -> [OrderLine] {
        let row = try connection.statement("SELECT product, quantity, price FROM lines WHERE order_seq = ?1 ORDER BY line")
        row.bind(1, order.seq)
        var lines: [OrderLine] = []
        while try row.step() { lines.append(OrderLine(productId: row.text(0), quantity: row.integer(1), price: row.integer(2))) }
        return lines
    }

    /// The text of an accepted order.
    public func document(event seq: Int64) throws(LedgerError) -> [UInt8]? {
        let row = try connection.statement("SELECT personal FROM events WHERE seq = ?1")
        row.bind(1, seq)
        guard try row.step() else { return nil }
        defer { row.reset() }
        return row.optionalBlob(0)
    }

    /// The reservations of an order: product, pieces, and `reserved`, `released` or `consumed`.
    public func reservations(order seq: Int64) throws(LedgerError) -> [(product: String, quantity: Int64, state: String)] {
        let row = try connection.statement("SELECT product, quantity, state FROM reservations WHERE order_seq = ?1 ORDER BY product")
        row.bind(1, seq)
        var found: [(product: String, quantity: Int64, state: String)] = []
        while try row.step() { found.append((row.text(0), row.integer(1), row.text(2))) }
        return found
    }

    /// The calls to the outside for an order.
    public func effects(order seq: Int64) throws(LedgerError) -> [(effect: String, key: String, state: String, requested: Timestamp)] {
        let row = try connection.statement("SELECT effect, key, state, requested FROM effects WHERE order_seq = ?1 ORDER BY effect")
        row.bind(1, seq)
        var found: [(effect: String, key: String, state: String, requested: Timestamp)] = []
        while try row.step() { found.append((row.text(0), row.text(1), row.text(2), Timestamp(milliseconds: row.integer(3)))) }
        return found
    }

    /// Orders that are not at their end, or all, in order of arrival, page by page.
    ///
    /// - Parameters:
    ///   - after: the event number of the last order of the page before; 0 for the first page.
    ///   - stage: only orders there.
    ///   - partner: only that partner's.
    ///   - activeOnly: leave out those that are done, cancelled or rejected.
    ///   - limit: the page's size.
    public func orders(after: Int64 = 0, stage: Stage? = nil, partner: String? = nil, activeOnly: Bool = false, limit: Int)
        throws(LedgerError) -> [OrderRecord]
    {
        var sql = "SELECT \(Rows.orderColumns) FROM orders WHERE seq > ?1"
        if stage != nil { sql += " AND stage = ?2" }
        if partner != nil { sql += " AND partner = ?3" }
        if activeOnly { sql += " AND day IS NULL" }
        let row = try connection.statement(sql + " ORDER BY seq LIMIT ?4")
        row.bind(1, after)
        if let stage { row.bind(2, stage.name) }
        if let partner { row.bind(3, partner) }
        row.bind(4, limit)
        var found: [OrderRecord] = []
        while try row.step() { found.append(try Rows.order(row)) }
        return found
    }

    /// Where every order that is not at its end lies: id, stage, size and hash of its file. For a scan of the queue.
    public func places(_ body: (OrderID, Stage, Int, [UInt8]) throws(LedgerError) -> Void) throws(LedgerError) {
        let row = try connection.statement("SELECT id, stage, size, sha FROM orders WHERE day IS NULL")
        defer { row.reset() }
        while try row.step() {
            guard let id = OrderID(row.text(0)) else { continue }
            try body(id, Stage(row.text(1)), Int(row.integer(2)), row.blob(3))
        }
    }

    /// Where the newest orders before one lie, newest first: the day is an end's, nil for an order that has not come to its end.
    ///
    /// - Parameters:
    ///   - before: the event number of the last order of the page before; the largest number for the first page.
    ///   - limit: the page's size.
    public func newestPlaces(before: Int64, limit: Int) throws(LedgerError)
        -> [(seq: Int64, id: OrderID, stage: Stage, day: String?, size: Int, sha: [UInt8], created: Timestamp)]
    {
        let row = try connection.statement(
            "SELECT seq, id, stage, day, size, sha, created FROM orders WHERE seq < ?1 ORDER BY seq DESC LIMIT ?2")
        row.bind(1, before)
        row.bind(2, limit)
        var found: [(seq: Int64, id: OrderID, stage: Stage, day: String?, size: Int, sha: [UInt8], created: Timestamp)] = []
        while try row.step() {
            guard let id = OrderID(row.text(1)) else { continue }
            found.append(
                (
                    row.integer(0), id, Stage(row.text(2)), row.optionalText(3), Int(row.integer(4)), row.blob(5),
                    Timestamp(milliseconds: row.integer(6))
                ))
        }
        return found
    }

    /// Orders by stage and partner.
    public func stageCounts() throws(LedgerError) -> [(stage: Stage, partner: String, orders: Int64)] {
        let row = try connection.statement("SELECT stage, partner, orders FROM stage_counts ORDER BY stage, partner")
        var found: [(stage: Stage, partner: String, orders: Int64)] = []
        while try row.step() { found.append((Stage(row.text(0)), row.text(1), row.integer(2))) }
        return found
    }

    /// Dropped files and their orders by verdict, over all days.
    public func dropTotals() throws(LedgerError) -> [(partner: String, verdict: String, drops: Int64, counts: EntryCounts)] {
        let row = try connection.statement(
            """
            SELECT partner, verdict, sum(drops), sum(entries), sum(accepted), sum(duplicate), sum(conflict), sum(rejected) FROM drop_totals \
            GROUP BY partner, verdict ORDER BY partner, verdict
            """)
        var found: [(partner: String, verdict: String, drops: Int64, counts: EntryCounts)] = []
        while try row.step() {
            var counts = EntryCounts()
            counts.entries = Int(row.integer(3))
            counts.accepted = Int(row.integer(4))
            counts.duplicate = Int(row.integer(5))
            counts.conflict = Int(row.integer(6))
            counts.rejected = Int(row.integer(7))
            found.append((row.text(0), row.text(1), row.integer(2), counts))
        }
        return found
    }

    /// Drops whose last slice is not in yet.
    public func openDrops() throws(LedgerError) -> [DropRecord] { try drops("verdict IS NULL", 0) }

    /// Drops that were recorded after an event.
    public func drops(after seq: Int64) throws(LedgerError) -> [DropRecord] { try drops("seq > ?1", seq) }

    private func drops(_ condition: String, _ seq: Int64) throws(LedgerError) -> [DropRecord] {
        let row = try connection.statement("SELECT \(Rows.dropColumns) FROM drops WHERE \(condition) ORDER BY seq")
        if condition.contains("?1") { row.bind(1, seq) }
        var found: [DropRecord] = []
        while try row.step() { found.append(try Rows.drop(row)) }
        return found
    }

    /// The id of the newest drop.
    public func lastDropID() throws(LedgerError) -> DropID? {
        let row = try connection.statement("SELECT id FROM drops ORDER BY seq DESC LIMIT 1")
        guard try row.step() else { return nil }
        defer { row.reset() }
        return DropID(row.text(0))
    }

    /// The drop of an event number.
    public func drop(_ seq: Int64) throws(LedgerError) -> DropRecord? {
        let row = try connection.statement("SELECT \(Rows.dropColumns) FROM drops WHERE seq = ?1")
        row.bind(1, seq)
        guard try row.step() else { return nil }
        defer { row.reset() }
        return try Rows.drop(row)
    }

    /// The drop of an id; a search through all drops where it is not an open one.
    public func drop(id: String) throws(LedgerError) -> DropRecord? {
        let row = try connection.statement("SELECT \(Rows.dropColumns) FROM drops WHERE id = ?1")
        row.bind(1, id)
        guard try row.step() else { return nil }
        defer { row.reset() }
        return try Rows.drop(row)
    }

    /// The verdicts of one slice of a drop, a JSON array.
    public func slice(drop seq: Int64, number: Int) throws(LedgerError) -> [UInt8]? {
        let row = try connection.statement("SELECT results FROM slices WHERE drop_seq = ?1 AND number = ?2")
        row.bind(1, seq)
        row.bind(2, number)
        guard try row.step() else { return nil }
        defer { row.reset() }
        return row.blob(0)
    }
}
