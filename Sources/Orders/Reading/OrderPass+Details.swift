/// The objects within an order: `customer`, `shipTo`, `payment`.
extension OrderPass {
    /// A member of such an object that is known: its bit and how its value is read. `nil` for one that is only looked through.
    typealias DetailMember = (_ name: UnsafePointer<UInt8>, _ count: Int) -> Detail?

    enum Detail: UInt32 {
        case name
        case email
        case phone
        case method
        case token
    }

    func customerMember(_ name: UnsafePointer<UInt8>, _ count: Int) -> Detail? {
        switch count {
        case 4: return Self.matches(name, "name") ? .name : nil
        case 5: return Self.matches(name, "email") ? .email : Self.matches(name, "phone") ? .phone : nil
        default: return nil
        }
    }

    func paymentMember(_ name: UnsafePointer<UInt8>, _ count: Int) -> Detail? {
        switch count {
        case 5: return Self.matches(name, "token") ? .token : nil
        case 6: return Self.matches(name, "method") ? .method : nil
        default: return nil
        }
    }

    mutating func details(_ known: DetailMember) throws(SyntaxFault) {
        let start = scanner.at
        if try isNull() { return }
        guard scanner.base[start] == UInt8(ascii: "{") else { return try wrongType("an object") }
        try enterKnown()
        var seen: UInt32 = 0
        var isFirst = true
        let firstName = scratch.names.count
        while let name = try scanner.nextName(&isFirst) {
            guard let detail = withDecodedName(name, known) else {
                try unknownMember(name, of: start, firstName: firstName, depth: depth)
                continue
            }
            if seen & 1 << detail.rawValue != 0 {
                duplicate(name)
                try unknown(depth: depth + 1)
                continue
            }
            seen |= 1 << detail.rawValue
            switch detail {
            case .name: try checkText(.upTo(200))
            case .email: try checkText(.upTo(320))
            case .phone: try checkText(.upTo(60))
            case .method: paymentMethod = try text(.upTo(40))
            case .token: paymentToken = try text(.upTo(200))
            }
        }
        leaveNames(firstName)
        leaveKnown()
    }
}
