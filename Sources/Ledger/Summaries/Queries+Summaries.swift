public import Orders

/// What reports ask: sums that each commit has kept, so that a ledger of millions of orders answers as fast as a small one.
extension Queries {
    /// False for a ledger that an older orderd wrote and that no writer has brought up to date yet: nothing below can be asked then.
    public func hasSummaries() throws(LedgerError) -> Bool {
        let row = try connection.statement("SELECT 1 FROM sqlite_schema WHERE name = 'hour_totals'")
        defer { row.reset() }
        guard try row.step() else { return false }
        return try mark("summaries") == nil
    }

    /// Hours in which something happened, in order.
    ///
    /// - Parameters:
    ///   - from: the first hour, in hours since 1970.
    ///   - through: the last.
    ///   - partner: only that partner's; nil for all.
    public func hourTotals(from: Int64, through: Int64, partner: String? = nil) throws(LedgerError) -> [HourTotal] {
        let row = try connection.statement(
            """
            SELECT hour, sum(accepted), sum(completed), sum(cancelled), sum(rejected), sum(failed), sum(held) FROM hour_totals \
            WHERE hour BETWEEN ?1 AND ?2 AND (?3 IS NULL OR partner = ?3) GROUP BY hour ORDER BY hour
            """)
        row.bind(1, from)
        row.bind(2, through)
        row.bind(3, partner)
        var found: [HourTotal] = []
        while try row.step() {
            found.append(
                HourTotal(
                    hour: row.integer(0), accepted: row.integer(1), completed: row.integer(2), cancelled: row.integer(3),
                    rejected: row.integer(4), failed: row.integer(5), held: row.integer(6)))
        }
        return found
    }

    /// Completed orders by country, those of the largest amount first within a currency.
    ///
    /// - Parameters:
    ///   - from: the first UTC day.
    ///   - through: the last.
    ///   - partner: only that partner's; nil for all.
    public func countries(from: String, through: String, partner: String? = nil) throws(LedgerError) -> [SalesTotal] {
        let row = try connection.statement(
            """
            SELECT country, NULL, currency, sum(orders), \(Self.capped("units")), \(Self.capped("amount")) FROM country_totals \
            WHERE day BETWEEN ?1 AND ?2 AND (?3 IS NULL OR partner = ?3) GROUP BY country, currency ORDER BY currency, 6 DESC, country
            """)
        row.bind(1, from)
        row.bind(2, through)
        row.bind(3, partner)
        return try sales(row)
    }

    /// Completed orders of all days by product, those of the largest amount first within a currency.
    ///
    /// - Parameters:
    ///   - partner: only that partner's; nil for all.
    ///   - limit: products of each currency.
    public func products(partner: String? = nil, limit: Int) throws(LedgerError) -> [SalesTotal] {
        let row = try connection.statement(
            """
            SELECT p.product, c.name, p.currency, p.orders, p.units, p.amount FROM ( \
            SELECT *, row_number() OVER (PARTITION BY currency ORDER BY amount DESC, product) AS place FROM ( \
            SELECT product, currency, sum(orders) AS orders, \(Self.capped("units")) AS units, \(Self.capped("amount")) AS amount \
            FROM product_totals WHERE ?1 IS NULL OR partner = ?1 GROUP BY product, currency)) p \
            LEFT JOIN catalogue c ON c.product = p.product WHERE p.place <= ?2 ORDER BY p.currency, p.place
            """)
        row.bind(1, partner)
        row.bind(2, limit)
        return try sales(row)
    }

    /// Products that were sold at all.
    public func soldProducts(partner: String? = nil) throws(LedgerError) -> Int64 {
        let row = try connection.statement("SELECT count(DISTINCT product) FROM product_totals WHERE ?1 IS NULL OR partner = ?1")
        row.bind(1, partner)
        guard try row.step() else { return 0 }
        defer { row.reset() }
        return row.integer(0)
    }

    /// How long things took, of the days from one to another.
    public func latencies(
        _ measure: LatencyMeasure, from: String, through: String, partner: String? = nil
    ) throws(LedgerError) -> LatencyHistogram {
        let row = try connection.statement(
            """
            SELECT at_most, sum(count), \(Self.capped("milliseconds")) FROM latency_totals \
            WHERE day BETWEEN ?1 AND ?2 AND measure = ?3 AND (?4 IS NULL OR partner = ?4) GROUP BY at_most ORDER BY at_most
            """)
        row.bind(1, from)
        row.bind(2, through)
        row.bind(3, measure.rawValue)
        row.bind(4, partner)
        var found = LatencyHistogram()
        while try row.step() { found.add(atMost: row.integer(0), count: row.integer(1), total: row.integer(2)) }
        return found
    }

    /// Refusals of the days from one to another, by partner and reason, the most frequent first.
    public func refusals(from: String, through: String, partner: String? = nil, limit: Int) throws(LedgerError) -> [RefusalTotal] {
        // With max() SQLite takes the other columns from the row that has it: the newest day's example.
        let row = try connection.statement(
            """
            SELECT what, code, partner, sum(count), max(example_at), subject, file, entry, reference, pointer, message FROM refusal_totals \
            WHERE day BETWEEN ?1 AND ?2 AND (?3 IS NULL OR partner = ?3) GROUP BY what, code, partner \
            ORDER BY 4 DESC, what, code, partner LIMIT ?4
            """)
        row.bind(1, from)
        row.bind(2, through)
        row.bind(3, partner)
        row.bind(4, limit)
        var found: [RefusalTotal] = []
        while try row.step() {
            let example = RefusalExample(
                at: Timestamp(milliseconds: row.integer(4)), subject: row.text(5), file: row.blob(6),
                entry: row.optionalInteger(7).map { Int($0) }, reference: row.optionalText(8), pointer: row.text(9), message: row.text(10))
            found.append(
                RefusalTotal(
                    what: Refused(rawValue: row.text(0)) ?? .order, code: row.text(1), partner: row.text(2), count: row.integer(3),
                    example: example))
        }
        return found
    }

    /// Customers by day, in order.
    public func customerTotals(from: String, through: String, partner: String? = nil) throws(LedgerError) -> [CustomerTotal] {
        let row = try connection.statement(
            """
            SELECT day, sum(newcomers), sum(regulars) FROM customer_totals WHERE day BETWEEN ?1 AND ?2 AND (?3 IS NULL OR partner = ?3) \
            GROUP BY day ORDER BY day
            """)
        row.bind(1, from)
        row.bind(2, through)
        row.bind(3, partner)
        var found: [CustomerTotal] = []
        while try row.step() { found.append(CustomerTotal(day: row.text(0), new: row.integer(1), returning: row.integer(2))) }
        return found
    }

    /// The most orders that were completed within one minute of these days, and when.
    public func bestMinute(from: String, through: String) throws(LedgerError) -> (day: String, orders: Int64)? {
        let row = try connection.statement(
            "SELECT day, best FROM day_peaks WHERE day BETWEEN ?1 AND ?2 ORDER BY best DESC, day DESC LIMIT 1")
        row.bind(1, from)
        row.bind(2, through)
        guard try row.step() else { return nil }
        defer { row.reset() }
        return (row.text(0), row.integer(1))
    }

    /// How many orders wait for a person, and since when there are some or none; when something that was stopped last went on.
    public func matters() throws(LedgerError) -> (waiting: Int64, since: Timestamp?, resumed: Timestamp?) {
        let row = try connection.statement("SELECT what, open, since FROM matters")
        var found: (waiting: Int64, since: Timestamp?, resumed: Timestamp?) = (0, nil, nil)
        while try row.step() {
            let since = Timestamp(milliseconds: row.integer(2))
            if row.text(0) == "orders" { (found.waiting, found.since) = (row.integer(1), since) } else { found.resumed = since }
        }
        return found
    }

    static let attentionText = """
        SELECT \(Rows.orderColumns) FROM orders WHERE stage IN ('hold', 'failed') AND day IS NULL AND (?1 IS NULL OR partner = ?1) \
        ORDER BY updated, +seq LIMIT ?2
        """

    /// Orders that wait for a person, those that wait longest first.
    public func attention(partner: String? = nil, limit: Int) throws(LedgerError) -> [OrderRecord] {
        let row = try connection.statement(Self.attentionText)
        row.bind(1, partner)
        row.bind(2, limit)
        var found: [OrderRecord] = []
        while try row.step() { found.append(try Rows.order(row)) }
        return found
    }

    /// Orders that are on their way, and were accepted before a time, by stage.
    public func late(before: Timestamp) throws(LedgerError) -> [LateOrders] {
        let row = try connection.statement(
            """
            SELECT stage, count(*), min(created) FROM orders WHERE day IS NULL AND stage NOT IN ('hold', 'failed') AND created < ?1 \
            GROUP BY stage ORDER BY stage
            """)
        row.bind(1, before.milliseconds)
        var found: [LateOrders] = []
        while try row.step() {
            found.append(
                LateOrders(stage: Stage(row.text(0)), count: row.integer(1), oldest: Timestamp(milliseconds: row.integer(2))))
        }
        return found
    }

    /// When the first was accepted of the orders that are on their way and were accepted at a time or later; nil where there are none.
    public func firstUnderWay(from: Timestamp) throws(LedgerError) -> Timestamp? {
        let row = try connection.statement(
            "SELECT min(created) FROM orders WHERE day IS NULL AND stage NOT IN ('hold', 'failed') AND created >= ?1")
        row.bind(1, from.milliseconds)
        guard try row.step() else { return nil }
        defer { row.reset() }
        return row.optionalInteger(0).map { Timestamp(milliseconds: $0) }
    }

    /// A sum that stops at the cap of sums: two absurd amounts, each below it, can be above it together, and `sum` would fail. So the upper
    /// and the lower halves are added on their own.
    private static func capped(_ column: String) -> String {
        let limit = Totals.cap >> 31
        return "iif(sum(\(column) >> 31) >= \(limit), \(Totals.cap), (sum(\(column) >> 31) << 31) + sum(\(column) & 2147483647))"
    }

    private func sales(_ row: Statement) throws(LedgerError) -> [SalesTotal] {
        var found: [SalesTotal] = []
        while try row.step() {
            found.append(
                SalesTotal(
                    name: row.text(0), title: row.optionalText(1), currency: row.text(2), orders: row.integer(3), units: row.integer(4),
                    amount: row.integer(5)))
        }
        return found
    }
}
