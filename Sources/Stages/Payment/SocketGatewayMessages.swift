import Orders

/// What a gateway is asked.
enum GatewayVerb: String, Sendable {
    case charge
    case refund
    case lookup
}

/// A line from the gateway: whose answer it is, and what it says.
struct GatewayReply: Equatable {
    let key: String
    /// Nil where the program does not repeat it.
    let verb: GatewayVerb?
    /// The number of the request; nil where the program does not repeat it.
    let request: Int64?
    let answer: PaymentAnswer

    /// True where it says for good what became of the key, whichever request it answers.
    var isDefinite: Bool {
        switch answer {
        case .done, .declined: true
        case .unavailable, .unknown, .notFound: false
        }
    }

    /// Reads a line; nil for one that is no answer to anything.
    init?(line: [UInt8]) {
        guard let value = try? JSONValue.parse(line), let key = value["key"]?.text else { return nil }
        self.key = key
        verb = value["verb"]?.text.flatMap { GatewayVerb(rawValue: $0) }
        guard verb != nil || value["verb"] == nil else { return nil }
        request = value["request"]?.integer
        let reason = value["reason"]?.text.map { Self.cut($0) }
        switch value["result"]?.text {
        case "done": answer = .done(reference: Self.cut(value["reference"]?.text ?? ""))
        case "declined": answer = .declined(reason ?? "declined by the payment gateway, which gave no reason")
        case "unavailable": answer = .unavailable(reason ?? "the payment gateway says that its service is unavailable")
        case "not-found":
            answer = verb == .lookup ? .notFound : .unknown("the payment gateway answered not-found, an answer to lookup only")
        case let word:
            answer = .unknown(
                "the payment gateway answered \(word.map { "the result " + Self.cut($0) } ?? "no result"); "
                    + "expected done, declined, unavailable or not-found")
        }
    }

    /// What comes from outside goes into the journal: it is bounded. By scalars, for one `Character` can be a letter with any number of marks.
    private static func cut(_ text: String) -> String { String(text.unicodeScalars.prefix(200)) }
}

extension GatewayCall {
    /// The request as a line, with its newline.
    func line(number: Int64, secret: String?) -> [UInt8] {
        var writer = JSONWriter(reserving: 320)
        writer.beginObject()
        writer.member("version", 1)
        writer.member("verb", verb.rawValue)
        writer.member("request", number)
        writer.member("key", request.key)
        writer.member("orderId", request.orderID)
        writer.member("amount", request.amount)
        writer.member("currency", request.currency)
        writer.member("digits", Currency(request.currency)?.digits ?? 2)
        writer.member("method", request.method)
        writer.member("token", request.token)
        writer.member("chargeKey", request.chargeKey)
        writer.member("secret", secret)
        writer.endObject()
        return writer.bytes + [UInt8(ascii: "\n")]
    }
}
