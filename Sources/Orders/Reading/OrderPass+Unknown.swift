/// What the reader does not know is kept and passed on, but it must be strict JSON without a card number all the same.
extension OrderPass {
    /// How many names of one object are compared one by one; past that they go to a set.
    private static let fewNames = 16

    /// Any value, which lies inside `depth - 1` levels.
    mutating func unknown(depth: Int) throws(SyntaxFault) {
        let start = scanner.at
        switch scanner.base[start] {
        case UInt8(ascii: "\""):
            searchCard(try scanner.string(), at: start)
        case UInt8(ascii: "{"):
            try enter(depth: depth)
            var isFirst = true
            let firstName = scratch.names.count
            while let name = try scanner.nextName(&isFirst) {
                try unknownMember(name, of: start, firstName: firstName, depth: depth)
            }
            leaveNames(firstName)
        case UInt8(ascii: "["):
            try enter(depth: depth)
            var isFirst = true
            while try scanner.nextElement(&isFirst) { try unknown(depth: depth + 1) }
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
            searchCard(try scanner.number())
        default:
            _ = try scanner.literal()
        }
    }

    /// A member with a name that is not known, of the object that begins at `object` and whose names begin at `firstName` in the scratch.
    mutating func unknownMember(_ name: StringToken, of object: Int, firstName: Int, depth: Int) throws(SyntaxFault) {
        if isKnown(name, of: object, firstName: firstName) { duplicate(name) }
        if name.count > 256, withDecodedName(name, { TextCounts($0, $1).characters }) > 256 {
            faults.add(.tooLong, at: object, "expected names of at most 256 characters, found a longer one")
        }
        searchCard(name, at: name.start - 1)
        try unknown(depth: depth + 1)
    }

    mutating func duplicate(_ name: StringToken) {
        faults.add(.duplicateKey, at: name.start - 1, "expected each name once in an object, found this one again")
    }

    /// Forgets the names of an object that is read.
    @inline(__always)
    mutating func leaveNames(_ firstName: Int) {
        let count = scratch.names.count - firstName
        if count > 0 { scratch.names.removeLast(count) }
    }

    private mutating func isKnown(_ name: StringToken, of object: Int, firstName: Int) -> Bool {
        let count = scratch.names.count - firstName
        if count < Self.fewNames {
            for other in scratch.names[firstName...] where isSame(name, other) { return true }
            scratch.names.append(name)
            return false
        }
        // A file could name a million members: comparing each with all others would take for ever. The set's hashes are seeded, so that
        // no file can be made to collide.
        if count == Self.fewNames {
            for other in scratch.names[firstName...] { scratch.manyNames.insert(manyName(other, of: object)) }
            scratch.names.append(name)
        }
        return !scratch.manyNames.insert(manyName(name, of: object)).inserted
    }

    private func manyName(_ name: StringToken, of object: Int) -> ManyName {
        withDecodedName(name) { base, count in ManyName(object: object, name: Array(UnsafeBufferPointer(start: base, count: count))) }
    }

    private func isSame(_ left: StringToken, _ right: StringToken) -> Bool {
        if left.hasEscapes || right.hasEscapes {
            return manyName(left, of: 0) == manyName(right, of: 0)
        }
        guard left.count == right.count else { return false }
        for index in 0..<left.count where scanner.base[left.start + index] != scanner.base[right.start + index] { return false }
        return true
    }

    /// Looks for a card number in a string that begins at `start`, names it as a fault and remembers where it lies.
    @discardableResult
    @inline(__always)
    mutating func searchCard(_ token: StringToken, at start: Int) -> Bool {
        token.count >= CardNumbers.minimumDigits && foundCard(token, at: start)
    }

    @discardableResult
    @inline(__always)
    mutating func searchCard(_ token: NumberToken) -> Bool {
        token.count >= CardNumbers.minimumDigits && foundCard(from: token.start, to: token.end, at: token.start)
    }

    private mutating func foundCard(_ token: StringToken, at start: Int) -> Bool {
        guard token.hasEscapes else { return foundCard(from: token.start, to: token.end, at: start) }
        let isFound = withDecoded(token) { base, count in
            !CardNumbers.ranges(in: UnsafeBufferPointer(start: base, count: count)).isEmpty
        }
        guard isFound else { return false }
        // Its digits may be escapes: all of the string is masked.
        cardNumbers.append(token.start..<token.end)
        cardFault(at: start)
        return true
    }

    private mutating func foundCard(from first: Int, to end: Int, at start: Int) -> Bool {
        let before = cardNumbers.count
        CardNumbers.search(scanner.base, from: first, to: end, into: &cardNumbers)
        guard cardNumbers.count > before else { return false }
        cardFault(at: start)
        return true
    }

    private mutating func cardFault(at start: Int) {
        faults.add(
            .cardNumber, at: start,
            "expected no payment card number, found one; orders are paid by a token, and card numbers must not be sent here")
    }
}
