import Orders

extension Tables {
    /// Takes in one event: the only way in which any derived table changes.
    func apply(_ event: Event) throws(LedgerError) {
        switch event.body {
        case .ledgerCreated: break
        case .partnerChanged(let change): partners.append((change, event.at.milliseconds))
        case .catalogueLoaded(let entries): products.append(contentsOf: entries)
        case .stockSet(let counts, _):
            for count in counts {
                let reserved = try stockRow(count.product)?.reserved ?? 0
                stock[ExactText(count.product)] = StockRow(onHand: count.quantity, reserved: reserved, isDirty: true)
            }
        case .paused(let pause): pauses.append((pause, true, event.at.milliseconds))
        case .resumed(let pause):
            pauses.append((pause, false, event.at.milliseconds))
            summarizeResumed(event.at)
        case .dropJudged(let facts, let result):
            let drop = try open(event, facts)
            drop.counts = EntryCounts(result.results)
            drop.slices = 1
            var writer = JSONWriter(reserving: 256)
            EventCoding.writeResults(result.results, to: &writer)
            drop.results = writer.bytes
            summarize(result.results, of: drop, event.at)
            close(drop, result, event)
        case .dropOpened(let facts): _ = try open(event, facts)
        case .dropSlice(let slice):
            let drop = try openDrop(event)
            drop.counts += EntryCounts(slice.results)
            drop.slices += 1
            drop.position = slice.position
            drop.isDirty = true
            var writer = JSONWriter(reserving: 4096)
            EventCoding.writeResults(slice.results, to: &writer)
            slices.append((drop.seq, slice.number, writer.bytes))
            summarize(slice.results, of: drop, event.at)
        case .dropClosed(let result): close(try openDrop(event), result, event)
        case .orderAccepted(let acceptance): try accept(acceptance, event)
        case .orderMoved(let move): try self.move(try order(event), move, event.at)
        case .effectRequested(let request):
            let order = try order(event)
            order.apply(request, at: event.at)
            touch(order)
            effects.append(
                EffectRow(order: order.seq, request: request, outcome: nil, effect: request.effect, at: event.at.milliseconds))
        case .effectSettled(let outcome):
            let order = try order(event)
            order.apply(outcome, at: event.at)
            touch(order)
            effects.append(
                EffectRow(order: order.seq, request: nil, outcome: outcome, effect: outcome.effect, at: event.at.milliseconds))
        }
    }

    private func order(_ event: Event) throws(LedgerError) -> OrderRecord {
        guard let id = OrderID(event.subject), let order = try order(id) else {
            throw LedgerError(
                .damaged, "event \(event.seq) is about \(event.subject), which no event before it accepted",
                hint: "orderd audit verify places the damage")
        }
        return order
    }

    private func openDrop(_ event: Event) throws(LedgerError) -> DropRecord {
        guard let id = DropID(event.subject), let drop = try drop(id) else {
            throw LedgerError(
                .damaged, "event \(event.seq) is about \(event.subject), which no event before it opened",
                hint: "orderd audit verify places the damage")
        }
        return drop
    }

    private func touch(_ order: OrderRecord) {
        if !order.isListed {
            order.isListed = true
            dirtyOrders.append(order)
        }
    }

    private func open(_ event: Event, _ facts: DropFacts) throws(LedgerError) -> DropRecord {
        guard let id = DropID(event.subject) else {
            throw LedgerError(.damaged, "event \(event.seq) names no drop", hint: "orderd audit verify places the damage")
        }
        let drop = DropRecord(
            seq: event.seq, id: id, facts: facts, verdict: nil, counts: EntryCounts(), slices: 0, position: "", results: [], faults: [],
            isNew: true)
        drops[id] = drop
        summarizeOpened(drop)
        return drop
    }

    private func close(_ drop: DropRecord, _ result: DropResult, _ event: Event) {
        drop.verdict = result.verdict
        drop.isDirty = true
        if !result.faults.isEmpty {
            var writer = JSONWriter(reserving: 256)
            EventCoding.write(result.faults, to: &writer)
            drop.faults = writer.bytes
        }
        let key = DayKey(day: day(event.at), partner: drop.facts.partner, third: result.verdict.rawValue)
        dropTotals[key, default: DropDelta()].drops += 1
        dropTotals[key, default: DropDelta()].counts += drop.counts
        summarizeClosed(drop, result.faults, event.at)
    }

    private func accept(_ acceptance: Acceptance, _ event: Event) throws(LedgerError) {
        guard let id = OrderID(event.subject) else {
            throw LedgerError(.damaged, "event \(event.seq) names no order", hint: "orderd audit verify places the damage")
        }
        let order = OrderRecord(acceptance, id: id, seq: event.seq, at: event.at)
        orders[id] = order
        touch(order)
        if let key = order.key { keys[IdentityKey(partner: order.partner, key: key)] = order }
        if let content = order.content { contents[IdentityKey(partner: order.partner, key: Hex.text(content)), default: []].append(order) }
        count(order.partner, from: nil, to: order.stage)
        dayTotals[dayKey(order, event.at), default: DayDelta()].accepted += 1
        try summarizeAccepted(order, event.at)
    }

    private func move(_ order: OrderRecord, _ move: Move, _ at: Timestamp) throws(LedgerError) {
        let before = order.stage
        order.apply(move, at: at)
        touch(order)
        count(order.partner, from: before, to: move.to)
        if move.kind == .declined { summarizeDeclined(order, move, at) }
        try summarizeMoved(order, from: before, to: move.to, at)
        if let effect = move.stock {
            for piece in move.pieces { try change(order, piece, effect) }
        }
        if let kind = move.notification { outbox.append((order.seq, kind, at.milliseconds)) }
        guard move.to.isTerminal, !before.isTerminal else { return }
        let key = dayKey(order, at)
        switch move.to {
        case .done:
            dayTotals[key, default: DayDelta()].completed += 1
            dayTotals[key, default: DayDelta()].units.add(order.units)
            dayTotals[key, default: DayDelta()].amount.add(order.order.totalAmount)
            try loadLines(of: order)
            for line in order.order.lines {
                let key = ProductKey(
                    product: ExactText(line.productId), partner: order.partner, currency: order.order.currency.code)
                productTotals[key, default: ProductDelta()].orders += 1
                productTotals[key, default: ProductDelta()].units.add(line.quantity)
                let (amount, overflow) = line.quantity.multipliedReportingOverflow(by: line.price)
                productTotals[key, default: ProductDelta()].amount.add(overflow ? Totals.cap : amount)
            }
        case .cancelled: dayTotals[key, default: DayDelta()].cancelled += 1
        default: dayTotals[key, default: DayDelta()].rejected += 1
        }
    }

    private func dayKey(_ order: OrderRecord, _ at: Timestamp) -> DayKey {
        DayKey(day: day(at), partner: order.partner, third: order.order.currency.code)
    }

    private func count(_ partner: String, from old: Stage?, to new: Stage) {
        guard old != new else { return }
        if let old { stages[StageKey(stage: old.name, partner: partner), default: 0] -= 1 }
        stages[StageKey(stage: new.name, partner: partner), default: 0] += 1
    }

    private func change(_ order: OrderRecord, _ piece: StockCount, _ effect: StockEffect) throws(LedgerError) {
        guard var row = try stockRow(piece.product) else {
            throw LedgerError(
                .damaged, "stock of \(piece.product) is \(effect.rawValue)d, but there is no such stock", hint: "orderd rebuild")
        }
        let state: String
        switch effect {
        case .reserve:
            row.reserved += piece.quantity
            state = "reserved"
        case .release:
            row.reserved -= piece.quantity
            state = "released"
        case .consume:
            row.reserved -= piece.quantity
            row.onHand -= piece.quantity
            state = "consumed"
        }
        row.isDirty = true
        stock[ExactText(piece.product)] = row
        reservations.append(ReservationRow(order: order.seq, product: piece.product, quantity: piece.quantity, state: state))
    }
}

/// Sums for reports stop at a cap, far above any trade: a partner's absurd amounts must not stop the daemon by an overflow. The same sums
/// come out however they are split into batches, as long as nothing is negative.
enum Totals {
    /// No sum is larger.
    static let cap: Int64 = 9_000_000_000_000_000_000

    /// SQL that adds a new value to a column without passing the cap.
    static func sum(_ column: String) -> String {
        "\(column) = CASE WHEN \(column) > \(cap) - excluded.\(column) THEN \(cap) ELSE \(column) + excluded.\(column) END"
    }
}

extension Int64 {
    /// Adds without passing the cap of sums.
    mutating func add(_ other: Int64) {
        let (sum, overflow) = addingReportingOverflow(Swift.min(other, Totals.cap))
        self = overflow ? Totals.cap : Swift.min(sum, Totals.cap)
    }
}
