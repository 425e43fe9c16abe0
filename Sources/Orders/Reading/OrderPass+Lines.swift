extension OrderPass {
    private static let productBit: UInt32 = 1
    private static let quantityBit: UInt32 = 2
    private static let priceBit: UInt32 = 4

    /// The order's lines, from the value of `items`.
    mutating func items() throws(SyntaxFault) {
        let start = scanner.at
        guard scanner.base[start] == UInt8(ascii: "[") else { return try wrongType("an array of lines") }
        try enterKnown()
        var isFirst = true
        while try scanner.nextElement(&isFirst) {
            lineCount += 1
            guard lineCount <= rules.maximumLines else {
                try unknown(depth: depth + 1)
                continue
            }
            if scanner.base[scanner.at] == UInt8(ascii: "{") {
                try line()
            } else {
                try wrongType("an object, one line")
            }
        }
        leaveKnown()
        if lineCount == 0 {
            faults.add(.empty, at: start, "expected at least one line, found an empty array")
        } else if lineCount > rules.maximumLines {
            faults.add(.tooManyLines, at: start, "expected at most \(rules.maximumLines) lines, found \(lineCount)")
        }
    }

    private mutating func line() throws(SyntaxFault) {
        let start = scanner.at
        try enterKnown()
        var seen: UInt32 = 0
        var isFirst = true
        let firstName = scratch.names.count
        var productId: String?
        var quantity: Int64?
        var price: Amount?
        while let name = try scanner.nextName(&isFirst) {
            let bit = lineMember(name)
            if bit == 0 {
                try unknownMember(name, of: start, firstName: firstName, depth: depth)
                continue
            }
            if seen & bit != 0 {
                duplicate(name)
                try unknown(depth: depth + 1)
                continue
            }
            seen |= bit
            switch bit {
            case Self.productBit: productId = try text(.identifier, isRequired: true, mayHoldCard: true)
            case Self.quantityBit:
                quantity = try integer(1...1_000_000_000, isRequired: true, "a whole number of pieces from 1 to 1000000000")
            default: price = try amount(isRequired: true)
            }
        }
        leaveNames(firstName)
        leaveKnown()
        if let productId, let quantity, let price {
            scratch.lines.append(PendingLine(productId: productId, quantity: quantity, price: price))
            return
        }
        if seen & Self.productBit == 0 { faults.add(.missing, at: start, member: "productId", "expected a productId, found none") }
        if seen & Self.quantityBit == 0 { faults.add(.missing, at: start, member: "quantity", "expected a quantity, found none") }
        if seen & Self.priceBit == 0 { faults.add(.missing, at: start, member: "price", "expected a price, found none") }
    }

    @inline(__always)
    private func lineMember(_ name: StringToken) -> UInt32 {
        if name.hasEscapes { return withDecodedName(name) { base, count in Self.lineMember(base, count) } }
        return Self.lineMember(scanner.base + name.start, name.count)
    }

    @inline(__always)
    private static func lineMember(_ name: UnsafePointer<UInt8>, _ count: Int) -> UInt32 {
        switch count {
        case 5: return matches(name, "price") ? priceBit : 0
        case 8: return matches(name, "quantity") ? quantityBit : 0
        case 9: return matches(name, "productId") ? productBit : 0
        default: return 0
        }
    }
}
