import Orders

/// `1,234,567`
func number(_ value: Int64) -> String { grouped(String(value)) }

/// An amount with its currency in front: `GBP 1,234.56`.
func money(_ minorUnits: Int64, _ currency: String) -> String {
    "\(currency) " + amount(minorUnits, currency)
}

/// An amount without its currency: `1,234.56`.
func amount(_ minorUnits: Int64, _ currency: String) -> String {
    grouped(decimalText(minorUnits, digits: Currency(currency)?.digits ?? 2))
}

/// Digits before the point in groups of three.
private func grouped(_ text: String) -> String {
    let point = text.firstIndex(of: ".") ?? text.endIndex
    var result = ""
    for (place, digit) in text[..<point].reversed().enumerated() {
        if place > 0, place % 3 == 0, digit != "-" { result.append(",") }
        result.append(digit)
    }
    return String(result.reversed()) + text[point...]
}

/// A share of a whole: `99.95 %`; a dash where there is no whole.
func percent(_ part: Int64, of whole: Int64, digits: Int = 2) -> String {
    guard whole > 0 else { return "\u{2013}" }
    let scale: Double = digits == 1 ? 1000 : 10_000
    var share = (Double(part) / Double(whole) * scale).rounded()
    // What is not all is never shown as 100 %, nor what is something as 0 %.
    if share >= scale, part < whole { share = scale - 1 }
    if share == 0, part > 0 { share = 1 }
    return decimalText(Int64(share), digits: digits) + "\u{a0}%"
}

/// A time in the unit that people would take: `850 ms`, `2.4 s`, `3 min`, `5 h`, `2 days`.
func span(_ milliseconds: Int64) -> String {
    switch milliseconds {
    case ..<1000: return "\(milliseconds)\u{a0}ms"
    case ..<10_000 where milliseconds % 1000 >= 100: return "\(milliseconds / 1000).\(milliseconds % 1000 / 100)\u{a0}s"
    case ..<120_000: return "\(milliseconds / 1000)\u{a0}s"
    case ..<7_200_000: return "\(milliseconds / 60_000)\u{a0}min"
    case ..<172_800_000: return "\(milliseconds / 3_600_000)\u{a0}h"
    default: return "\(milliseconds / 86_400_000)\u{a0}days"
    }
}

/// `1 order`, `2,000 orders`.
func counted(_ count: Int64, _ noun: String, _ plural: String? = nil) -> String {
    "\(number(count)) \(count == 1 ? noun : plural ?? noun + "s")"
}

extension Timestamp {
    static let hour: Int64 = 3_600_000
    static let dayLength: Int64 = 86_400_000
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    /// `29 Nov 2026, 10:33 UTC`
    var words: String { "\(dayWords), \(clock) UTC" }

    /// `29 Nov 2026`
    var dayWords: String { dayShort + " " + rfc3339.prefix(4) }

    /// `29 Nov`
    var dayShort: String {
        let day = self.day
        let month = Int(day.dropFirst(5).prefix(2)) ?? 1
        return "\(Int(day.suffix(2)) ?? 1) \(Self.months[month - 1])"
    }

    /// `10:33`
    var clock: String { String(rfc3339.dropFirst(11).prefix(5)) }

    /// The first moment of this moment's UTC day.
    var startOfDay: Timestamp { Timestamp(milliseconds: milliseconds - milliseconds % Self.dayLength) }

    /// So many days later, or earlier.
    func adding(days: Int64) -> Timestamp { Timestamp(milliseconds: milliseconds + days * Self.dayLength) }

    /// As a template shows a time: words, and the exact time for machines.
    var fields: [String: Any] { ["exact": rfc3339, "words": words] }
}
