/// The base 32 of ``TypeID``: 26 characters of five bits hold 130, so the first is at most `7`.
enum TypeIDText {
    private static let alphabet: StaticString = "0123456789abcdefghjkmnpqrstvwxyz"

    static func append(high: UInt64, low: UInt64, prefix: StaticString, to bytes: inout [UInt8]) {
        bytes.append(contentsOf: UnsafeBufferPointer(start: prefix.utf8Start, count: prefix.utf8CodeUnitCount))
        bytes.append(UInt8(ascii: "_"))
        let digits = alphabet.utf8Start
        var shift = 125
        while shift >= 0 {
            bytes.append(digits[Int(bits(high: high, low: low, from: shift))])
            shift -= 5
        }
    }

    static func value(of text: UnsafeBufferPointer<UInt8>, prefix: StaticString) -> (high: UInt64, low: UInt64)? {
        let prefixCount = prefix.utf8CodeUnitCount
        guard text.count == prefixCount + 27, text[prefixCount] == UInt8(ascii: "_") else { return nil }
        for index in 0..<prefixCount where text[index] != prefix.utf8Start[index] { return nil }
        var high: UInt64 = 0
        var low: UInt64 = 0
        for index in (prefixCount + 1)..<text.count {
            guard let digit = digit(text[index]), index > prefixCount + 1 || digit < 8 else { return nil }
            high = high << 5 | low >> 59
            low = low << 5 | UInt64(digit)
        }
        return (high, low)
    }

    private static func bits(high: UInt64, low: UInt64, from shift: Int) -> UInt64 {
        if shift >= 64 { return high >> UInt64(shift - 64) & 31 }
        if shift == 60 { return (high << 4 | low >> 60) & 31 }
        return low >> UInt64(shift) & 31
    }

    /// The alphabet leaves out i, l, o and u.
    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "h"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "j")...UInt8(ascii: "k"): byte - UInt8(ascii: "j") + 18
        case UInt8(ascii: "m")...UInt8(ascii: "n"): byte - UInt8(ascii: "m") + 20
        case UInt8(ascii: "p")...UInt8(ascii: "t"): byte - UInt8(ascii: "p") + 22
        case UInt8(ascii: "v")...UInt8(ascii: "z"): byte - UInt8(ascii: "v") + 27
        default: nil
        }
    }
}
