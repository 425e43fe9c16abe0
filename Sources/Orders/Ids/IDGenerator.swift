/// Makes the 128 bits of new ids: UUIDv7, strictly increasing.
///
/// Within one millisecond, and while the clock stands before the last id's time, the last id is counted up by a random step instead of
/// drawing anew: later is always greater, and neither the next id nor the number of ids made can be guessed from one that is seen.
/// Time and randomness are passed in, so that a test or a replay gets the same ids.
public struct IDGenerator: Sendable {
    private var lastMilliseconds: UInt64 = 0
    /// The 74 random bits of the last id: 12 in `lastHigh`, 62 in `lastLow`.
    private var lastHigh: UInt64 = 0
    private var lastLow: UInt64 = 0

    /// A generator that has made no id yet.
    public init() {}

    /// A generator whose ids are all greater than `id`: for a restart, after which the clock may stand earlier than before.
    public init(after id: some TypeID) {
        lastMilliseconds = id.high >> 16
        lastHigh = id.high & 0xFFF
        lastLow = id.low & Self.lowMask
    }

    /// The next id's bits.
    /// - Parameters:
    ///   - milliseconds: the wall clock, Unix epoch; what lies before 1970 or after 9999 is moved to that limit.
    ///   - random: gives 64 random bits a call; called at most twice.
    public mutating func next(milliseconds: Int64, random: () -> UInt64) -> (high: UInt64, low: UInt64) {
        let now = UInt64(min(max(milliseconds, 0), Timestamp.maximum.milliseconds))
        if now > lastMilliseconds {
            lastMilliseconds = now
            draw(random)
        } else {
            let step = random() & 0xFFFF_FFFF + 1
            lastLow += step
            if lastLow > Self.lowMask {
                lastLow &= Self.lowMask
                lastHigh += 1
                if lastHigh > 0xFFF {
                    // The millisecond is used up: borrow the next one, as a clock that runs back would.
                    lastMilliseconds += 1
                    draw(random)
                }
            }
        }
        return (lastMilliseconds << 16 | 0x7000 | lastHigh, 0x8000_0000_0000_0000 | lastLow)
    }

    /// The next id, for an order; see ``next(milliseconds:random:)``.
    public mutating func orderID(milliseconds: Int64, random: () -> UInt64) -> OrderID {
        let bits = next(milliseconds: milliseconds, random: random)
        return OrderID(high: bits.high, low: bits.low)
    }

    /// The next id, for a dropped file; see ``next(milliseconds:random:)``.
    public mutating func dropID(milliseconds: Int64, random: () -> UInt64) -> DropID {
        let bits = next(milliseconds: milliseconds, random: random)
        return DropID(high: bits.high, low: bits.low)
    }

    private static let lowMask: UInt64 = 0x3FFF_FFFF_FFFF_FFFF

    private mutating func draw(_ random: () -> UInt64) {
        lastHigh = random() & 0xFFF
        lastLow = random() & Self.lowMask
    }
}
