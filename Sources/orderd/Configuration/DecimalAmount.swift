/// A limit in money that holds for orders of any currency: decimal text read exactly, turned into a currency's minor units where it is used.
struct DecimalAmount: Sendable, Equatable {
    /// The value times 10,000. Twelve digits before the point and four behind it fit with room to spare.
    let tenThousandths: Int64

    init(tenThousandths: Int64) {
        self.tenThousandths = tenThousandths
    }

    /// Nil where the text is not one to twelve digits, or these, a point and one to four digits.
    init?(_ text: String) {
        let parts = text.utf8.split(separator: 0x2e, maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.allSatisfy({ !$0.isEmpty && $0.allSatisfy { (0x30...0x39).contains($0) } }), let whole = parts.first else { return nil }
        let fraction = parts.count == 2 ? Array(parts[1]) : []
        guard whole.count <= 12, fraction.count <= 4 else { return nil }
        let padded = fraction + Array(repeating: 0x30, count: 4 - fraction.count)
        tenThousandths = (Array(whole) + padded).reduce(0) { $0 * 10 + Int64($1 - 0x30) }
    }

    /// With two digits behind the point, and more only where they are not zero: `100000.00`, `0.125`.
    var text: String {
        let fraction = String(10_000 + tenThousandths % 10_000).dropFirst()
        var digits = Substring(fraction)
        while digits.count > 2, digits.last == "0" { digits.removeLast() }
        return "\(tenThousandths / 10_000).\(digits)"
    }

    /// The amount in minor units of a currency with that many digits behind the point (0 to 4), cut downwards: an amount is over the
    /// limit exactly when its minor units are more than these.
    func minorUnits(digits: Int) -> Int64 {
        var divisor: Int64 = 1
        for _ in 0..<max(0, 4 - digits) { divisor *= 10 }
        return tenThousandths / divisor
    }
}
