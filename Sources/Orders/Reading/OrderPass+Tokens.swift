/// What the values have in common: kinds, nesting, decoding, quoting for messages.
extension OrderPass {
    /// Whether the name's bytes are those of `text`, which has as many.
    @inline(__always)
    static func matches(_ name: UnsafePointer<UInt8>, _ text: StaticString) -> Bool {
        let expected = text.utf8Start
        for index in 0..<text.utf8CodeUnitCount where name[index] != expected[index] { return false }
        return true
    }

    /// Takes a `null`, which means the same as leaving the member out; where the value is something else, takes nothing.
    mutating func isNull() throws(SyntaxFault) -> Bool {
        guard scanner.base[scanner.at] == UInt8(ascii: "n") else { return false }
        _ = try scanner.literal()
        return true
    }

    /// A string, or a fault.
    mutating func stringToken() throws(SyntaxFault) -> StringToken? {
        if scanner.base[scanner.at] == UInt8(ascii: "\"") { return try scanner.string() }
        try wrongType("text")
        return nil
    }

    /// Notes that the value is of another kind and reads past it.
    @inline(never)
    mutating func wrongType(_ expected: StaticString) throws(SyntaxFault) {
        let start = scanner.at
        let found = describeValue()
        try unknown(depth: depth + 1)
        faults.add(.wrongType, at: start, "expected \(expected), found \(found)")
    }

    /// Steps over the bracket of an object or array of a known kind, for `leaveKnown` to step back.
    mutating func enterKnown() throws(SyntaxFault) {
        try enter(depth: depth + 1)
        depth += 1
    }

    mutating func leaveKnown() { depth -= 1 }

    /// Steps over the bracket of an array or object that is the `depth`th level.
    @inline(__always)
    mutating func enter(depth: Int) throws(SyntaxFault) {
        guard depth <= maximumDepth else {
            throw SyntaxFault(.nesting, at: scanner.at, expected: "arrays and objects nested less deep")
        }
        scanner.at += 1
    }

    func describeValue() -> String {
        switch scanner.base[scanner.at] {
        case UInt8(ascii: "{"): return "an object"
        case UInt8(ascii: "["): return "an array"
        case UInt8(ascii: "\""): return "text"
        case UInt8(ascii: "t"), UInt8(ascii: "f"): return "true or false"
        case UInt8(ascii: "n"): return "null"
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return "a number"
        default: return "no JSON value"
        }
    }

    /// Gives a string's bytes with its escapes resolved.
    @inline(__always)
    mutating func withDecoded<Result>(_ token: StringToken, _ body: (UnsafePointer<UInt8>, Int) -> Result) -> Result {
        guard token.hasEscapes else { return body(scanner.base + token.start, token.count) }
        scratch.decoded.removeAll(keepingCapacity: true)
        scanner.appendDecoded(token, to: &scratch.decoded)
        return scratch.decoded.withUnsafeBufferPointer { bytes in body(bytes.baseAddress ?? scanner.base, bytes.count) }
    }

    /// Gives a name's bytes with its escapes resolved.
    func withDecodedName<Result>(_ name: StringToken, _ body: (UnsafePointer<UInt8>, Int) -> Result) -> Result {
        guard name.hasEscapes else { return body(scanner.base + name.start, name.count) }
        var decoded: [UInt8] = []
        scanner.appendDecoded(name, to: &decoded)
        return decoded.withUnsafeBufferPointer { bytes in body(bytes.baseAddress ?? scanner.base, bytes.count) }
    }

    /// A text for a message: cut, and with its digits hidden where they could be a card number's.
    func quoted(_ token: StringToken) -> String {
        var bytes: [UInt8] = []
        scanner.appendDecoded(token, to: &bytes)
        return quoted(bytes)
    }

    /// A number for a message, in the same way.
    func quoted(_ token: NumberToken) -> String {
        quoted(Array(UnsafeBufferPointer(start: scanner.base + token.start, count: token.count)))
    }

    private func quoted(_ bytes: [UInt8]) -> String {
        var bytes = bytes
        let digits = bytes.count { $0 &- UInt8(ascii: "0") < 10 }
        if digits > 18 || digits >= CardNumbers.minimumDigits - 1 && bytes.count > 13 {
            for index in bytes.indices where bytes[index] &- UInt8(ascii: "0") < 10 { bytes[index] = UInt8(ascii: "*") }
        }
        for index in bytes.indices where bytes[index] < 0x20 || bytes[index] == 0x7F { bytes[index] = UInt8(ascii: "?") }
        let limit = 40
        if bytes.count <= limit { return "'\(String(decoding: bytes, as: UTF8.self))'" }
        var end = limit
        while end > 0, bytes[end] & 0xC0 == 0x80 { end -= 1 }
        return "'\(String(decoding: bytes[..<end], as: UTF8.self))...'"
    }
}

/// What a text is made of.
struct TextCounts {
    /// Unicode code points, as JSON Schema counts.
    var characters = 0
    var controls = 0
    var blanks = 0

    init(_ base: UnsafePointer<UInt8>, _ count: Int) {
        for index in 0..<count {
            let byte = base[index]
            if byte & 0xC0 != 0x80 { characters += 1 }
            if byte == 0x20 { blanks += 1 }
            // U+0080 to U+009F are 0xC2 and then 0x80 to 0x9F.
            if byte < 0x20 || byte == 0x7F || (byte & 0xE0 == 0x80 && index > 0 && base[index - 1] == 0xC2) { controls += 1 }
        }
    }
}
