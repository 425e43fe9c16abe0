import Ledger
import Orders
import Spool
import Stages

extension Explanation {
    /// What an order waits for.
    static func of(
        _ order: OrderRecord, _ queries: Queries, _ context: CommandContext, isRunning: Bool?
    ) throws(LedgerError) -> Explanation {
        var explanation = Explanation(
            subject: order.id.text, kind: "order", state: order.stage.name, headline: headline(order),
            place: "\(directory(of: order))/\(order.id.text).json", since: order.updated, reason: order.reason,
            because: order.reason.map { reason in order.detail.map { "\(reason): \(printable($0))" } ?? reason })
        switch order.stage {
        case .hold:
            explanation.untilText = "somebody releases or cancels it"
            explanation.advice = [verb("release", order), verb("cancel", order)]
        case .failed:
            explanation.untilText = "somebody lets it try again, or cancels it"
            explanation.advice = [verb("retry", order), verb("cancel", order)]
        case .deferred:
            explanation.until = order.nextAttempt
            explanation.advice = [verb("retry", order) + "   to try now", verb("hold", order)]
        case .compensate:
            explanation.untilText = "what was done for it is undone; then it is \(order.ending?.name ?? "cancelled")"
            try addCall(&explanation, order, queries)
            try addPause(&explanation, of: ["compensate"], queries)
        case .done, .cancelled, .rejected:
            explanation.because = explanation.because ?? end(order)
        default:
            explanation.untilText = "its turn comes"
            try addCall(&explanation, order, queries)
            try addPause(&explanation, of: [order.stage.name], queries)
        }
        if isRunning == false, !order.stage.isTerminal, order.stage != .hold, order.stage != .failed {
            explanation.untilText = "a daemon runs on this spool"
            explanation.until = nil
            explanation.advice.insert("orderd run --spool \(context.root)", at: 0)
        }
        return explanation
    }

    private static func headline(_ order: OrderRecord) -> String {
        switch order.stage {
        case .hold: "waits for a person, before the step \(order.step)"
        case .failed: "has failed at the step \(order.step), and waits for a person"
        case .deferred: "waits for its next attempt at the step \(order.step), after \(counted(order.attempts, "attempt"))"
        case .compensate: "is being undone"
        case .done: "is completed"
        case .cancelled: "is cancelled, and what was done for it is undone"
        case .rejected: "is rejected"
        default: "is at the step \(order.stage.name)"
        }
    }

    private static func end(_ order: OrderRecord) -> String? {
        order.stage == .done ? "every step is done" : nil
    }

    private static func verb(_ name: String, _ order: OrderRecord) -> String { "orderd \(name) \(order.id.text) --reason \"...\"" }

    /// A call to the outside that nobody has answered yet.
    private static func addCall(_ explanation: inout Explanation, _ order: OrderRecord, _ queries: Queries) throws(LedgerError) {
        guard let call = try queries.effects(order: order.seq).first(where: { $0.state == "requested" }) else { return }
        explanation.because = "the payment gateway was asked for a \(call.effect) at \(call.requested.rfc3339) and has not answered"
        explanation.untilText = "it answers, or the call's time is up and it is asked again with the same key"
    }

    private static func addPause(_ explanation: inout Explanation, of names: [String], _ queries: Queries) throws(LedgerError) {
        guard let found = try queries.pauses().first(where: { names.contains($0.pause.what) }) else { return }
        explanation.because = pauseText(found)
        explanation.untilText = "the step goes on"
        explanation.advice.append("orderd resume --step \(found.pause.what)")
    }

    /// Who paused what, when and why.
    static func pauseText(_ found: (pause: Pause, since: Timestamp)) -> String {
        let why = found.pause.reason.isEmpty ? "" : ": \(printable(found.pause.reason))"
        return "\(found.pause.what) is paused since \(found.since.rfc3339), by \(printable(found.pause.by))\(why)"
    }

    /// The directory of an order's file, below the spool's root.
    static func directory(of order: OrderRecord) -> String { OrderPlaces.directory(order.stage, day: order.day) }
}

/// Where orders' files lie, below the spool's root.
enum OrderPlaces {
    static func directory(_ stage: Stage, day: String?) -> String {
        if stage.isTerminal { return "\(stage.name)/\(day ?? "")" }
        if let index = Steps.standard.firstIndex(where: { $0.name == stage.name }) { return SpoolTree.stepDirectory(index + 1, stage.name) }
        return SpoolTree.restingDirectory(stage.name)
    }

    /// The stages whose directories are in `queue/`.
    static var queue: [Stage] { Steps.standard.map { Stage($0.name) } + SpoolTree.restingQueues.map { Stage($0) } }
}
