/// One spelling for each value a JSON number can have: digits without zeros at either end, then `e` and a power of ten unless it is zero.
/// Never more digits than were written, whatever the exponent says.
enum CanonicalNumber {
    static func append(_ token: NumberToken, of base: UnsafePointer<UInt8>, to output: inout [UInt8]) {
        let start = output.count
        if token.isNegative { output.append(UInt8(ascii: "-")) }
        let digitsStart = output.count
        var index = token.start
        while index < token.end, base[index] | 0x20 != UInt8(ascii: "e") {
            let byte = base[index]
            // Zeros in front are left out; a sign and the point are no digits.
            if byte &- UInt8(ascii: "0") < 10, output.count > digitsStart || byte != UInt8(ascii: "0") { output.append(byte) }
            index += 1
        }
        guard output.count > digitsStart else {
            output.removeLast(output.count - start)
            output.append(UInt8(ascii: "0"))
            return
        }
        var exponent: Int64 = 0
        if token.hasExponent {
            guard let written = self.exponent(base, from: index + 1, to: token.end) else {
                output.removeLast(output.count - start)
                output.append(contentsOf: UnsafeBufferPointer(start: base + token.start, count: token.count))
                return
            }
            exponent = written
        }
        exponent -= Int64(token.fractionDigits)
        while output.last == UInt8(ascii: "0") {
            output.removeLast()
            exponent += 1
        }
        if exponent != 0 {
            output.append(UInt8(ascii: "e"))
            appendDecimalText(exponent, digits: 0, to: &output)
        }
    }

    /// `nil` for more than 15 digits, zeros before them not counted.
    private static func exponent(_ base: UnsafePointer<UInt8>, from start: Int, to end: Int) -> Int64? {
        var index = start
        let isNegative = base[index] == UInt8(ascii: "-")
        if isNegative || base[index] == UInt8(ascii: "+") { index += 1 }
        while index < end, base[index] == UInt8(ascii: "0") { index += 1 }
        guard end - index <= 15 else { return nil }
        var value: Int64 = 0
        while index < end {
            value = value * 10 + Int64(base[index] - UInt8(ascii: "0"))
            index += 1
        }
        return isNegative ? -value : value
    }
}
