import ArgumentParser
import Ledger
import Orders
import Reports

/// `orderd status`
struct StatusCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show orders with their history.",
        discussion: """
            --json prints the same object as the partner's status/<orderId>.json.

              orderd status ord_01jd7k3v9qe2t8m4x6z5c0b1ah
              orderd status ord_01jd7k3v9qe2t8m4x6z5c0b1ah --json
            """)

    @OptionGroup var ids: IDArguments
    @OptionGroup var output: JSONOption
    @OptionGroup var options: SpoolOptions

    func run() throws {
        let reader = try options.context().reader()
        var isMissing = false
        var isFirst = true
        for text in ids.texts() {
            guard let order = try OrderID(text).flatMap({ id throws(LedgerError) in try reader.queries.order(id) }) else {
                complain(unknownOrder(text))
                isMissing = true
                continue
            }
            if output.json {
                say(json: StatusFile.bytes(order, history: true))
                continue
            }
            if !isFirst { say("") }
            isFirst = false
            try show(order, reader.queries)
        }
        if isMissing { throw CommandFailure.partly }
    }

    private func show(_ order: OrderRecord, _ queries: Queries) throws {
        let now = Timestamp.now
        say("\(order.id.text)  \(order.status.rawValue)")
        var rows: [[String]] = []
        func add(_ name: String, _ value: String?) { if let value { rows.append(["  " + name, value]) } }
        add("partner", order.partner)
        add("reference", order.order.orderReference.map(printable))
        add("customer", printable(order.order.customerId))
        add(
            "amount",
            "\(order.order.currency.code) \(decimalText(order.order.totalAmount, digits: order.order.currency.digits)), "
                + "\(counted(order.lineCount, "line")), \(counted(order.units, "piece"))")
        if let drop = try queries.drop(order.drop) {
            add("file", "\(printable(String(decoding: drop.facts.name, as: UTF8.self))), order \(order.entry) of it, \(drop.id.text)")
        }
        add("accepted", told(order.created, now: now))
        add("changed", told(order.updated, now: now))
        add("stage", order.stage.name + (order.stage.isStep || order.step.isEmpty ? "" : ", next step \(order.step)"))
        add("reason", order.reason.map { $0 + (order.detail.map { ": " + printable($0) } ?? "") })
        if order.attempts > 0 { add("attempts", "\(order.attempts) of \(order.step)") }
        add("next try", order.nextAttempt.map { told($0, now: now) })
        add("charge", order.charge == "none" ? nil : order.charge)
        for line in table(rows) { say(line) }
        say("  history")
        for line in table(Self.history(order).map { ["    " + $0.at, $0.stage, $0.event, $0.detail] }) { say(line) }
        if !order.stage.isTerminal { say("  orderd why \(order.id.text) says what it waits for") }
    }

    private static func history(_ order: OrderRecord) -> [(at: String, stage: String, event: String, detail: String)] {
        let array = [UInt8(ascii: "[")] + order.history + [UInt8(ascii: "]")]
        return ((try? JSONValue.parse(array))?.items ?? []).map { item in
            (item["at"]?.text ?? "", item["stage"]?.text ?? "", item["event"]?.text ?? "", printable(item["detail"]?.text ?? ""))
        }
    }
}

/// What to say of an id that is none, or that the ledger does not know.
func unknownOrder(_ text: String) -> String {
    OrderID(text) == nil
        ? "\(printable(text)) is no order id: expected ord_ and 26 characters; orderd list shows the orders"
        : "\(text) is not in the ledger; orderd list shows the orders"
}
