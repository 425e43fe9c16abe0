/// Times sorted into classes, from which any percentile can be told.
public struct LatencyHistogram: Sendable, Equatable {
    /// One class: how many took at most so long, and longer than the class before.
    public struct Part: Sendable, Equatable {
        /// Milliseconds, the class's upper end.
        public let atMost: Int64
        /// How many.
        public var count: Int64
    }

    /// The classes that have any, rising.
    public private(set) var parts: [Part] = []
    /// How many in all.
    public private(set) var count: Int64 = 0
    /// The sum of all times, milliseconds.
    public private(set) var total: Int64 = 0

    /// No times yet.
    public init() {}

    /// Adds a class; classes come in rising order.
    mutating func add(atMost: Int64, count: Int64, total: Int64) {
        parts.append(Part(atMost: atMost, count: count))
        self.count += count
        self.total.add(total)
    }

    /// The time within which this share of them lies, in milliseconds; nil where there are none.
    ///
    /// Within a class, times are taken to lie evenly: the answer is right to a quarter of itself at worst, a tenth mostly.
    ///
    /// - Parameter share: 0.5 for the median, 0.99 for the 99th percentile.
    public func percentile(_ share: Double) -> Int64? {
        guard count > 0 else { return nil }
        let wanted = share * Double(count)
        var below: Int64 = 0
        for part in parts {
            if Double(below + part.count) >= wanted {
                let lower = Double(LatencyBounds.below(part.atMost))
                let into = (wanted - Double(below)) / Double(part.count)
                return Int64((lower + into * (Double(part.atMost) - lower)).rounded(.up))
            }
            below += part.count
        }
        return parts.last?.atMost
    }

    /// How many took at most so long: exact where that is a bound, as 3 s and 30 s are; else those of the classes that end before it.
    public func count(within milliseconds: Int64) -> Int64 {
        parts.reduce(0) { $1.atMost <= milliseconds ? $0 + $1.count : $0 }
    }
}
