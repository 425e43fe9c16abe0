/// The members of an order that are known, in the order of their bits in `seen`.
enum OrderMember: UInt32 {
    case customerId
    case items
    case totalAmount
    case currency
    case orderReference
    case idempotencyKey
    case placedAt
    case country
    case customer
    case shipTo
    case payment
    case taxAmount
    case shippingAmount
    case discountAmount
    case priority
    case notes

    var bit: UInt32 { 1 << rawValue }
}

extension OrderPass {
    /// The order itself, from its brace.
    mutating func order() throws(SyntaxFault) {
        let start = scanner.at
        scanner.at += 1
        var isFirst = true
        while let name = try scanner.nextName(&isFirst) {
            guard let member = orderMember(name) else {
                try unknownMember(name, of: start, firstName: 0, depth: 1)
                continue
            }
            if seen & member.bit != 0 {
                duplicate(name)
                try unknown(depth: 2)
                continue
            }
            seen |= member.bit
            try value(of: member)
        }
        requireMembers(start)
    }

    private mutating func value(of member: OrderMember) throws(SyntaxFault) {
        switch member {
        case .customerId: customerId = try text(.identifier, isRequired: true)
        case .items: try items()
        case .totalAmount: total = try amount(isRequired: true)
        case .currency: try readCurrency()
        case .orderReference: orderReference = try text(.identifier, mayHoldCard: true)
        case .idempotencyKey: idempotencyKey = try text(.identifier, mayHoldCard: true)
        case .placedAt: try readPlacedAt()
        case .country: country = try text(.upTo(60))
        case .customer: try details(customerMember)
        case .shipTo: try details { _, _ in nil }
        case .payment: try details(paymentMember)
        case .taxAmount: tax = try amount()
        case .shippingAmount: shipping = try amount()
        case .discountAmount: discount = try amount()
        case .priority: priority = Int(try integer(-9...9, "a whole number from -9 to 9") ?? 0)
        case .notes: try checkText(.upTo(rules.maximumNoteCharacters))
        }
    }

    private mutating func requireMembers(_ start: Int) {
        if seen & OrderMember.customerId.bit == 0 {
            faults.add(.missing, at: start, member: "customerId", "expected a customerId, found none")
        }
        if seen & OrderMember.items.bit == 0 { faults.add(.missing, at: start, member: "items", "expected items, found none") }
        if seen & OrderMember.totalAmount.bit == 0 {
            faults.add(.missing, at: start, member: "totalAmount", "expected a totalAmount, found none")
        }
        if rules.requireReference, seen & (OrderMember.orderReference.bit | OrderMember.idempotencyKey.bit) == 0 {
            faults.add(
                .missing, at: start, member: "orderReference",
                "expected an orderReference or an idempotencyKey, which this partner's orders must bear; found neither")
        }
    }

    private mutating func readCurrency() throws(SyntaxFault) {
        let start = scanner.at
        if try isNull() { return }
        guard let token = try stringToken() else {
            currencyIsUnsound = true
            return
        }
        searchCard(token, at: start)
        currency = withDecoded(token) { base, count in
            Currency(utf8: UnsafeBufferPointer(start: base, count: count))
        }
        if currency == nil {
            currencyIsUnsound = true
            faults.add(
                .unknownCurrency, at: start,
                "expected the code of an active currency in capitals (ISO 4217), such as GBP; found \(quoted(token))")
        }
    }

    private mutating func readPlacedAt() throws(SyntaxFault) {
        let start = scanner.at
        if try isNull() { return }
        guard let token = try stringToken() else { return }
        searchCard(token, at: start)
        let isTime = withDecoded(token) { base, count in Timestamp.parse(UnsafeBufferPointer(start: base, count: count)) != nil }
        if isTime {
            placedAt = scanner.text(token)
        } else {
            faults.add(
                .badTime, at: start,
                "expected a date and time of 1970 to 9999 as 2026-11-22T17:35:58Z or with an offset; found \(quoted(token))")
        }
    }

    private func orderMember(_ name: StringToken) -> OrderMember? {
        if name.hasEscapes {
            return withDecodedName(name) { base, count in Self.orderMember(base, count) }
        }
        return Self.orderMember(scanner.base + name.start, name.count)
    }

    private static func orderMember(_ name: UnsafePointer<UInt8>, _ count: Int) -> OrderMember? {
        switch count {
        case 5: return matches(name, "items") ? .items : matches(name, "notes") ? .notes : nil
        case 6: return matches(name, "shipTo") ? .shipTo : nil
        case 7: return matches(name, "country") ? .country : matches(name, "payment") ? .payment : nil
        case 8:
            switch name[0] {
            case UInt8(ascii: "c"): return matches(name, "currency") ? .currency : matches(name, "customer") ? .customer : nil
            default: return matches(name, "placedAt") ? .placedAt : matches(name, "priority") ? .priority : nil
            }
        case 9: return matches(name, "taxAmount") ? .taxAmount : nil
        case 10: return matches(name, "customerId") ? .customerId : nil
        case 11: return matches(name, "totalAmount") ? .totalAmount : nil
        case 14:
            switch name[0] {
            case UInt8(ascii: "o"): return matches(name, "orderReference") ? .orderReference : nil
            case UInt8(ascii: "i"): return matches(name, "idempotencyKey") ? .idempotencyKey : nil
            case UInt8(ascii: "s"): return matches(name, "shippingAmount") ? .shippingAmount : nil
            default: return matches(name, "discountAmount") ? .discountAmount : nil
            }
        default: return nil
        }
    }
}
