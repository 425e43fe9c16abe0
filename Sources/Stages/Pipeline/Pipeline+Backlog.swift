import Ledger
import Orders

/// Orders that lie at steps and that nobody has in hand: drawn in turn from every partner.
extension Pipeline {
    /// Takes up orders whose next attempt is due.
    func wakeDeferred(at now: Timestamp) throws(LedgerError) {
        let steady = steadyNow
        guard let due = try knownNextDue(), due <= steady else { return }
        let orders = try ledger.due(at: steady, limit: policy.slice)
        note(orders)
        for order in orders { try engine.letGoOn(order, .released, by: nil, reason: nil, at: now) }
        try engine.run(orders, at: now)
        knowsNextDue = false
    }

    func knownNextDue() throws(LedgerError) -> Timestamp? {
        if !knowsNextDue {
            nextDue = try ledger.nextDue()
            knowsNextDue = true
        }
        return nextDue
    }

    /// Draws a batch from each step that has a backlog.
    func drawBacklog(at now: Timestamp) throws(LedgerError) {
        guard !engine.backlog.isEmpty else { return }
        for stage in engine.backlog where !engine.paused.contains(stage.name) {
            // Where every order needs a call, no more are drawn than can be called for.
            let room = engine.waitsForCalls(stage) ? engine.freeCalls : policy.slice
            guard room > 0 else { continue }
            let (drawn, isAll) = try draw(from: stage, limit: room)
            // What this turn has put there is not in the tables yet, and is drawn in the next.
            if !ledger.hasUncommitted { engine.backlog.remove(stage) }
            guard !drawn.isEmpty else { continue }
            // What the steps cannot take now they put back into the backlog themselves; if not all were drawn, there is more.
            if !isAll { engine.backlog.insert(stage) }
            note(drawn)
            try engine.run(drawn, at: now)
        }
    }

    /// Orders that wait at a stage: the first of each partner, then the second of each, and so on. The partner behind the one that was served
    /// last comes first, so that with room for a single order all have their turn.
    private func draw(from stage: Stage, limit: Int) throws(LedgerError) -> (orders: [OrderRecord], isAll: Bool) {
        let names = partners.keys.sorted()
        let next = lastServed[stage].flatMap { last in names.firstIndex { $0 > last } } ?? 0
        let turns = names[next...] + names[..<next]
        let share = max(1, (limit + names.count - 1) / max(1, names.count))
        var queues: [(partner: String, orders: [OrderRecord])] = []
        var isAll = true
        for partner in turns {
            // One more tells whether there are more.
            let waiting = try ledger.waiting(at: stage, partner: partner, limit: share + 1 + engine.inFlight.count)
                .filter { engine.inFlight[$0.id] == nil }
            if waiting.count > share { isAll = false }
            if !waiting.isEmpty { queues.append((partner, Array(waiting.prefix(share)))) }
        }
        var drawn: [OrderRecord] = []
        for round in 0..<share {
            for queue in queues where round < queue.orders.count {
                guard drawn.count < limit else { return (drawn, false) }
                drawn.append(queue.orders[round])
                lastServed[stage] = queue.partner
            }
        }
        return (drawn, isAll)
    }
}
