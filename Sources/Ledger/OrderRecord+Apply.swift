import Orders

extension OrderRecord {
    /// The order that an acceptance begins.
    convenience init(_ acceptance: Acceptance, id: OrderID, seq: Int64, at: Timestamp) {
        let order = acceptance.order
        self.init(
            seq: seq, id: id, drop: acceptance.drop, entry: acceptance.entry, partner: acceptance.partner, key: acceptance.key,
            content: acceptance.content, order: order, units: order.units, lineCount: order.lines.count, size: acceptance.size,
            sha: acceptance.sha, created: at, stage: acceptance.to, step: acceptance.step, isNew: true)
        reason = acceptance.reason
        detail = acceptance.detail
        remember(at, stage: acceptance.to.name, event: "accepted", detail: acceptance.reason)
    }

    /// Goes where a move says.
    func apply(_ move: Move, at: Timestamp) {
        if move.kind == .released, stage == .hold, let reason, !isWaived(reason) { waived += waived.isEmpty ? reason : "," + reason }
        stage = move.to
        step = move.next
        attempts = move.attempts
        nextAttempt = move.nextAttempt
        reason = move.reason
        detail = move.detail
        if let charge = move.charge { self.charge = charge }
        if let stock = move.stock { isReserved = stock == .reserve }
        if let ending = move.ending { self.ending = ending }
        if move.to.isTerminal { day = at.day }
        change(at)
        remember(at, stage: move.step, event: move.to == .done ? "completed" : move.kind.rawValue, detail: move.reason)
    }

    /// Notes a call to the outside.
    func apply(_ request: EffectRequest, at: Timestamp) {
        charge = request.effect == "charge" ? "requested" : "refund-requested"
        change(at)
        remember(at, stage: stage.name, event: request.effect + "-requested", detail: nil)
    }

    /// Notes what came of it.
    func apply(_ outcome: EffectOutcome, at: Timestamp) {
        charge = outcome.state
        change(at)
        remember(at, stage: stage.name, event: outcome.effect + "-" + outcome.state, detail: nil)
    }

    private func change(_ at: Timestamp) {
        updated = at
        hasBegun = true
    }

    private func remember(_ at: Timestamp, stage: String, event: String, detail: String?) {
        var writer = JSONWriter(reserving: 96)
        writer.beginObject()
        writer.member("at", at.rfc3339)
        writer.member("stage", stage)
        writer.member("event", event)
        if let detail { writer.member("detail", detail) }
        writer.endObject()
        if !history.isEmpty { history.append(UInt8(ascii: ",")) }
        history.append(contentsOf: writer.bytes)
    }
}
