internal import Crypto
internal import Orders

/// What `orderd check` asks: the same things counted in two ways.
extension Queries {
    /// Finished drops of each partner and verdict, counted one by one; `dropTotals` keeps the same as it goes.
    public func countedDrops() throws(LedgerError) -> [(partner: String, verdict: String, drops: Int64, counts: EntryCounts)] {
        let row = try connection.statement(
            """
            SELECT partner, verdict, count(*), sum(entries), sum(accepted), sum(duplicate), sum(conflict), sum(rejected) FROM drops \
            WHERE verdict IS NOT NULL GROUP BY partner, verdict ORDER BY partner, verdict
            """)
        var found: [(partner: String, verdict: String, drops: Int64, counts: EntryCounts)] = []
        while try row.step() { found.append((row.text(0), row.text(1), row.integer(2), Self.counts(row, from: 3))) }
        return found
    }

    /// Orders of all drops, finished or not, by verdict.
    public func countedEntries() throws(LedgerError) -> EntryCounts {
        let row = try connection.statement(
            """
            SELECT ifnull(sum(entries), 0), ifnull(sum(accepted), 0), ifnull(sum(duplicate), 0), ifnull(sum(conflict), 0), \
            ifnull(sum(rejected), 0) FROM drops
            """)
        guard try row.step() else { return EntryCounts() }
        defer { row.reset() }
        return Self.counts(row, from: 0)
    }

    /// Orders of each stage and partner, counted one by one; `stageCounts` keeps the same as it goes.
    public func countedOrders() throws(LedgerError) -> [(stage: Stage, partner: String, orders: Int64)] {
        let row = try connection.statement("SELECT stage, partner, count(*) FROM orders GROUP BY stage, partner ORDER BY stage, partner")
        var found: [(stage: Stage, partner: String, orders: Int64)] = []
        while try row.step() { found.append((Stage(row.text(0)), row.text(1), row.integer(2))) }
        return found
    }

    // Both sides of a comparison, each looked up in the other by an index. SQLite runs a FULL JOIN without one: each row of the one side is
    // then compared with each of the other, which takes minutes from some 50,000 drops on.

    static let unevenDropsText = """
        SELECT d.id, ifnull(d.accepted, 0), ifnull(o.orders, 0) FROM drops d \
        LEFT JOIN (SELECT drop_seq, count(*) AS orders FROM orders GROUP BY drop_seq) o ON o.drop_seq = d.seq \
        WHERE ifnull(d.accepted, 0) != ifnull(o.orders, 0) UNION ALL \
        SELECT '', 0, count(*) FROM orders WHERE NOT EXISTS (SELECT 1 FROM drops WHERE seq = orders.drop_seq) GROUP BY drop_seq
        """

    static let unevenStockText = """
        WITH r AS (SELECT product, sum(quantity) AS pieces FROM reservations WHERE state = 'reserved' GROUP BY product) \
        SELECT s.product, ifnull(s.on_hand, 0), ifnull(s.reserved, 0), ifnull(r.pieces, 0) FROM stock s \
        LEFT JOIN r ON r.product = s.product WHERE ifnull(s.reserved, 0) != ifnull(r.pieces, 0) OR ifnull(s.reserved, 0) < 0 \
        UNION ALL SELECT r.product, 0, 0, r.pieces FROM r WHERE NOT EXISTS (SELECT 1 FROM stock WHERE product = r.product) AND r.pieces != 0
        """

    /// Drops that accepted another number of orders than there are of them: the drop's id, what it says, what there is. And orders of no
    /// drop, under an empty id.
    public func unevenDrops() throws(LedgerError) -> [(id: String, accepted: Int64, orders: Int64)] {
        let row = try connection.statement(Self.unevenDropsText)
        var found: [(id: String, accepted: Int64, orders: Int64)] = []
        while try row.step() { found.append((row.text(0), row.integer(1), row.integer(2))) }
        return found
    }

    /// Products whose pieces set aside are not the sum of their reservations, or of which there are fewer than none.
    public func unevenStock() throws(LedgerError) -> [(product: String, onHand: Int64, reserved: Int64, sum: Int64)] {
        let row = try connection.statement(Self.unevenStockText)
        var found: [(product: String, onHand: Int64, reserved: Int64, sum: Int64)] = []
        while try row.step() { found.append((row.text(0), row.integer(1), row.integer(2), row.integer(3))) }
        return found
    }

    /// Orders whose mark of being reserved and whose reservations differ, at most 100: those that have come to their end hold no pieces.
    public func unevenReservations() throws(LedgerError) -> [String] {
        let row = try connection.statement(
            """
            SELECT o.id FROM orders o LEFT JOIN (SELECT DISTINCT order_seq FROM reservations WHERE state = 'reserved') r \
            ON r.order_seq = o.seq WHERE (o.reserved = 0 AND r.order_seq IS NOT NULL) OR (o.day IS NOT NULL AND r.order_seq IS NOT NULL) LIMIT 100
            """)
        var found: [String] = []
        while try row.step() { found.append(row.text(0)) }
        return found
    }

    /// Every finished drop that is the last of its name, in order: these are the ones whose receipts bear the plain name.
    public func lastDrops(_ body: (DropRecord) throws(LedgerError) -> Void) throws(LedgerError) {
        let row = try connection.statement(
            """
            SELECT \(Rows.dropColumns) FROM drops WHERE seq IN \
            (SELECT max(seq) FROM drops WHERE verdict IS NOT NULL GROUP BY partner, directory, name) ORDER BY seq
            """)
        defer { row.reset() }
        while try row.step() { try body(try Rows.drop(row)) }
    }

    /// The last finished drop of a name in a drop directory.
    public func lastDrop(partner: String, directory: String, name: [UInt8]) throws(LedgerError) -> DropRecord? {
        let row = try connection.statement(
            """
            SELECT \(Rows.dropColumns) FROM drops WHERE partner = ?1 AND directory = ?2 AND name = ?3 AND verdict IS NOT NULL \
            ORDER BY seq DESC LIMIT 1
            """)
        row.bind(1, partner)
        row.bind(2, directory)
        row.bind(3, blob: name)
        guard try row.step() else { return nil }
        defer { row.reset() }
        return try Rows.drop(row)
    }

    /// How many orders there are, and how many of them are not at their end.
    public func orderCounts() throws(LedgerError) -> (all: Int64, active: Int64) {
        let row = try connection.statement("SELECT count(*), ifnull(sum(day IS NULL), 0) FROM orders")
        guard try row.step() else { return (0, 0) }
        defer { row.reset() }
        return (row.integer(0), row.integer(1))
    }

    private static func counts(_ row: Statement, from first: Int32) -> EntryCounts {
        var counts = EntryCounts()
        counts.entries = Int(row.integer(first))
        counts.accepted = Int(row.integer(first + 1))
        counts.duplicate = Int(row.integer(first + 2))
        counts.conflict = Int(row.integer(first + 3))
        counts.rejected = Int(row.integer(first + 4))
        return counts
    }
}

extension OrderRecord {
    /// Whether these bytes are the order's text as it was accepted, by size and SHA-256.
    public func isContent(_ bytes: [UInt8]) -> Bool {
        bytes.count == size && SHA256.hash(data: bytes).elementsEqual(sha)
    }
}
