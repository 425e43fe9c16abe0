import Orders

/// What each event adds to the sums that reports show. Called by `apply` alone.
extension Tables {
    private static let minute: Int64 = 60_000
    private static let hour: Int64 = 3_600_000

    func summarizeOpened(_ drop: DropRecord) {
        summaries.finished.updateValue(drop.facts.finished?.milliseconds, forKey: drop.seq)
    }

    /// Counts each reason once an order, however many of an order's lines have it.
    func summarize(_ results: [EntryResult], of drop: DropRecord, _ at: Timestamp) {
        for result in results where !result.faults.isEmpty && result.verdict != .accepted {
            for (number, fault) in result.faults.enumerated() {
                if result.faults[..<number].contains(where: { $0.code == fault.code }) { continue }
                refuse(.order, fault.code.rawValue, drop.facts.partner, at) {
                    RefusalExample(
                        at: at, subject: drop.id.text, file: drop.facts.name, entry: result.index, reference: result.reference,
                        pointer: fault.path, message: fault.message)
                }
            }
        }
    }

    func summarizeClosed(_ drop: DropRecord, _ faults: [Fault], _ at: Timestamp) {
        for fault in faults {
            refuse(.file, fault.code.rawValue, drop.facts.partner, at) {
                RefusalExample(
                    at: at, subject: drop.id.text, file: drop.facts.name, entry: nil, reference: nil, pointer: fault.path,
                    message: fault.message)
            }
        }
        if let finished = drop.facts.finished {
            summaries.latency(.receipt, day(at), drop.facts.partner, at.milliseconds - finished.milliseconds)
        }
    }

    func summarizeAccepted(_ order: OrderRecord, _ at: Timestamp) throws(LedgerError) {
        summaries.hours[hourKey(order, at), default: Summaries.HourDelta()].accepted += 1
        if order.stage == .hold { summaries.hours[hourKey(order, at), default: Summaries.HourDelta()].held += 1 }
        try noteMatter(from: nil, to: order.stage, at)
    }

    func summarizeMoved(_ order: OrderRecord, from before: Stage, to stage: Stage, _ at: Timestamp) throws(LedgerError) {
        guard before != stage else { return }
        try noteMatter(from: before, to: stage, at)
        switch stage {
        case .failed: summaries.hours[hourKey(order, at), default: Summaries.HourDelta()].failed += 1
        case .hold: summaries.hours[hourKey(order, at), default: Summaries.HourDelta()].held += 1
        case .cancelled where !before.isTerminal: summaries.hours[hourKey(order, at), default: Summaries.HourDelta()].cancelled += 1
        case .rejected where !before.isTerminal:
            summaries.hours[hourKey(order, at), default: Summaries.HourDelta()].rejected += 1
        case .done where !before.isTerminal: try summarizeCompleted(order, at)
        default: break
        }
    }

    /// A step has refused an order for good; undoing what was done for it may still follow.
    func summarizeDeclined(_ order: OrderRecord, _ move: Move, _ at: Timestamp) {
        refuse(.step, move.reason ?? "declined", order.partner, at) {
            RefusalExample(
                at: at, subject: order.id.text, file: [], entry: nil, reference: order.order.orderReference, pointer: "",
                message: move.detail ?? "")
        }
    }

    private func summarizeCompleted(_ order: OrderRecord, _ at: Timestamp) throws(LedgerError) {
        summaries.hours[hourKey(order, at), default: Summaries.HourDelta()].completed += 1
        summaries.completed(minute: at.milliseconds / Self.minute)
        let day = day(at)
        let country = Summaries.CountryKey(
            day: day, partner: order.partner, country: ExactText(order.order.country ?? ""), currency: order.order.currency.code)
        summaries.countries[country, default: Summaries.SalesDelta()].orders += 1
        summaries.countries[country, default: Summaries.SalesDelta()].units.add(order.units)
        summaries.countries[country, default: Summaries.SalesDelta()].amount.add(order.order.totalAmount)
        let begin = try finishedTime(of: order.drop) ?? order.created.milliseconds
        summaries.latency(.completed, day, order.partner, at.milliseconds - begin)
        try noteCustomer(order, day)
    }

    /// A customer counts once a day: as new on the day of its first completed order, as returning on each later day with one.
    private func noteCustomer(_ order: OrderRecord, _ day: String) throws(LedgerError) {
        let key = IdentityKey(partner: order.partner, key: order.order.customerId)
        var known = summaries.customers[key]
        if known == nil { known = try customer(order.partner, order.order.customerId) }
        let total = Summaries.CustomerKey(day: day, partner: order.partner)
        guard var row = known else {
            summaries.customers[key] = Summaries.CustomerRow(since: day, last: day, isDirty: true)
            summaries.customerTotals[total, default: Summaries.CustomerDelta()].new += 1
            return
        }
        if row.last != day {
            row.last = day
            row.isDirty = true
            summaries.customerTotals[total, default: Summaries.CustomerDelta()].returning += 1
        }
        summaries.customers[key] = row
    }

    private func customer(_ partner: String, _ customer: String) throws(LedgerError) -> Summaries.CustomerRow? {
        let row = try connection.statement("SELECT since, last FROM customers WHERE partner = ?1 AND customer = ?2")
        row.bind(1, partner)
        row.bind(2, customer)
        guard try row.step() else { return nil }
        defer { row.reset() }
        return Summaries.CustomerRow(since: row.text(0), last: row.text(1), isDirty: false)
    }

    private func finishedTime(of drop: Int64) throws(LedgerError) -> Int64? {
        if let known = summaries.finished[drop] { return known }
        let row = try connection.statement("SELECT finished FROM drops WHERE seq = ?1")
        row.bind(1, drop)
        var found: Int64?
        if try row.step() {
            found = row.optionalInteger(0)
            row.reset()
        }
        summaries.finished.updateValue(found, forKey: drop)
        return found
    }

    /// Keeps how many orders wait for a person, and since when there are some, or none.
    private func noteMatter(from before: Stage?, to stage: Stage, _ at: Timestamp) throws(LedgerError) {
        let change = (stage.waitsForPerson ? 1 : 0) - (before?.waitsForPerson == true ? 1 : 0)
        guard change != 0 else { return }
        var known = summaries.matters["orders"]
        if known == nil { known = try self.matter("orders") }
        var matter = known ?? Summaries.Matter(open: 0, since: at.milliseconds)
        let wasOpen = matter.open > 0
        matter.open += Int64(change)
        if wasOpen != (matter.open > 0) { matter.since = at.milliseconds }
        summaries.matters["orders"] = matter
    }

    /// Keeps when something that had been stopped went on.
    func summarizeResumed(_ at: Timestamp) {
        summaries.matters["pauses"] = Summaries.Matter(open: 0, since: at.milliseconds)
    }

    private func matter(_ what: String) throws(LedgerError) -> Summaries.Matter? {
        let row = try connection.statement("SELECT open, since FROM matters WHERE what = ?1")
        row.bind(1, what)
        guard try row.step() else { return nil }
        defer { row.reset() }
        return Summaries.Matter(open: row.integer(0), since: row.integer(1))
    }

    private func refuse(_ what: Refused, _ code: String, _ partner: String, _ at: Timestamp, _ example: () -> RefusalExample) {
        let key = Summaries.RefusalKey(day: day(at), partner: partner, what: what, code: ExactText(code))
        if summaries.refusals[key] == nil { summaries.refusals[key] = Summaries.RefusalDelta(example: example()) }
        summaries.refusals[key]?.count += 1
    }

    private func hourKey(_ order: OrderRecord, _ at: Timestamp) -> Summaries.HourKey {
        Summaries.HourKey(hour: at.milliseconds / Self.hour, partner: order.partner)
    }
}

extension Stage {
    /// True where an order goes on only when a person says so.
    var waitsForPerson: Bool { self == .hold || self == .failed }
}
