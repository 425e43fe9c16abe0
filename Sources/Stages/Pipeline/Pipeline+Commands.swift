import Ledger
import Logging
import Orders
import Spool

/// The verbs. A move by hand comes down to the same ones.
extension Pipeline {
    /// Does what a request asks, as far as it is allowed; the caller commits.
    func execute(_ request: CommandRequest, at now: Timestamp) throws(LedgerError) -> CommandResult {
        switch request.command {
        case .hold(let id): return try with(id) { (order) throws(LedgerError) in try hold(order, request, now) }
        case .release(let id): return try with(id) { (order) throws(LedgerError) in try release(order, request, now) }
        case .retry(let id): return try with(id) { (order) throws(LedgerError) in try retry(order, request, now) }
        case .cancel(let id): return try with(id) { (order) throws(LedgerError) in try cancel(order, request, now) }
        case .pause(let what): return try pause(what, request, now)
        case .resume(let what): return try resume(what, request, now)
        case .stockSet(let counts):
            try ledger.record(.stockSet(counts, by: request.by), subject: "", at: now)
            return CommandResult(isDone: true, message: "stock of \(counts.count) products set")
        case .catalogueLoad(let entries):
            try ledger.record(.catalogueLoaded(entries), subject: "", at: now)
            engine.hasCatalogue = engine.hasCatalogue || !entries.isEmpty
            return CommandResult(isDone: true, message: "\(entries.count) products loaded")
        case .partner(let change): return try partner(change, now)
        case .rescan:
            nextRescan = 0
            return CommandResult(isDone: true, message: "all directories are looked through")
        case .reload:
            return CommandResult(isDone: false, message: "the configuration is reloaded by the daemon only")
        }
    }

    private func with(
        _ id: OrderID, _ body: (OrderRecord) throws(LedgerError) -> CommandResult
    ) throws(LedgerError) -> CommandResult {
        guard let order = try ledger.order(id) else {
            return CommandResult(isDone: false, message: "\(id.text) is not in the ledger; orderd list shows the orders")
        }
        var result = try body(order)
        result.status = order.status
        return result
    }

    private func refused(_ order: OrderRecord, _ verb: String, _ why: String) -> CommandResult {
        CommandResult(isDone: false, message: "cannot \(verb) \(order.id.text): \(why)")
    }

    // MARK: Orders

    func hold(_ order: OrderRecord, _ request: CommandRequest, _ now: Timestamp) throws(LedgerError) -> CommandResult {
        guard order.stage.isStep || order.stage == .deferred else {
            return refused(order, "hold", "it is in \(order.stage.name), and only an order at a step or a deferred one can be held")
        }
        try engine.hold(order, Reason("held-by-hand", request.reason), by: request.by, at: now)
        return CommandResult(isDone: true, message: "\(order.id.text) is held")
    }

    func release(_ order: OrderRecord, _ request: CommandRequest, _ now: Timestamp) throws(LedgerError) -> CommandResult {
        guard order.stage == .hold else {
            return refused(order, "release", "it is in \(order.stage.name), not in hold")
        }
        try engine.letGoOn(order, .released, by: request.by, reason: request.reason, at: now)
        try engine.run([order], at: now)
        return CommandResult(isDone: true, message: "\(order.id.text) goes on")
    }

    func retry(_ order: OrderRecord, _ request: CommandRequest, _ now: Timestamp) throws(LedgerError) -> CommandResult {
        guard order.stage == .failed || order.stage == .deferred else {
            return refused(order, "retry", "it is in \(order.stage.name), neither failed nor deferred")
        }
        try engine.letGoOn(order, .retried, by: request.by, reason: request.reason, at: now)
        try engine.run([order], at: now)
        return CommandResult(isDone: true, message: "\(order.id.text) is tried again")
    }

    func cancel(_ order: OrderRecord, _ request: CommandRequest, _ now: Timestamp) throws(LedgerError) -> CommandResult {
        if order.stage.isTerminal { return refused(order, "cancel", "it is \(order.stage.name) already") }
        if order.ending != nil { return refused(order, "cancel", "it is being undone already, and will be \(order.ending?.name ?? "")") }
        if let final = engine.steps.firstIndex(where: \.isFinal), engine.index(of: order.step) > final {
            return refused(order, "cancel", "it was handed to fulfilment; ask the warehouse, and take the goods back as a return")
        }
        let move = Move(
            .cancelling, step: order.step, to: .compensate, next: order.step, reason: "cancelled", detail: request.reason, by: request.by,
            ending: .cancelled)
        try engine.record(move, for: order, at: now)
        try engine.run([order], at: now)
        let message = order.stage == .cancelled ? "\(order.id.text) is cancelled" : "\(order.id.text) is being cancelled"
        return CommandResult(isDone: true, message: message)
    }

    /// Gives an order up by hand.
    func giveUp(_ order: OrderRecord, _ request: CommandRequest, _ now: Timestamp) throws(LedgerError) -> CommandResult {
        guard order.stage.isStep || order.stage == .deferred || order.stage == .hold else {
            return refused(order, "fail", "it is in \(order.stage.name)")
        }
        try engine.fail(order, Reason("failed-by-hand", request.reason), by: request.by, at: now)
        return CommandResult(isDone: true, message: "\(order.id.text) is failed")
    }

    // MARK: Pauses and partners

    private func pause(_ what: String, _ request: CommandRequest, _ now: Timestamp) throws(LedgerError) -> CommandResult {
        guard what == "intake" || engine.steps.contains(where: { $0.name == what }) else {
            let names = engine.steps.map(\.name).joined(separator: ", ")
            return CommandResult(isDone: false, message: "there is no step \(what); pause intake or one of: \(names)")
        }
        let isPaused = what == "intake" ? isIntakePaused : engine.paused.contains(what)
        guard !isPaused else { return CommandResult(isDone: true, message: "\(what) is paused already") }
        try ledger.record(.paused(Pause(what: what, by: request.by, reason: request.reason)), subject: "", at: now)
        if what == "intake" { isIntakePaused = true } else { engine.paused.insert(what) }
        return CommandResult(isDone: true, message: "\(what) is paused")
    }

    private func resume(_ what: String, _ request: CommandRequest, _ now: Timestamp) throws(LedgerError) -> CommandResult {
        let isPaused = what == "intake" ? isIntakePaused : engine.paused.contains(what)
        guard isPaused else { return CommandResult(isDone: false, message: "\(what) is not paused") }
        try ledger.record(.resumed(Pause(what: what, by: request.by, reason: request.reason)), subject: "", at: now)
        if what == "intake" {
            isIntakePaused = false
        } else {
            engine.paused.remove(what)
            engine.backlog.insert(Stage(what))
        }
        return CommandResult(isDone: true, message: "\(what) goes on")
    }

    private func partner(_ change: PartnerChange, _ now: Timestamp) throws(LedgerError) -> CommandResult {
        let known = try ledger.queries.partners().first { $0.name == change.name }
        if change.state == "active", known?.state == "removed" {
            return CommandResult(
                isDone: false, message: "\(change.name) was removed; its name stays reserved for its orders: choose another name")
        }
        if change.state != "active", known == nil || known?.state == "removed" {
            return CommandResult(isDone: false, message: "there is no partner \(change.name); orderd partner list shows them")
        }
        var change = change
        if let known, change.role.isEmpty || change.state != "active" { change.role = known.role }
        if change.state == "active" {
            do throws(FileError) { try tree.createPartner(change.name) } catch {
                return CommandResult(isDone: false, message: "the directories of \(change.name) cannot be made: \(error)")
            }
        }
        if known == change {
            return CommandResult(isDone: true, message: "\(change.name) is \(change.state) already")
        }
        try ledger.record(.partnerChanged(change), subject: change.name, at: now)
        if change.state == "active" { attach(change) } else { detach(change.name) }
        return CommandResult(isDone: true, message: "\(change.name) is \(change.state)")
    }

    /// Takes a partner's files from now on.
    func attach(_ partner: PartnerChange) {
        partners[partner.name] = partner
        guard !intake.directories.values.contains(where: { $0.partner == partner.name }) else { return }
        for drop in SpoolTree.dropDirectories {
            let directory = DropDirectory(tag: intake.nextTag, partner: partner.name, drop: drop)
            intake.nextTag += 1
            intake.directories[directory.tag] = directory
            watch(directory)
        }
        intake.enlist(partner.name)
        openTransferLog(partner.name)
    }

    /// Takes no more files of a partner. Its orders run on.
    private func detach(_ name: String) {
        // Its orders still lie at steps: it stays in the turn that draws them.
        for directory in intake.directories.values where directory.partner == name {
            watcher.unwatch(directory.tag)
            intake.settle.forget(directory.tag)
            intake.directories[directory.tag] = nil
        }
        intake.unfinished.forget(name)
        transferLogs[name] = nil
    }
}
