import Ledger
import Orders

/// The page of one order that needs a person: what it is, what happened to it, and what can be done.
struct OrderPage {
    private let order: OrderRecord
    private let scope: ReportScope
    private let lines: [OrderLine]
    private let drop: DropRecord?
    private let effects: [(effect: String, key: String, state: String, requested: Timestamp)]
    private let reservations: [(product: String, quantity: Int64, state: String)]

    /// Lines that are shown; an order may have a hundred thousand.
    private static let listed = 200

    init(_ queries: Queries, _ scope: ReportScope, _ order: OrderRecord) throws(LedgerError) {
        self.order = order
        self.scope = scope
        lines = try queries.lines(of: order)
        drop = try queries.drop(order.drop)
        effects = try queries.effects(order: order.seq)
        reservations = try queries.reservations(order: order.seq)
    }

    var fields: [String: Any] {
        var fields = AttentionSection.identity(order, scope)
        let currency = order.order.currency.code
        fields["isFailed"] = order.stage == .failed
        fields["title"] = "Order \(order.id.text)"
        fields["since"] = order.updated.fields
        fields["age"] = span(max(0, scope.now.milliseconds - order.updated.milliseconds))
        fields["commands"] = AttentionSection.commands(order).map { ["command": $0] }
        fields["partnerLink"] = scope.base + "partners/\(order.partner).html"
        fields["facts"] = facts(currency)
        fields["lines"] = lines.prefix(Self.listed).enumerated().map { index, line -> [String: Any] in
            let (sum, overflow) = line.quantity.multipliedReportingOverflow(by: line.price)
            return [
                "place": number(Int64(index) + 1), "product": shown(line.productId), "quantity": number(line.quantity),
                "price": amount(line.price, currency), "sum": overflow ? "more than can be told" : amount(sum, currency),
            ]
        }
        if lines.count > Self.listed { fields["moreLines"] = number(Int64(lines.count - Self.listed)) }
        fields["lineCurrency"] = currency
        fields["history"] = history
        fields["effects"] = effects.map {
            ["effect": $0.effect, "key": shown($0.key), "state": shown($0.state), "requested": $0.requested.fields] as [String: Any]
        }
        fields["hasEffects"] = !effects.isEmpty
        fields["reservations"] = reservations.map {
            ["product": shown($0.product), "quantity": number($0.quantity), "state": shown($0.state)]
        }
        fields["hasReservations"] = !reservations.isEmpty
        return fields
    }

    private func facts(_ currency: String) -> [[String: String]] {
        let order = self.order.order
        var facts: [(String, String?)] = [
            ("Partner", self.order.partner), ("Reference", order.orderReference), ("Customer", order.customerId),
            ("Accepted", self.order.created.words), ("Placed, as the partner says", order.placedAt), ("Country", order.country),
            ("Next step", self.order.step.isEmpty ? nil : self.order.step),
            ("Attempts", self.order.attempts > 0 ? number(Int64(self.order.attempts)) : nil),
            ("Reasons that a person has waived", self.order.waived.isEmpty ? nil : self.order.waived),
            ("Total", money(order.totalAmount, currency)),
            ("Tax", order.taxAmount == 0 ? nil : money(order.taxAmount, currency)),
            ("Shipping", order.shippingAmount == 0 ? nil : money(order.shippingAmount, currency)),
            ("Discount", order.discountAmount == 0 ? nil : money(order.discountAmount, currency)),
            ("Payment", order.paymentMethod), ("Paid", self.order.charge),
            ("File in the queue", "queue/\(self.order.stage.name)/\(self.order.id.text).json"),
        ]
        if let drop {
            let name = String(decoding: drop.facts.name, as: UTF8.self)
            facts.append(("Came in", "\(name), as order \(self.order.entry + 1) of \(drop.counts.entries)"))
        }
        return facts.compactMap { name, value in value.map { ["fact": name, "value": shown($0, limit: 300)] } }
    }

    private var history: [[String: Any]] {
        let text = [UInt8(ascii: "[")] + order.history + [UInt8(ascii: "]")]
        let items = (try? JSONValue.parse(text))?.items ?? []
        return items.map { item -> [String: Any] in
            var fields: [String: Any] = ["event": shown(item["event"]?.text ?? ""), "at": shown(item["stage"]?.text ?? "")]
            if let time = item["at"]?.text { fields["when"] = ["exact": shown(time), "words": shown(time)] }
            if let detail = item["detail"]?.text { fields["detail"] = shown(detail, limit: 300) }
            return fields
        }
    }
}
