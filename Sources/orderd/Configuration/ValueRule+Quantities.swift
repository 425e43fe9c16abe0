// Values with a unit are written as a whole number and its unit, without a blank: `500ms`, `64MB`. A number without a unit is refused, since
// nobody can see whether 30 meant seconds or milliseconds.

/// A unit that a quantity may be written in.
private struct Unit {
    let name: String
    let factor: Int64

    static let ofTime = [
        Unit(name: "ms", factor: 1), Unit(name: "s", factor: 1000), Unit(name: "m", factor: 60_000), Unit(name: "h", factor: 3_600_000),
        Unit(name: "d", factor: 86_400_000),
    ]

    static let ofSize = [
        Unit(name: "B", factor: 1),
        Unit(name: "kB", factor: 1000), Unit(name: "KB", factor: 1000), Unit(name: "KiB", factor: 1 << 10),
        Unit(name: "MB", factor: 1_000_000), Unit(name: "MiB", factor: 1 << 20),
        Unit(name: "GB", factor: 1_000_000_000), Unit(name: "GiB", factor: 1 << 30),
        Unit(name: "TB", factor: 1_000_000_000_000), Unit(name: "TiB", factor: 1 << 40),
    ]

    /// The number times its unit's factor; nil where the text is no such quantity or does not fit.
    static func read(_ text: String, _ units: [Unit]) -> Int64? {
        let digits = text.utf8.prefix { (0x30...0x39).contains($0) }
        guard !digits.isEmpty, digits.count <= 18, let number = Int64(String(text.prefix(digits.count))) else { return nil }
        let name = text.dropFirst(digits.count)
        guard let unit = units.first(where: { $0.name == name }) else { return nil }
        let (product, overflow) = number.multipliedReportingOverflow(by: unit.factor)
        return overflow ? nil : product
    }

    /// The shortest exact spelling.
    static func text(_ amount: Int64, _ units: [Unit], zero: String) -> String {
        guard amount != 0 else { return zero }
        let exact = units.filter { amount % $0.factor == 0 }
        guard let unit = exact.max(by: { $0.factor < $1.factor }) else { return "\(amount)" }
        return "\(amount / unit.factor)\(unit.name)"
    }
}

extension Duration {
    /// Whole milliseconds, cut towards zero.
    var inMilliseconds: Int64 {
        components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000
    }

    /// Whole nanoseconds, cut towards zero. Fits for every duration of the configuration (at most 30 days).
    var inNanoseconds: Int64 {
        components.seconds * 1_000_000_000 + components.attoseconds / 1_000_000_000
    }

    /// As the configuration writes it. Days are read but not written: `24h` is plainer than `1d` where an operator thinks of a window.
    var configurationText: String {
        Unit.text(inMilliseconds, Unit.ofTime.dropLast(), zero: "0s")
    }
}

/// A number of bytes as the configuration writes it, such as `512MiB`.
func byteText(_ bytes: Int64) -> String {
    Unit.text(bytes, Unit.ofSize.filter { $0.name != "KB" }, zero: "0B")
}

extension ValueRule where Value == Duration {
    /// A duration of whole milliseconds.
    static func duration(_ range: ClosedRange<Duration>) -> ValueRule {
        ValueRule(
            kind: "duration", allowed: "\(range.lowerBound.configurationText) to \(range.upperBound.configurationText)",
            examples: "500ms, 1s, 10m or 24h"
        ) { raw throws(ValueFault) in
            guard let text = raw.single, let amount = Unit.read(text, Unit.ofTime) else { throw .unfit }
            let value = Duration.milliseconds(amount)
            guard range.contains(value) else { throw .unfit }
            return value
        } text: {
            $0.configurationText
        }
    }
}

extension ValueRule where Value == Int64 {
    /// A number of bytes.
    static func size(_ range: ClosedRange<Int64>) -> ValueRule {
        ValueRule(
            kind: "size", allowed: "\(byteText(range.lowerBound)) to \(byteText(range.upperBound))", examples: "64MB or 1GiB"
        ) { raw throws(ValueFault) in
            guard let text = raw.single, let bytes = Unit.read(text, Unit.ofSize), range.contains(bytes) else { throw .unfit }
            return bytes
        } text: {
            byteText($0)
        }
    }

    /// A whole number that does not count bytes.
    static func integer(_ range: ClosedRange<Int64>, unit: String) -> ValueRule {
        ValueRule(kind: "whole number of \(unit)", allowed: "\(range.lowerBound) to \(range.upperBound)") { raw throws(ValueFault) in
            guard let text = raw.single, let number = wholeNumber(text), range.contains(number) else { throw .unfit }
            return number
        } text: {
            String($0)
        }
    }
}

extension ValueRule where Value == Int {
    /// A whole number that does not count bytes.
    static func integer(_ range: ClosedRange<Int>, unit: String) -> ValueRule {
        ValueRule(kind: "whole number of \(unit)", allowed: "\(range.lowerBound) to \(range.upperBound)") { raw throws(ValueFault) in
            guard let text = raw.single, let number = wholeNumber(text).flatMap(Int.init(exactly:)), range.contains(number) else {
                throw .unfit
            }
            return number
        } text: {
            String($0)
        }
    }
}

/// Decimal digits only: `Int64.init` alone would take `+5` and `007` too, which YAML and people read in other ways (octal).
private func wholeNumber(_ text: String) -> Int64? {
    let digits = text.utf8
    guard !digits.isEmpty, digits.allSatisfy({ (0x30...0x39).contains($0) }), digits.count == 1 || digits.first != 0x30 else { return nil }
    return Int64(text)
}
