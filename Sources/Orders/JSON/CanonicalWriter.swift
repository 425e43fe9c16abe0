/// Where in an order a value stands, as far as amounts are told by it.
enum CanonicalPlace {
    case order
    case items
    case line
    case amount
    case elsewhere

    /// The place of a member of an object that stands here.
    func member(_ name: UnsafePointer<UInt8>, _ count: Int) -> CanonicalPlace {
        switch (self, count) {
        case (.order, 5): return OrderPass.matches(name, "items") ? .items : .elsewhere
        case (.order, 9): return OrderPass.matches(name, "taxAmount") ? .amount : .elsewhere
        case (.order, 11): return OrderPass.matches(name, "totalAmount") ? .amount : .elsewhere
        case (.order, 14):
            return OrderPass.matches(name, "shippingAmount") || OrderPass.matches(name, "discountAmount") ? .amount : .elsewhere
        case (.line, 5): return OrderPass.matches(name, "price") ? .amount : .elsewhere
        default: return .elsewhere
        }
    }
}

/// Writes the canonical form while it reads. Members are written as they come, and put in order once their object ends.
struct CanonicalWriter {
    /// A member as it lies in the output, and its name without escapes in `names`.
    private struct Member {
        var name: Range<Int>
        var output: Range<Int>
    }

    private var scanner: JSONScanner
    private var output: [UInt8] = []
    private var members: [Member] = []
    private var names: [UInt8] = []
    private var scratch: [UInt8] = []
    private var depth = 0

    init(_ base: UnsafePointer<UInt8>, count: Int) {
        scanner = JSONScanner(base, count: count)
        output.reserveCapacity(count + count / 8)
    }

    mutating func run() -> [UInt8]? {
        do throws(SyntaxFault) {
            _ = try scanner.peek("a value")
            try value(.order)
        } catch {
            return nil
        }
        scanner.skipBlanks()
        return scanner.at == scanner.end ? output : nil
    }

    private mutating func value(_ place: CanonicalPlace) throws(SyntaxFault) {
        let start = scanner.at
        switch scanner.base[start] {
        case UInt8(ascii: "\""):
            let token = try scanner.string()
            if place == .amount, appendAmount(token) { return }
            append(token)
        case UInt8(ascii: "{"):
            try object(place)
        case UInt8(ascii: "["):
            try array(place)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
            CanonicalNumber.append(try scanner.number(), of: scanner.base, to: &output)
        default:
            _ = try scanner.literal()
            output.append(contentsOf: UnsafeBufferPointer(start: scanner.base + start, count: scanner.at - start))
        }
    }

    private mutating func array(_ place: CanonicalPlace) throws(SyntaxFault) {
        try enter()
        output.append(UInt8(ascii: "["))
        let start = output.count
        var isFirst = true
        while try scanner.nextElement(&isFirst) {
            if output.count > start { output.append(UInt8(ascii: ",")) }
            try value(place == .items ? .line : .elsewhere)
        }
        output.append(UInt8(ascii: "]"))
        depth -= 1
    }

    private mutating func object(_ place: CanonicalPlace) throws(SyntaxFault) {
        try enter()
        output.append(UInt8(ascii: "{"))
        let outputStart = output.count
        let firstMember = members.count
        let firstName = names.count
        var isFirst = true
        var isSorted = true
        while let token = try scanner.nextName(&isFirst) {
            if output.count > outputStart { output.append(UInt8(ascii: ",")) }
            let start = output.count
            append(token)
            output.append(UInt8(ascii: ":"))
            let nameStart = names.count
            scanner.appendDecoded(token, to: &names)
            let name = nameStart..<names.count
            let memberPlace = names.withUnsafeBufferPointer { bytes in
                bytes.baseAddress.map { place.member($0 + nameStart, name.count) } ?? .elsewhere
            }
            try value(memberPlace)
            if let last = members[firstMember...].last, !precedes(last.name, name) { isSorted = false }
            members.append(Member(name: name, output: start..<output.count))
        }
        if !isSorted { try sort(members: firstMember, output: outputStart) }
        members.removeLast(members.count - firstMember)
        names.removeLast(names.count - firstName)
        output.append(UInt8(ascii: "}"))
        depth -= 1
    }

    private mutating func sort(members first: Int, output start: Int) throws(SyntaxFault) {
        var sorted = Array(members[first...])
        sorted.sort { precedes($0.name, $1.name) }
        for (left, right) in zip(sorted, sorted.dropFirst()) where !precedes(left.name, right.name) {
            throw SyntaxFault(.duplicateKey, at: scanner.at, expected: "each name once in an object")
        }
        scratch.removeAll(keepingCapacity: true)
        for member in sorted {
            if !scratch.isEmpty { scratch.append(UInt8(ascii: ",")) }
            scratch.append(contentsOf: output[member.output])
        }
        output.replaceSubrange(start..., with: scratch)
    }

    private func precedes(_ left: Range<Int>, _ right: Range<Int>) -> Bool {
        names.withUnsafeBufferPointer { bytes in
            let common = min(left.count, right.count)
            for index in 0..<common {
                let a = bytes[left.lowerBound + index]
                let b = bytes[right.lowerBound + index]
                if a != b { return a < b }
            }
            return left.count < right.count
        }
    }

    private mutating func enter() throws(SyntaxFault) {
        guard depth < JSONValue.maximumDepth else { throw SyntaxFault(.nesting, at: scanner.at, expected: "less nesting") }
        depth += 1
        scanner.at += 1
    }

    /// A string with the fewest escapes, which is how it stands where it has none.
    private mutating func append(_ token: StringToken) {
        guard token.hasEscapes else {
            output.append(contentsOf: UnsafeBufferPointer(start: scanner.base + token.start - 1, count: token.count + 2))
            return
        }
        scratch.removeAll(keepingCapacity: true)
        scanner.appendDecoded(token, to: &scratch)
        scratch.withUnsafeBufferPointer { JSONEscaping.append($0, to: &output) }
    }

    /// An amount written as text, where it is one.
    private mutating func appendAmount(_ token: StringToken) -> Bool {
        scratch.removeAll(keepingCapacity: true)
        scanner.appendDecoded(token, to: &scratch)
        return scratch.withUnsafeBufferPointer { bytes in
            guard let base = bytes.baseAddress, let number = DecimalNumber.token(base, bytes.count), !number.hasExponent else {
                return false
            }
            CanonicalNumber.append(number, of: base, to: &output)
            return true
        }
    }
}
