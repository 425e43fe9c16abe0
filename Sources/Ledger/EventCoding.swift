import Orders

/// The `data` member of an event, as JSON, and back. Our own output is written without blanks and in a fixed order of members, so that
/// the same event always gives the same bytes: the hash chain and a rebuild rest on it.
enum EventCoding {
    static func write(_ body: EventBody, digest: [UInt8]?, to writer: inout JSONWriter) {
        writer.beginObject()
        switch body {
        case .ledgerCreated(let spool):
            writer.member("spool", spool)
        case .partnerChanged(let change):
            writer.member("name", change.name)
            writer.member("role", change.role)
            writer.member("state", change.state)
        case .catalogueLoaded(let products):
            writer.key("products")
            writer.beginArray()
            for product in products {
                writer.beginArray()
                writer.value(product.product)
                writer.value(product.name)
                writer.value(product.price)
                writer.endArray()
            }
            writer.endArray()
        case .stockSet(let counts, let by):
            writer.member("by", by)
            write(counts, key: "stock", to: &writer)
        case .paused(let pause), .resumed(let pause):
            writer.member("what", pause.what)
            writer.member("by", pause.by)
            writer.member("reason", pause.reason)
        case .dropJudged(let facts, let result):
            write(facts, to: &writer)
            write(result, to: &writer)
        case .dropOpened(let facts):
            write(facts, to: &writer)
        case .dropSlice(let slice):
            writer.member("number", slice.number)
            writer.member("position", slice.position)
            write(slice.results, to: &writer)
        case .dropClosed(let result):
            write(result, to: &writer)
        case .orderAccepted(let acceptance):
            write(acceptance, to: &writer)
        case .orderMoved(let move):
            write(move, to: &writer)
        case .effectRequested(let request):
            writer.member("effect", request.effect)
            writer.member("key", request.key)
            writer.member("amount", request.amount)
            writer.member("currency", request.currency)
        case .effectSettled(let outcome):
            writer.member("effect", outcome.effect)
            writer.member("state", outcome.state)
            if let reference = outcome.reference { writer.member("reference", reference) }
        }
        if let digest {
            writer.key("personalDigest")
            writer.value(Hex.text(digest))
        }
        writer.endObject()
    }

    private static func write(_ counts: [StockCount], key: StaticString, to writer: inout JSONWriter) {
        writer.key(key)
        writer.beginArray()
        for count in counts {
            writer.beginArray()
            writer.value(count.product)
            writer.value(count.quantity)
            writer.endArray()
        }
        writer.endArray()
    }

    private static func write(_ facts: DropFacts, to writer: inout JSONWriter) {
        writer.member("partner", facts.partner)
        writer.member("directory", facts.directory)
        if let name = String(validating: facts.name, as: UTF8.self) {
            writer.member("name", name)
        } else {
            writer.member("nameHex", Hex.text(facts.name))
        }
        writer.member("device", Int64(bitPattern: facts.device))
        writer.member("inode", Int64(bitPattern: facts.inode))
        writer.member("birth", facts.birth)
        writer.member("size", facts.size)
        writer.member("sha256", Hex.text(facts.sha))
        writer.member("received", facts.received.milliseconds)
        writer.member("completeness", facts.completeness)
        if let finished = facts.finished { writer.member("finished", finished.milliseconds) }
    }

    private static func write(_ result: DropResult, to writer: inout JSONWriter) {
        writer.member("verdict", result.verdict.rawValue)
        write(result.results, to: &writer)
        if !result.faults.isEmpty {
            writer.key("faults")
            write(result.faults, to: &writer)
        }
    }

    /// Writes the member `results`.
    private static func write(_ results: [EntryResult], to writer: inout JSONWriter) {
        writer.key("results")
        writeResults(results, to: &writer)
    }

    /// Writes verdicts as the receipt shows them; the ledger keeps the same text.
    static func writeResults(_ results: [EntryResult], to writer: inout JSONWriter) {
        writer.beginArray()
        for result in results {
            writer.beginObject()
            writer.member("index", result.index)
            if let line = result.line { writer.member("line", line) }
            if let id = result.orderID { writer.member("orderId", id.text) }
            if let reference = result.reference { writer.member("orderReference", reference) }
            writer.member("verdict", result.verdict.rawValue)
            if let first = result.firstOrderID { writer.member("firstOrderId", first.text) }
            writer.key("errors")
            write(result.faults, to: &writer)
            writer.endObject()
        }
        writer.endArray()
    }

    /// Writes faults as the receipt shows them.
    static func write(_ faults: [Fault], to writer: inout JSONWriter) {
        writer.beginArray()
        for fault in faults {
            writer.beginObject()
            writer.member("path", fault.path)
            writer.member("code", fault.code.rawValue)
            writer.member("message", fault.message)
            writer.endObject()
        }
        writer.endArray()
    }

    private static func write(_ acceptance: Acceptance, to writer: inout JSONWriter) {
        let order = acceptance.order
        writer.member("drop", acceptance.drop)
        writer.member("entry", acceptance.entry)
        writer.member("partner", acceptance.partner)
        if let key = acceptance.key { writer.member("key", key) }
        if let content = acceptance.content { writer.member("content", Hex.text(content)) }
        writer.member("customerId", order.customerId)
        if let reference = order.orderReference { writer.member("orderReference", reference) }
        if let key = order.idempotencyKey { writer.member("idempotencyKey", key) }
        writer.member("currency", order.currency.code)
        writer.member("total", order.totalAmount)
        if order.taxAmount != 0 { writer.member("tax", order.taxAmount) }
        if order.shippingAmount != 0 { writer.member("shipping", order.shippingAmount) }
        if order.discountAmount != 0 { writer.member("discount", order.discountAmount) }
        if order.totalDifference != 0 { writer.member("difference", order.totalDifference) }
        if let country = order.country { writer.member("country", country) }
        if order.priority != 0 { writer.member("priority", order.priority) }
        if let placed = order.placedAt { writer.member("placedAt", placed) }
        if let method = order.paymentMethod { writer.member("method", method) }
        if let token = order.paymentToken { writer.member("token", token) }
        writer.key("lines")
        writer.beginArray()
        for line in order.lines {
            writer.beginArray()
            writer.value(line.productId)
            writer.value(line.quantity)
            writer.value(line.price)
            writer.endArray()
        }
        writer.endArray()
        writer.member("size", acceptance.size)
        writer.member("sha256", Hex.text(acceptance.sha))
        writer.member("to", acceptance.to.name)
        writer.member("step", acceptance.step)
        if let reason = acceptance.reason { writer.member("reason", reason) }
        if let detail = acceptance.detail { writer.member("detail", detail) }
    }

    private static func write(_ move: Move, to writer: inout JSONWriter) {
        writer.member("step", move.step)
        writer.member("to", move.to.name)
        writer.member("next", move.next)
        if let reason = move.reason { writer.member("reason", reason) }
        if let detail = move.detail { writer.member("detail", detail) }
        if move.attempts != 0 { writer.member("attempts", move.attempts) }
        if let next = move.nextAttempt { writer.member("nextAttempt", next.milliseconds) }
        if let by = move.by { writer.member("by", by) }
        if let stock = move.stock {
            writer.member("stock", stock.rawValue)
            write(move.pieces, key: "pieces", to: &writer)
        }
        if let charge = move.charge { writer.member("charge", charge) }
        if let ending = move.ending { writer.member("ending", ending.name) }
        if let notification = move.notification { writer.member("notification", notification) }
    }
}

/// Bytes as lower-case hexadecimal digits.
public enum Hex {
    private static let digits = Array("0123456789abcdef".utf8)

    /// The digits of some bytes.
    public static func text(_ bytes: some Collection<UInt8>) -> String {
        String(unsafeUninitializedCapacity: bytes.count * 2) { buffer in
            var index = 0
            for byte in bytes {
                buffer[index] = digits[Int(byte >> 4)]
                buffer[index + 1] = digits[Int(byte & 15)]
                index += 2
            }
            return index
        }
    }

    /// The bytes of some digits, or nil where there is something else among them.
    public static func bytes(_ text: some StringProtocol) -> [UInt8]? {
        var result: [UInt8] = []
        var high: UInt8?
        for character in text.utf8 {
            let value: UInt8
            switch character {
            case 48...57: value = character - 48
            case 97...102: value = character - 87
            default: return nil
            }
            if let first = high {
                result.append(first << 4 | value)
                high = nil
            } else {
                high = value
            }
        }
        return high == nil ? result : nil
    }
}
