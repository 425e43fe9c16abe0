public import Orders

/// What orders are told apart by where they are counted.
public enum Grouping: String, Sendable, CaseIterable {
    /// Where their file lies.
    case stage
    /// Whose they are.
    case partner
}

/// Since when an order's age is counted.
public enum AgeOrigin: Sendable {
    /// Since it was accepted.
    case accepted
    /// Since it last changed.
    case changed
}

/// How old the orders of one stage or one partner are that have not come to their end.
public struct OrderAges: Sendable, Equatable {
    /// The stage's or the partner's name.
    public let name: String
    /// Orders by age: one number for each bound, and one for all that are older.
    public let counts: [Int64]
    /// From when the oldest of them counts.
    public let oldest: Timestamp?

    /// So many orders of a stage or partner.
    public init(name: String, counts: [Int64], oldest: Timestamp? = nil) {
        self.name = name
        self.counts = counts
        self.oldest = oldest
    }

    /// Orders of every age.
    public var total: Int64 { counts.reduce(0, +) }
}

/// An order that waits for orderd, not for a person, and how it stands with it.
public struct WaitingOrder: Sendable, Equatable {
    /// Its id.
    public let id: OrderID
    /// Where its file lies.
    public let stage: Stage
    /// Whose it is.
    public let partner: String
    /// The partner's own reference, where it bears one.
    public let reference: String?
    /// Why it waits, a stable word.
    public let reason: String?
    /// Attempts used for the step that is next.
    public let attempts: Int
    /// When it was accepted.
    public let created: Timestamp

    /// A waiting order.
    public init(
        id: OrderID, stage: Stage, partner: String, reference: String?, reason: String?, attempts: Int, created: Timestamp
    ) {
        self.id = id
        self.stage = stage
        self.partner = partner
        self.reference = reference
        self.reason = reason
        self.attempts = attempts
        self.created = created
    }
}

/// Questions about orders that have not come to their end. Each is answered from an index of these alone, so that what it costs does not
/// grow with the history.
extension Queries {
    /// Orders that are not at their end, by stage or partner, and by age.
    ///
    /// - Parameters:
    ///   - grouping: what makes a row.
    ///   - origin: since when their age is counted.
    ///   - bounds: upper ends of the ages in milliseconds, rising; at most 16.
    ///   - now: the time to count from.
    /// - Returns: a row for each name that has such orders, in order of the names.
    public func ages(by grouping: Grouping, since origin: AgeOrigin, bounds: [Int64], now: Timestamp) throws(LedgerError) -> [OrderAges] {
        let (name, time) = (grouping.rawValue, origin == .accepted ? "created" : "updated")
        let columns = bounds.indices.map { ", sum(\(time) > ?\($0 + 1))" }.joined()
        let row = try connection.statement(
            "SELECT \(name), count(*), min(\(time))\(columns) FROM orders WHERE day IS NULL GROUP BY \(name) ORDER BY \(name)")
        for (index, bound) in bounds.enumerated() { row.bind(Int32(index + 1), now.milliseconds - bound) }
        var found: [OrderAges] = []
        while try row.step() {
            // Each sum counts all that are younger than its bound, those below the bound before it too.
            var counts: [Int64] = []
            var below: Int64 = 0
            for index in bounds.indices {
                let younger = row.integer(Int32(index + 3))
                counts.append(younger - below)
                below = younger
            }
            counts.append(row.integer(1) - below)
            found.append(OrderAges(name: row.text(0), counts: counts, oldest: Timestamp(milliseconds: row.integer(2))))
        }
        return found
    }

    /// The orders that have been under way, or deferred, for the longest time: those that wait for a person are not among them.
    ///
    /// - Parameter limit: how many at most.
    /// - Returns: the oldest first.
    public func slowest(limit: Int) throws(LedgerError) -> [WaitingOrder] {
        // The plus keeps SQLite from walking through all orders in their order until it has met enough that are not at their end.
        let row = try connection.statement(
            """
            SELECT id, stage, partner, reference, reason, attempts, created FROM orders INDEXED BY orders_waiting \
            WHERE day IS NULL AND stage NOT IN ('hold', 'failed') ORDER BY +seq LIMIT ?1
            """)
        row.bind(1, limit)
        var found: [WaitingOrder] = []
        while try row.step() {
            guard let id = OrderID(row.text(0)) else { continue }
            found.append(
                WaitingOrder(
                    id: id, stage: Stage(row.text(1)), partner: row.text(2), reference: row.optionalText(3), reason: row.optionalText(4),
                    attempts: Int(row.integer(5)), created: Timestamp(milliseconds: row.integer(6))))
        }
        return found
    }
}
