/// Counts of values by size, for monitoring: plain numbers that one thread owns. To observe a value allocates nothing, but for the first one
/// after a copy was handed to another thread.
public struct Histogram: Hashable, Sendable {
    /// The upper ends of the sizes, rising, each included in its own.
    public let bounds: [Int64]
    /// Values of each size, and last those above all bounds.
    public private(set) var counts: [Int64]
    /// The sum of all values.
    public private(set) var sum: Int64 = 0

    /// A histogram without values.
    public init(bounds: [Int64]) {
        self.bounds = bounds
        counts = [Int64](repeating: 0, count: bounds.count + 1)
    }

    /// For durations in nanoseconds, from 1 ms to 5 minutes. The targets of 3 s and 30 s are bounds, so that the share within them is exact.
    public static let durations = Histogram(
        bounds: [1, 2, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 3000, 5000, 10_000, 30_000, 60_000, 300_000].map { $0 * 1_000_000 })

    /// Counts a value.
    public mutating func observe(_ value: Int64) {
        var index = 0
        while index < bounds.count, value > bounds[index] { index += 1 }
        counts[index] += 1
        sum &+= value
    }

    /// How many values were counted.
    public var count: Int64 { counts.reduce(0, +) }
}
