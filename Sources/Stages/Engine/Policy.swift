public import Orders

/// What to do about an order that is not as it should be, where the configuration leaves it open.
public enum Treatment: String, Sendable {
    /// Go on.
    case accept
    /// A person must look.
    case hold
    /// Refuse for good.
    case reject
    /// Try again later.
    case wait = "defer"
}

/// All that the pipeline is told by the configuration. Plain values, so that a test can set one.
public struct Policy: Sendable {
    // MARK: Intake

    /// How long a file must lie unchanged before it is judged, nanoseconds.
    public var settle: Int64 = 1_000_000_000
    /// How long a file that ends too soon waits for its resume, nanoseconds.
    public var resumeDeadline: Int64 = 600_000_000_000
    /// How often the directories are looked through, nanoseconds.
    public var rescan: Int64 = 30_000_000_000
    /// Orders in one commit.
    public var slice = 256
    /// Bytes of a dropped file.
    public var maximumFileSize: Int64 = 2 << 30
    /// Candidates held in memory; the rest waits in its directory.
    public var window = 65_536
    /// The same content without a key under another name.
    public var possibleDuplicate = Treatment.hold
    /// For how long that is looked for, milliseconds.
    public var possibleDuplicateWindow: Int64 = 86_400_000
    /// Intake pauses with less free space than this, bytes.
    public var diskReserve: Int64 = 512 << 20
    /// Orders a minute of each partner; no limit where `nil`.
    public var rateLimit: RateLimit?
    /// Limits of single partners, where theirs differ; `nil` in it is none.
    public var partnerRateLimits: [String: RateLimit?] = [:]
    /// How orders are read, and for which partners otherwise.
    public var reading = ReadingRules()
    /// See `reading`.
    public var partnerReading: [String: ReadingRules] = [:]

    // MARK: Validate

    /// More pieces in one line than this: `overLimit`.
    public var maximumQuantity: Int64 = 100_000
    /// A larger total than this, in minor units of a currency with two digits: `overLimit`.
    public var maximumAmount: Int64 = 10_000_000
    /// See above.
    public var overLimit = Treatment.hold
    /// A line with a price of zero.
    public var zeroPrice = Treatment.hold
    /// A product that a loaded catalogue does not name.
    public var unknownProduct = Treatment.reject
    /// Customers whose orders are rejected.
    public var blockedCustomers: Set<String> = []

    // MARK: Reserve

    /// A product without a stock row.
    public var unknownStock = Treatment.accept
    /// Fewer pieces than ordered.
    public var shortStock = Treatment.hold

    // MARK: Charge

    /// Calls to the payment gateway at one time.
    public var paymentConcurrency = 16
    /// How long an idempotency key is good for at the gateway, milliseconds.
    public var keyLife: Int64 = 86_400_000

    // MARK: Retries

    /// Attempts of one step before the order is failed.
    public var retryLimit = 8
    /// The first wait is at most this, milliseconds; each further one at most twice as long.
    public var retryBase: Int64 = 5_000
    /// No wait is longer, milliseconds.
    public var retryCap: Int64 = 900_000
    /// Failures in a row that open a service's circuit breaker.
    public var breakerThreshold = 5
    /// How long it stays open, milliseconds.
    public var breakerPause: Int64 = 30_000

    /// The documented defaults.
    public init() {}

    /// A partner's limit; `nil` where it has none.
    public func rateLimit(for partner: String) -> RateLimit? { partnerRateLimits[partner] ?? rateLimit }

    /// The rules for a partner's orders.
    public func reading(for partner: String) -> ReadingRules { partnerReading[partner] ?? reading }
}
