/// A number as it is written. Its value is exact while it has at most 18 digits, which the counts tell.
struct NumberToken {
    var start: Int
    var end: Int
    /// The digits before and after the point as one integer; meaningless past 18 digits.
    var magnitude: Int64
    var wholeDigits: Int
    var fractionDigits: Int
    var isNegative: Bool
    var hasExponent: Bool

    var count: Int { end - start }
}

extension JSONScanner {
    /// A number, from its sign or first digit.
    @inline(__always)
    mutating func number() throws(SyntaxFault) -> NumberToken {
        var index = at
        let isNegative = base[index] == UInt8(ascii: "-")
        if isNegative { index += 1 }
        var magnitude: Int64 = 0
        let wholeStart = index
        while index < end, base[index] &- UInt8(ascii: "0") < 10 {
            magnitude = magnitude &* 10 &+ Int64(base[index] &- UInt8(ascii: "0"))
            index += 1
        }
        let wholeDigits = index - wholeStart
        guard wholeDigits > 0 else { throw missingDigit(at: index) }
        if base[wholeStart] == UInt8(ascii: "0"), wholeDigits > 1 {
            throw SyntaxFault(.syntax, at: wholeStart, expected: "no leading zero in a number")
        }
        var fractionDigits = 0
        if index < end, base[index] == UInt8(ascii: ".") {
            index += 1
            let fractionStart = index
            while index < end, base[index] &- UInt8(ascii: "0") < 10 {
                magnitude = magnitude &* 10 &+ Int64(base[index] &- UInt8(ascii: "0"))
                index += 1
            }
            fractionDigits = index - fractionStart
            guard fractionDigits > 0 else { throw missingDigit(at: index) }
        }
        var hasExponent = false
        if index < end, base[index] | 0x20 == UInt8(ascii: "e") {
            hasExponent = true
            index += 1
            if index < end, base[index] == UInt8(ascii: "+") || base[index] == UInt8(ascii: "-") { index += 1 }
            let exponentStart = index
            while index < end, base[index] &- UInt8(ascii: "0") < 10 { index += 1 }
            guard index > exponentStart else { throw missingDigit(at: index) }
        }
        let token = NumberToken(
            start: at, end: index, magnitude: magnitude, wholeDigits: wholeDigits, fractionDigits: fractionDigits, isNegative: isNegative,
            hasExponent: hasExponent)
        at = index
        return token
    }

    private func missingDigit(at index: Int) -> SyntaxFault {
        SyntaxFault(index < end ? .syntax : .incomplete, at: index, expected: "a digit")
    }
}
