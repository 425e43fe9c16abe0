import ArgumentParser
import Ledger
import Orders
import Reports

/// `orderd list`
struct ListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Show orders.",
        discussion: """
            In order of arrival; all of them, or those that fit. --json prints what a status file says, without the history.

              orderd list --status ON_HOLD
              orderd list --partner acme --limit 20
              orderd list --stage deferred --json
            """)

    @Option(
        help: ArgumentHelp(
            "Only orders of this status: \(Status.allCases.map(\.rawValue).joined(separator: ", ")).", valueName: "status"),
        transform: { text in
            guard let status = Status(rawValue: text.uppercased()) else {
                throw ValidationError("There is no status \(text); there are \(Status.allCases.map(\.rawValue).joined(separator: ", ")).")
            }
            return status
        })
    var status: Status?
    @Option(help: "Only this partner's orders.", completion: .partners) var partner: String?
    @Option(help: "Only orders at this stage, such as charge, deferred or hold.") var stage: String?
    @Option(help: "At most this many, the ones that came last.") var limit: Int?
    @OptionGroup var output: JSONOption
    @OptionGroup var options: SpoolOptions

    func validate() throws {
        if let limit, limit < 1 { throw ValidationError("--limit is 1 or more.") }
    }

    private static let page = 1000

    func run() throws {
        let queries = try options.context().reader().queries
        guard status.flatMap(Self.stage(of:)) == nil || stage == nil || Self.stage(of: status) == stage else { return }
        let fixed = (Self.stage(of: status) ?? stage).map { Stage($0) }
        let active = status == .pending || status == .processing
        if let limit {
            var found: [OrderRecord] = []
            var before = Int64.max
            while found.count < limit {
                let page = try queries.newestOrders(before: before, stage: fixed, partner: partner, activeOnly: active, limit: Self.page)
                guard let last = page.last else { break }
                before = last.seq
                found += page.filter { status == nil || $0.status == status }.prefix(limit - found.count)
            }
            show(found.reversed(), isFirst: true)
            return
        }
        var after: Int64 = 0
        var isFirst = true
        while true {
            let page = try queries.orders(after: after, stage: fixed, partner: partner, activeOnly: active, limit: Self.page)
            guard let last = page.last else { return }
            after = last.seq
            show(page.filter { status == nil || $0.status == status }, isFirst: isFirst)
            isFirst = false
        }
    }

    /// The one stage whose orders have a status, where there is one.
    private static func stage(of status: Status?) -> String? {
        switch status {
        case .completed: Stage.done.name
        case .rejected: Stage.rejected.name
        case .cancelled: Stage.cancelled.name
        case .failed: Stage.failed.name
        case .onHold: Stage.hold.name
        case .pending, .processing, nil: nil
        }
    }

    private func show(_ orders: some Collection<OrderRecord>, isFirst: Bool) {
        if output.json {
            for order in orders { say(json: StatusFile.bytes(order, history: false)) }
            return
        }
        // A heading would be taken for an id by the verbs that read this from a pipe.
        var rows = isFirst && isTerminal(1) ? [["ORDER", "STATUS", "STAGE", "PARTNER", "AMOUNT", "UPDATED", "REFERENCE", "REASON"]] : []
        rows += orders.map { order in
            [
                order.id.text, order.status.rawValue, order.stage.name, order.partner,
                "\(order.order.currency.code) \(decimalText(order.order.totalAmount, digits: order.order.currency.digits))",
                order.updated.rfc3339, order.order.orderReference.map { printable(String($0.prefix(40))) } ?? "-", order.reason ?? "-",
            ]
        }
        for line in table(rows, cut: [3, 5, 6, 7], width: Terminal.output.width) { say(line) }
    }
}
