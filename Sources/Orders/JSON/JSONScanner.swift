/// Reads the tokens of RFC 8259 off bytes, strictly and in one direction. Everything here that reads JSON stands on it.
///
/// The bytes must outlive the scanner. Each method for a token expects `at` on the token's first byte and leaves it behind the last, or
/// where it was when it throws.
struct JSONScanner {
    let base: UnsafePointer<UInt8>
    let end: Int
    var at: Int

    /// - Parameter bytes: not empty.
    init(_ base: UnsafePointer<UInt8>, count: Int) {
        self.base = base
        end = count
        at = 0
    }

    @inline(__always)
    mutating func skipBlanks() {
        while at < end, Self.isBlank(base[at]) { at += 1 }
    }

    @inline(__always)
    static func isBlank(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09
    }

    /// Skips blanks and gives the byte of a token that must come.
    @inline(__always)
    mutating func peek(_ expected: StaticString) throws(SyntaxFault) -> UInt8 {
        skipBlanks()
        guard at < end else { throw SyntaxFault(.incomplete, at: end, expected: expected) }
        return base[at]
    }

    /// Inside an object: the next member's name, with `at` left on its value; `nil` behind the closing brace.
    @inline(__always)
    mutating func nextName(_ isFirst: inout Bool) throws(SyntaxFault) -> StringToken? {
        var byte = try peek("a member or '}'")
        if byte == UInt8(ascii: "}") {
            at += 1
            return nil
        }
        if isFirst {
            isFirst = false
        } else {
            guard byte == UInt8(ascii: ",") else { throw SyntaxFault(.syntax, at: at, expected: "',' or '}'") }
            let comma = at
            at += 1
            byte = try peek("a member's name")
            if byte == UInt8(ascii: "}") {
                at = comma
                throw SyntaxFault(.trailingComma, at: comma, expected: "no ',' before '}'")
            }
        }
        guard byte == UInt8(ascii: "\"") else { throw SyntaxFault(.syntax, at: at, expected: "a member's name in double quotes") }
        let name = try string()
        guard try peek("':' after a member's name") == UInt8(ascii: ":") else {
            throw SyntaxFault(.syntax, at: at, expected: "':' after a member's name")
        }
        at += 1
        _ = try peek("a member's value")
        return name
    }

    /// Inside an array: whether an element follows, on which `at` is left; false behind the closing bracket.
    @inline(__always)
    mutating func nextElement(_ isFirst: inout Bool) throws(SyntaxFault) -> Bool {
        let byte = try peek("an element or ']'")
        if byte == UInt8(ascii: "]") {
            at += 1
            return false
        }
        if isFirst {
            isFirst = false
            return true
        }
        guard byte == UInt8(ascii: ",") else { throw SyntaxFault(.syntax, at: at, expected: "',' or ']'") }
        let comma = at
        at += 1
        if try peek("an element") == UInt8(ascii: "]") {
            at = comma
            throw SyntaxFault(.trailingComma, at: comma, expected: "no ',' before ']'")
        }
        return true
    }

    /// `true`, `false` or `null`; gives its first letter.
    mutating func literal() throws(SyntaxFault) -> UInt8 {
        let text: StaticString
        let first = base[at]
        switch first {
        case UInt8(ascii: "t"): text = "true"
        case UInt8(ascii: "f"): text = "false"
        case UInt8(ascii: "n"): text = "null"
        default: throw SyntaxFault(.syntax, at: at, expected: "a value")
        }
        for index in 0..<text.utf8CodeUnitCount {
            guard at + index < end else { throw SyntaxFault(.incomplete, at: end, expected: "the rest of true, false or null") }
            guard base[at + index] == text.utf8Start[index] else {
                throw SyntaxFault(.syntax, at: at + index, expected: "true, false or null")
            }
        }
        at += text.utf8CodeUnitCount
        return first
    }
}

/// What stops the reading of a JSON text, and where.
struct SyntaxFault: Error {
    var code: FaultCode
    var offset: Int
    var expected: StaticString

    init(_ code: FaultCode, at offset: Int, expected: StaticString) {
        self.code = code
        self.offset = offset
        self.expected = expected
    }
}
