/// A string's content between its quotes, as it lies in the text: valid UTF-8 with valid escapes.
struct StringToken {
    let start: Int
    let end: Int
    private let flags: UInt8

    init(start: Int, end: Int, flags: UInt8) {
        self.start = start
        self.end = end
        self.flags = flags
    }

    static let escapes: UInt8 = 1
    static let beyondASCII: UInt8 = 2
    static let delete: UInt8 = 4

    var count: Int { end - start }

    /// Printable ASCII that means itself: bytes are characters, and there is nothing to decode or check.
    var isPlain: Bool { flags == 0 }

    var hasEscapes: Bool { flags & Self.escapes != 0 }
}

extension JSONScanner {
    /// A string, from its opening quote.
    @inline(__always)
    mutating func string() throws(SyntaxFault) -> StringToken {
        let start = at + 1
        let stop = nextStop(from: start)
        if stop < end, base[stop] == UInt8(ascii: "\"") {
            at = stop + 1
            return StringToken(start: start, end: stop, flags: 0)
        }
        return try unusualString(start: start, stop: stop)
    }

    /// The rest of a string that holds something else than printable ASCII.
    @inline(never)
    private mutating func unusualString(start: Int, stop: Int) throws(SyntaxFault) -> StringToken {
        var flags: UInt8 = 0
        var index = stop
        while index < end {
            switch base[index] {
            case UInt8(ascii: "\""):
                at = index + 1
                return StringToken(start: start, end: index, flags: flags)
            case UInt8(ascii: "\\"):
                flags |= StringToken.escapes
                index = try escape(at: index)
            case 0x7F:
                flags |= StringToken.delete
                index += 1
            case 0..<0x20:
                throw SyntaxFault(.controlCharacter, at: index, expected: "no raw control character in a string")
            default:
                flags |= StringToken.beyondASCII
                index = try sequence(at: index)
            }
            index = nextStop(from: index)
        }
        throw SyntaxFault(.incomplete, at: end, expected: "the closing quote of a string")
    }

    /// The first byte from `index` on that is no printable ASCII, or is a quote or a backslash; `end` where there is none.
    @inline(__always)
    private func nextStop(from index: Int) -> Int {
        var index = index
        // Eight bytes at a time. A borrow or carry out of one byte can only mark a higher one falsely, and only the lowest mark counts.
        let ones: UInt64 = 0x0101_0101_0101_0101
        while index + 8 <= end {
            let word = UInt64(littleEndian: UnsafeRawPointer(base + index).loadUnaligned(as: UInt64.self))
            let quote = word ^ (ones &* 0x22)
            let backslash = word ^ (ones &* 0x5C)
            let low = (word &- (ones &* 0x20)) & ~word
            let marks =
                (low | ((quote &- ones) & ~quote) | ((backslash &- ones) & ~backslash) | (word &+ ones) | word) & 0x8080_8080_8080_8080
            if marks != 0 { return index + marks.trailingZeroBitCount >> 3 }
            index += 8
        }
        while index < end {
            let byte = base[index]
            if byte < 0x20 || byte == 0x22 || byte == 0x5C || byte >= 0x7F { break }
            index += 1
        }
        return index
    }

    /// Checks the escape at `index` and gives the index behind it.
    private func escape(at index: Int) throws(SyntaxFault) -> Int {
        guard index + 1 < end else { throw SyntaxFault(.incomplete, at: end, expected: "the rest of an escape") }
        switch base[index + 1] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"), UInt8(ascii: "n"),
            UInt8(ascii: "r"), UInt8(ascii: "t"):
            return index + 2
        case UInt8(ascii: "u"):
            let unit = try unicodeUnit(at: index + 2)
            if unit & 0xF800 != 0xD800 { return index + 6 }
            guard unit < 0xDC00 else { throw SyntaxFault(.loneSurrogate, at: index, expected: "no second half of a surrogate pair alone") }
            for (offset, byte) in [UInt8(ascii: "\\"), UInt8(ascii: "u")].enumerated() {
                guard index + 6 + offset < end else {
                    throw SyntaxFault(.incomplete, at: end, expected: "the second half of a surrogate pair")
                }
                guard base[index + 6 + offset] == byte else {
                    throw SyntaxFault(.loneSurrogate, at: index, expected: "the second half of a surrogate pair after the first")
                }
            }
            guard try unicodeUnit(at: index + 8) & 0xFC00 == 0xDC00 else {
                throw SyntaxFault(.loneSurrogate, at: index, expected: "the second half of a surrogate pair after the first")
            }
            return index + 12
        default:
            throw SyntaxFault(.syntax, at: index + 1, expected: "one of \" \\ / b f n r t u after a backslash")
        }
    }

    private func unicodeUnit(at index: Int) throws(SyntaxFault) -> UInt32 {
        var unit: UInt32 = 0
        for offset in 0..<4 {
            guard index + offset < end else { throw SyntaxFault(.incomplete, at: end, expected: "four hexadecimal digits after \\u") }
            guard let digit = Self.hexDigit(base[index + offset]) else {
                throw SyntaxFault(.syntax, at: index + offset, expected: "four hexadecimal digits after \\u")
            }
            unit = unit << 4 | digit
        }
        return unit
    }

    static func hexDigit(_ byte: UInt8) -> UInt32? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): return UInt32(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): return UInt32(byte - UInt8(ascii: "a")) + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): return UInt32(byte - UInt8(ascii: "A")) + 10
        default: return nil
        }
    }

    /// Checks the UTF-8 sequence at `index` (its first byte is 0x80 or more) and gives the index behind it.
    private func sequence(at index: Int) throws(SyntaxFault) -> Int {
        let first = base[index]
        let count: Int
        var second: ClosedRange<UInt8> = 0x80...0xBF
        switch first {
        case 0xC2...0xDF: count = 2
        case 0xE0: (count, second) = (3, 0xA0...0xBF)
        case 0xED: (count, second) = (3, 0x80...0x9F)
        case 0xE1...0xEF: count = 3
        case 0xF0: (count, second) = (4, 0x90...0xBF)
        case 0xF1...0xF3: count = 4
        case 0xF4: (count, second) = (4, 0x80...0x8F)
        default: throw SyntaxFault(.invalidUTF8, at: index, expected: "UTF-8")
        }
        for offset in 1..<count {
            guard index + offset < end else { throw SyntaxFault(.incomplete, at: end, expected: "the rest of a UTF-8 character") }
            guard (offset == 1 ? second : 0x80...0xBF).contains(base[index + offset]) else {
                throw SyntaxFault(.invalidUTF8, at: index, expected: "UTF-8")
            }
        }
        return index + count
    }
}
