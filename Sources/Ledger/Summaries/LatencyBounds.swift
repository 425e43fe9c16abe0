/// The classes into which times are sorted: ten a decade, so that a percentile is right to a tenth or so, and every target that people set
/// (3 s, 30 s) is a bound, so that the share within it is exact.
enum LatencyBounds {
    /// Upper ends in milliseconds, rising. The last takes all that is longer.
    static let all: [Int64] = {
        var bounds: [Int64] = [1, 2, 3, 4, 5, 6, 8]
        var decade: Int64 = 1
        while decade <= 10_000_000 {
            bounds += [10, 12, 15, 20, 25, 30, 40, 50, 60, 80].map { $0 * decade }
            decade *= 10
        }
        return bounds + [1_000_000_000]
    }()

    /// The class of a time: the first bound that is not below it, or the last.
    static func atMost(_ milliseconds: Int64) -> Int64 {
        var low = 0
        var high = all.count - 1
        while low < high {
            let middle = (low + high) / 2
            if all[middle] >= milliseconds { high = middle } else { low = middle + 1 }
        }
        return all[low]
    }

    /// The lower end of a class: the bound before it.
    static func below(_ bound: Int64) -> Int64 {
        all.last { $0 < bound } ?? 0
    }
}

/// What is measured from the moment an upload was whole.
public enum LatencyMeasure: String, Sendable, CaseIterable {
    /// Until its verdict was recorded; the receipt follows within moments.
    case receipt
    /// Until an order in it was completed.
    case completed
}
