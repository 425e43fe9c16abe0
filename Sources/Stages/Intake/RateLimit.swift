/// How many orders of one partner are taken a minute: a token bucket (RFC 2698 calls its size the burst).
public struct RateLimit: Sendable, Equatable {
    /// Orders a minute, 1 or more.
    public var ordersPerMinute: Int64
    /// Orders that may be taken at once after a quiet time, 1 or more.
    public var burst: Int64

    /// A limit of this many orders a minute, and this many at once.
    public init(ordersPerMinute: Int64, burst: Int64) {
        self.ordersPerMinute = max(1, ordersPerMinute)
        self.burst = max(1, burst)
    }
}

/// What is left of a partner's limit. Counted in parts of an order, so that nothing is lost to rounding: each nanosecond brings as many parts
/// as orders a minute are allowed, and an order costs as many as a minute has nanoseconds.
struct TokenBucket {
    private static let anOrder: Int64 = 60_000_000_000
    private var parts: Int64
    private var filledAt: Int64
    private(set) var limit: RateLimit

    /// Full at `now`, nanoseconds of the boot clock.
    init(_ limit: RateLimit, now: Int64) {
        self.limit = limit
        parts = Self.saturated(limit.burst)
        filledAt = now
    }

    /// Orders that may be taken now.
    mutating func orders(at now: Int64) -> Int {
        fill(now)
        return Int(clamping: max(0, parts / Self.anOrder))
    }

    /// Notes that orders were taken. A file may hold more than were left: the bucket is then in debt, and the next file waits for longer.
    mutating func take(_ orders: Int) {
        let (cost, overflow) = Int64(orders).multipliedReportingOverflow(by: Self.anOrder)
        let (rest, under) = parts.subtractingReportingOverflow(overflow ? .max / 2 : cost)
        parts = under ? .min / 2 : rest
    }

    /// When the next order may be taken, in nanoseconds of the boot clock.
    func nextOrder(after now: Int64) -> Int64 {
        let missing = Self.anOrder - parts
        guard missing > 0 else { return now }
        return filledAt + (missing + limit.ordersPerMinute - 1) / limit.ordersPerMinute
    }

    /// Adopts another limit; what is left stays, as far as it fits.
    mutating func adopt(_ limit: RateLimit, now: Int64) {
        guard limit != self.limit else { return }
        fill(now)
        self.limit = limit
        parts = min(parts, Self.saturated(limit.burst))
    }

    private mutating func fill(_ now: Int64) {
        guard now > filledAt else { return }
        let (brought, overflow) = (now - filledAt).multipliedReportingOverflow(by: limit.ordersPerMinute)
        let full = Self.saturated(limit.burst)
        let (sum, over) = parts.addingReportingOverflow(overflow ? .max / 2 : brought)
        parts = over ? full : min(full, sum)
        filledAt = now
    }

    private static func saturated(_ orders: Int64) -> Int64 {
        let (parts, overflow) = orders.multipliedReportingOverflow(by: anOrder)
        return overflow ? .max / 2 : parts
    }
}
