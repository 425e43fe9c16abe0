/// Builds a ``JSONValue``.
struct JSONParser {
    private var scanner: JSONScanner
    private var depth = 0

    init(_ base: UnsafePointer<UInt8>, count: Int) {
        scanner = JSONScanner(base, count: count)
    }

    mutating func text() throws(SyntaxFault) -> JSONValue {
        if scanner.base[0] == 0xEF, scanner.end >= 3, scanner.base[1] == 0xBB, scanner.base[2] == 0xBF {
            throw SyntaxFault(.byteOrderMark, at: 0, expected: "no byte order mark")
        }
        scanner.skipBlanks()
        guard scanner.at < scanner.end else { throw SyntaxFault(.empty, at: scanner.at, expected: "a JSON text") }
        let value = try value()
        scanner.skipBlanks()
        guard scanner.at == scanner.end else { throw SyntaxFault(.syntax, at: scanner.at, expected: "nothing more after the JSON text") }
        return value
    }

    private mutating func value() throws(SyntaxFault) -> JSONValue {
        switch scanner.base[scanner.at] {
        case UInt8(ascii: "\""):
            return .string(scanner.text(try scanner.string()))
        case UInt8(ascii: "{"):
            try enter()
            let members = try members()
            depth -= 1
            return .object(members)
        case UInt8(ascii: "["):
            try enter()
            var items: [JSONValue] = []
            var isFirst = true
            while try scanner.nextElement(&isFirst) { items.append(try value()) }
            depth -= 1
            return .array(items)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
            let token = try scanner.number()
            return .number(String(decoding: UnsafeBufferPointer(start: scanner.base + token.start, count: token.count), as: UTF8.self))
        default:
            switch try scanner.literal() {
            case UInt8(ascii: "t"): return .bool(true)
            case UInt8(ascii: "f"): return .bool(false)
            default: return .null
            }
        }
    }

    private mutating func enter() throws(SyntaxFault) {
        guard depth < JSONValue.maximumDepth else {
            throw SyntaxFault(.nesting, at: scanner.at, expected: "arrays and objects nested less deep")
        }
        depth += 1
        scanner.at += 1
    }

    private mutating func members() throws(SyntaxFault) -> [JSONMember] {
        var members: [JSONMember] = []
        var names: Set<[UInt8]> = []
        var isFirst = true
        while let token = try scanner.nextName(&isFirst) {
            let name = scanner.text(token)
            if isKnown(name, in: members, &names) {
                throw SyntaxFault(.duplicateKey, at: token.start - 1, expected: "each name once in an object")
            }
            members.append(JSONMember(name: name, value: try value()))
        }
        return members
    }

    /// Compared as bytes: `String`'s own equality takes different spellings of an accented letter for one.
    private func isKnown(_ name: String, in members: [JSONMember], _ names: inout Set<[UInt8]>) -> Bool {
        let few = 24
        if members.count < few {
            for member in members where member.name == name && member.name.utf8.elementsEqual(name.utf8) { return true }
            return false
        }
        if members.count == few { names = Set(members.map { Array($0.name.utf8) }) }
        return !names.insert(Array(name.utf8)).inserted
    }
}
