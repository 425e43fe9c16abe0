import Orders

/// Reads the `data` member of an event back. What cannot have been written by `EventCoding` is damage, and the error names the member.
enum EventDecoding {
    static func body(kind: String, data: JSONValue) throws(LedgerError) -> EventBody {
        let members = Members(data)
        switch kind {
        case "ledger.created": return .ledgerCreated(spool: try members.text("spool"))
        case "partner.changed":
            return .partnerChanged(
                PartnerChange(name: try members.text("name"), role: try members.text("role"), state: try members.text("state")))
        case "catalogue.loaded":
            var products: [CatalogueEntry] = []
            for item in try members.items("products") {
                guard let parts = item.items, parts.count == 3, let product = parts[0].text, let name = parts[1].text,
                    let price = parts[2].text
                else { throw members.damage("products") }
                products.append(CatalogueEntry(product: product, name: name, price: price))
            }
            return .catalogueLoaded(products)
        case "stock.set": return .stockSet(try counts(members, "stock"), by: try members.text("by"))
        case "paused", "resumed":
            let pause = Pause(what: try members.text("what"), by: try members.text("by"), reason: try members.text("reason"))
            return kind == "paused" ? .paused(pause) : .resumed(pause)
        case "drop.judged": return .dropJudged(try facts(members), try result(members))
        case "drop.opened": return .dropOpened(try facts(members))
        case "drop.slice":
            return .dropSlice(
                DropSlice(
                    number: Int(try members.integer("number")), results: try results(members), position: try members.text("position")))
        case "drop.closed": return .dropClosed(try result(members))
        case "order.accepted": return .orderAccepted(try acceptance(members))
        case "effect.requested":
            return .effectRequested(
                EffectRequest(
                    effect: try members.text("effect"), key: try members.text("key"), amount: try members.integer("amount"),
                    currency: try members.text("currency")))
        case "effect.settled":
            return .effectSettled(
                EffectOutcome(
                    effect: try members.text("effect"), state: try members.text("state"), reference: members.optionalText("reference")))
        default:
            if kind.hasPrefix("order."), let move = MoveKind(rawValue: String(kind.dropFirst(6))) {
                return .orderMoved(try self.move(move, members))
            }
            throw LedgerError(
                .damaged, "an event of the unknown type \(kind)", hint: "was it written by a newer orderd? Use that version")
        }
    }

    private static func counts(_ members: Members, _ name: String) throws(LedgerError) -> [StockCount] {
        var counts: [StockCount] = []
        for item in try members.items(name) {
            guard let parts = item.items, parts.count == 2, let product = parts[0].text, let quantity = parts[1].integer else {
                throw members.damage(name)
            }
            counts.append(StockCount(product: product, quantity: quantity))
        }
        return counts
    }

    private static func facts(_ members: Members) throws(LedgerError) -> DropFacts {
        let name: [UInt8]
        if let text = members.optionalText("name") { name = Array(text.utf8) } else { name = try members.bytes("nameHex") }
        return DropFacts(
            partner: try members.text("partner"), directory: try members.text("directory"), name: name,
            device: UInt64(bitPattern: try members.integer("device")), inode: UInt64(bitPattern: try members.integer("inode")),
            birth: try members.integer("birth"), size: try members.integer("size"), sha: try members.bytes("sha256"),
            received: Timestamp(milliseconds: try members.integer("received")), completeness: try members.text("completeness"),
            finished: members.optionalInteger("finished").map { Timestamp(milliseconds: $0) })
    }

    private static func result(_ members: Members) throws(LedgerError) -> DropResult {
        guard let verdict = Verdict(rawValue: try members.text("verdict")) else { throw members.damage("verdict") }
        return DropResult(verdict: verdict, results: try results(members), faults: try faults(members.value("faults"), members))
    }

    private static func faults(_ value: JSONValue?, _ members: Members) throws(LedgerError) -> [Fault] {
        guard let value else { return [] }
        guard let items = value.items else { throw members.damage("faults") }
        var faults: [Fault] = []
        for item in items {
            guard let path = item["path"]?.text, let code = item["code"]?.text.flatMap(FaultCode.init(rawValue:)),
                let message = item["message"]?.text
            else { throw members.damage("faults") }
            faults.append(Fault(path: path, code: code, message: message))
        }
        return faults
    }

    private static func results(_ members: Members) throws(LedgerError) -> [EntryResult] {
        var results: [EntryResult] = []
        for item in try members.items("results") {
            let part = Members(item)
            guard let verdict = Verdict(rawValue: try part.text("verdict")) else { throw members.damage("verdict") }
            results.append(
                EntryResult(
                    index: Int(try part.integer("index")), line: part.optionalInteger("line").map { Int($0) },
                    orderID: part.optionalText("orderId").flatMap { OrderID($0) }, reference: part.optionalText("orderReference"),
                    verdict: verdict, firstOrderID: part.optionalText("firstOrderId").flatMap { OrderID($0) },
                    faults: try faults(part.value("errors"), part)))
        }
        return results
    }

    private static func acceptance(_ members: Members) throws(LedgerError) -> Acceptance {
        guard let currency = Currency(try members.text("currency")) else { throw members.damage("currency") }
        var lines: [OrderLine] = []
        for item in try members.items("lines") {
            guard let parts = item.items, parts.count == 3, let product = parts[0].text, let quantity = parts[1].integer,
                let price = parts[2].integer
            else { throw members.damage("lines") }
            lines.append(OrderLine(productId: product, quantity: quantity, price: price))
        }
        let order = Order(
            customerId: try members.text("customerId"), lines: lines, currency: currency, totalAmount: try members.integer("total"),
            taxAmount: members.optionalInteger("tax") ?? 0, shippingAmount: members.optionalInteger("shipping") ?? 0,
            discountAmount: members.optionalInteger("discount") ?? 0, orderReference: members.optionalText("orderReference"),
            idempotencyKey: members.optionalText("idempotencyKey"), placedAt: members.optionalText("placedAt"),
            country: members.optionalText("country"), paymentMethod: members.optionalText("method"),
            paymentToken: members.optionalText("token"), priority: Int(members.optionalInteger("priority") ?? 0),
            totalDifference: members.optionalInteger("difference") ?? 0)
        return Acceptance(
            drop: try members.integer("drop"), entry: Int(try members.integer("entry")), partner: try members.text("partner"),
            key: members.optionalText("key"), content: members.optionalText("content").flatMap { Hex.bytes($0) }, order: order,
            size: Int(try members.integer("size")), sha: try members.bytes("sha256"), to: Stage(try members.text("to")),
            step: try members.text("step"), reason: members.optionalText("reason"), detail: members.optionalText("detail"))
    }

    private static func move(_ kind: MoveKind, _ members: Members) throws(LedgerError) -> Move {
        var move = Move(
            kind, step: try members.text("step"), to: Stage(try members.text("to")), next: try members.text("next"),
            reason: members.optionalText("reason"), detail: members.optionalText("detail"),
            attempts: Int(members.optionalInteger("attempts") ?? 0),
            nextAttempt: members.optionalInteger("nextAttempt").map { Timestamp(milliseconds: $0) }, by: members.optionalText("by"),
            charge: members.optionalText("charge"), ending: members.optionalText("ending").map { Stage($0) },
            notification: members.optionalText("notification"))
        if let stock = members.optionalText("stock") {
            guard let effect = StockEffect(rawValue: stock) else { throw members.damage("stock") }
            move.stock = effect
            move.pieces = try counts(members, "pieces")
        }
        return move
    }
}

/// The members of a JSON object, read by name and type.
struct Members {
    private let object: JSONValue

    init(_ object: JSONValue) { self.object = object }

    func value(_ name: String) -> JSONValue? { object[name] }
    func optionalText(_ name: String) -> String? { object[name]?.text }
    func optionalInteger(_ name: String) -> Int64? { object[name]?.integer }

    func text(_ name: String) throws(LedgerError) -> String {
        guard let text = object[name]?.text else { throw damage(name) }
        return text
    }

    func integer(_ name: String) throws(LedgerError) -> Int64 {
        guard let integer = object[name]?.integer else { throw damage(name) }
        return integer
    }

    func items(_ name: String) throws(LedgerError) -> [JSONValue] {
        guard let items = object[name]?.items else { throw damage(name) }
        return items
    }

    func bytes(_ name: String) throws(LedgerError) -> [UInt8] {
        guard let bytes = Hex.bytes(try text(name)) else { throw damage(name) }
        return bytes
    }

    func damage(_ name: String) -> LedgerError {
        LedgerError(
            .damaged, "an event whose member \"\(name)\" is missing or of the wrong kind", hint: "orderd audit verify places the damage")
    }
}
