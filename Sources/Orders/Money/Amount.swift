/// An amount as it was written, before its currency is known: an order may name the currency after its prices.
struct Amount {
    /// The digits without the point; exact, for a token is taken only with at most 18 digits.
    var magnitude: Int64
    /// How many of the digits stand after the point.
    var fractionDigits: Int
    /// Where the token begins in the order's text, for faults.
    var offset: Int

    /// Digits before the point that are taken. With four digits after it, the largest amount has 17 digits and fits easily.
    static let maximumWholeDigits = 13

    /// More digits than any currency has after the point.
    static let maximumFractionDigits = 4

    /// Minor units of a currency with that many digits; `nil` where the amount has more.
    func minorUnits(digits: Int) -> Int64? {
        switch digits - fractionDigits {
        case 0: return magnitude
        case 1: return magnitude * 10
        case 2: return magnitude * 100
        case 3: return magnitude * 1000
        case 4: return magnitude * 10_000
        default: return nil
        }
    }
}
