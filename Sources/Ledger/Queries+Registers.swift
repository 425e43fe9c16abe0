public import Orders

/// Partners, pauses, stock, catalogue, outbox, and the list of events.
extension Queries {
    /// Every partner, removed ones too.
    public func partners() throws(LedgerError) -> [PartnerChange] {
        let row = try connection.statement("SELECT name, role, state FROM partners ORDER BY name")
        var found: [PartnerChange] = []
        while try row.step() { found.append(PartnerChange(name: row.text(0), role: row.text(1), state: row.text(2))) }
        return found
    }

    /// What is paused, since when, by whom, why.
    public func pauses() throws(LedgerError) -> [(pause: Pause, since: Timestamp)] {
        let row = try connection.statement("SELECT what, by, reason, since FROM pauses ORDER BY what")
        var found: [(pause: Pause, since: Timestamp)] = []
        while try row.step() {
            found.append(
                (Pause(what: row.text(0), by: row.text(1), reason: row.text(2)), Timestamp(milliseconds: row.integer(3))))
        }
        return found
    }

    /// Stock rows in order of product: pieces on hand, and of these the ones set aside.
    public func stock() throws(LedgerError) -> [(product: String, onHand: Int64, reserved: Int64)] {
        let row = try connection.statement("SELECT product, on_hand, reserved FROM stock ORDER BY product")
        var found: [(product: String, onHand: Int64, reserved: Int64)] = []
        while try row.step() { found.append((row.text(0), row.integer(1), row.integer(2))) }
        return found
    }

    /// True where a catalogue was loaded.
    public func hasCatalogue() throws(LedgerError) -> Bool {
        let row = try connection.statement("SELECT 1 FROM catalogue LIMIT 1")
        defer { row.reset() }
        return try row.step()
    }

    /// True where the catalogue names a product.
    public func isKnown(product: String) throws(LedgerError) -> Bool {
        let row = try connection.statement("SELECT 1 FROM catalogue WHERE product = ?1")
        row.bind(1, product)
        defer { row.reset() }
        return try row.step()
    }

    /// What the events after a number were about, in order: for followers, which look at the present state of it.
    public func changes(after seq: Int64, limit: Int) throws(LedgerError) -> [(seq: Int64, kind: String, subject: String)] {
        let row = try connection.statement("SELECT seq, kind, subject FROM events WHERE seq > ?1 ORDER BY seq LIMIT ?2")
        row.bind(1, seq)
        row.bind(2, limit)
        var found: [(seq: Int64, kind: String, subject: String)] = []
        while try row.step() { found.append((row.integer(0), row.text(1), row.text(2))) }
        return found
    }

    /// What the events of a range were about, with the data of moves: for what is published.
    public func published(after seq: Int64, through last: Int64, limit: Int) throws(LedgerError) -> [Change] {
        let row = try connection.statement(
            """
            SELECT seq, kind, subject, CASE kind WHEN 'order.advanced' THEN data END FROM events WHERE seq > ?1 AND seq <= ?2 \
            ORDER BY seq LIMIT ?3
            """)
        row.bind(1, seq)
        row.bind(2, last)
        row.bind(3, limit)
        var found: [Change] = []
        while try row.step() {
            found.append(Change(seq: row.integer(0), kind: row.text(1), subject: row.text(2), data: row.blob(3)))
        }
        return found
    }

    /// Completed orders by day, partner and currency: number, pieces, amount in minor units.
    public func dayTotals() throws(LedgerError) -> [DayTotal] {
        let row = try connection.statement(
            "SELECT day, partner, currency, accepted, completed, cancelled, rejected, units, amount FROM day_totals ORDER BY 1, 2, 3")
        var found: [DayTotal] = []
        while try row.step() {
            found.append(
                DayTotal(
                    day: row.text(0), partner: row.text(1), currency: row.text(2), accepted: row.integer(3), completed: row.integer(4),
                    cancelled: row.integer(5), rejected: row.integer(6), units: row.integer(7), amount: row.integer(8)))
        }
        return found
    }

    /// The oldest order at each stage that is not an end: when it last changed.
    public func oldest(at stage: Stage) throws(LedgerError) -> Timestamp? {
        let row = try connection.statement("SELECT min(updated) FROM orders WHERE stage = ?1 AND day IS NULL")
        row.bind(1, stage.name)
        guard try row.step() else { return nil }
        defer { row.reset() }
        return row.optionalInteger(0).map { Timestamp(milliseconds: $0) }
    }

    /// When the order that has been longest at each stage last changed, for stages that are no end.
    public func oldestByStage() throws(LedgerError) -> [(stage: Stage, since: Timestamp)] {
        let row = try connection.statement("SELECT stage, min(updated) FROM orders WHERE day IS NULL GROUP BY stage ORDER BY stage")
        var found: [(stage: Stage, since: Timestamp)] = []
        while try row.step() { found.append((Stage(row.text(0)), Timestamp(milliseconds: row.integer(1)))) }
        return found
    }

    /// Deliveries that failed and will be tried again.
    public func deliveries() throws(LedgerError) -> [(follower: String, subject: String, attempts: Int, next: Timestamp, error: String)] {
        let row = try connection.statement("SELECT follower, subject, attempts, next_at, error FROM deliveries ORDER BY next_at")
        var found: [(follower: String, subject: String, attempts: Int, next: Timestamp, error: String)] = []
        while try row.step() {
            found.append((row.text(0), row.text(1), Int(row.integer(2)), Timestamp(milliseconds: row.integer(3)), row.text(4)))
        }
        return found
    }
}

/// What came of the orders of one day, partner and currency.
public struct DayTotal: Sendable, Equatable {
    /// The UTC day, `2026-11-22`.
    public let day: String
    /// The partner's name.
    public let partner: String
    /// ISO 4217.
    public let currency: String
    /// Orders accepted on that day.
    public let accepted: Int64
    /// Orders completed on that day.
    public let completed: Int64
    /// Orders cancelled on that day.
    public let cancelled: Int64
    /// Orders rejected on that day.
    public let rejected: Int64
    /// Pieces of the completed ones.
    public let units: Int64
    /// Total amount of the completed ones, minor units.
    public let amount: Int64
}

/// What an event was about.
public struct Change: Sendable {
    /// The event's number.
    public let seq: Int64
    /// Its type, without the prefix.
    public let kind: String
    /// The id that it is about.
    public let subject: String
    /// Its data, for `order.advanced`; else empty.
    public let data: [UInt8]
}
