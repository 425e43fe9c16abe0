import Ledger
import Logging
import Orders
import Spool

/// What was in hand at a crash is taken one at a time, until another crash tells which of it is the cause, or none comes.
///
/// Before a suspect is touched, the note `state/in-hand` names it as alone. Where a start finds that, it counts a crash against it, in a mark
/// that is committed before anything else. Three in a row without progress, and it is set aside for a person. A clean stop counts nothing.
extension Pipeline {
    /// Counts the crash that this start follows, if there was one. The caller commits.
    func suspect(wasClean: Bool) throws(LedgerError) {
        suspects = Suspects(text: try ledger.queries.mark(Suspects.mark) ?? "")
        let before = suspects.text
        do throws(FileError) {
            let (note, left) = try InHand.open(tree)
            inHand = note
            if !wasClean {
                let called = try openCalls()
                suspects.crashed(left, called: called)
            }
            // Emptied before the count is committed: a crash in between loses a count, and blames nobody twice.
            try note.rest()
        } catch {
            log.warning("what was in hand cannot be noted; a cause of crashes would not be found", metadata: ["error": "\(error)"])
        }
        if suspects.text != before { ledger.setMark(Suspects.mark, to: suspects.text) }
        guard !suspects.isEmpty else { return }
        log.notice("what was in hand at the last crash is taken one at a time", metadata: ["things": "\(suspects.all.count)"])
        countedSuspects = suspects.counted
    }

    /// What was in hand at a crash, and has not been taken since.
    var suspects: Suspects {
        get { intake.suspects }
        set { intake.suspects = newValue }
    }

    /// Orders whose call to the outside had no answer when the last run ended.
    private func openCalls() throws(FileError) -> [OrderID] {
        do throws(LedgerError) {
            var called: [OrderID] = []
            for stage in engine.steps.filter(\.callsOutside).map({ Stage($0.name) }) + [.compensate] {
                for partner in try ledger.queries.partners() {
                    called += try ledger.waiting(at: stage, partner: partner.name, limit: policy.slice)
                        .filter { $0.charge == "requested" || $0.charge == "refund-requested" }.map(\.id)
                }
            }
            return called
        } catch {
            throw FileError(call: "ledger", path: "\(error)", code: 5)
        }
    }

    /// Lets intake note what it touches.
    func lendNote() {
        intake.noteFile = { [weak self] thing in self?.noteFile(thing) }
        intake.noteAlone = { [weak self] thing, position in self?.noteAlone(thing, position) }
    }

    private func noteFile(_ thing: Thing) {
        do throws(FileError) { try inHand?.touch(thing) } catch { complain(error) }
    }

    /// Notes what is about to be touched. A note that cannot be written must not keep an order from going on.
    func note(_ orders: [OrderRecord]) {
        do throws(FileError) { try inHand?.touch(orders) } catch { complain(error) }
    }

    func noteAlone(_ thing: Thing, _ position: Int64) {
        do throws(FileError) { try inHand?.touch(thing, position: position, isAlone: true) } catch { complain(error) }
    }

    func complain(_ error: FileError) {
        guard !hasComplained else { return }
        hasComplained = true
        log.warning("what is in hand cannot be noted", metadata: ["error": "\(error)"])
    }

    /// At the end of a turn that went well nothing is in hand, but for the suspect whose call is out.
    func restNote() {
        if isOrderTried, !engine.inFlight.isEmpty { return }
        do throws(FileError) { try inHand?.rest() } catch { complain(error) }
    }

    /// The call of the suspect that was taken last is out, or other calls are that must end first: nothing else is done meanwhile.
    var waitsForSuspect: Bool { (isOrderTried || suspects.firstOrder != nil) && !engine.inFlight.isEmpty }

    private var isOrderTried: Bool { if case .order = tried { true } else { false } }

    /// Takes one suspect, alone.
    ///
    /// - Returns: false where there is none to be taken now, and the turn may do other work. Orders under suspicion come before all other
    ///   work, for with other calls out nobody could tell which of them was the cause; files take turns with it.
    func takeSuspect(_ takesFiles: Bool, at now: Timestamp, boot: Int64) throws(LedgerError) -> Bool {
        guard !suspects.isEmpty else { return false }
        if let tried {
            // Its call has been answered by now, or it made none. A file makes none of its own.
            if isOrderTried, !engine.inFlight.isEmpty { return true }
            self.tried = nil
            suspects.remove(tried)
            // The note stayed while its call was out; the next one must stand alone in it.
            restNote()
        }
        while let (id, suspect) = suspects.firstOrder {
            guard let order = try ledger.order(id), order.stage.isStep || order.stage == .compensate,
                !engine.paused.contains(order.stage.name)
            else {
                suspects.remove(suspect.thing)
                continue
            }
            guard engine.inFlight.isEmpty else { return true }
            tried = suspect.thing
            if suspect.isGuilty {
                try setAside(order, suspect, now)
            } else {
                noteAlone(suspect.thing, suspect.position)
                try engine.run([order], at: now)
            }
            settleMark()
            return true
        }
        var isTaken = false
        if takesFiles { isTaken = try takeSuspectFile(now, boot) }
        settleMark()
        return isTaken
    }

    private func setAside(_ order: OrderRecord, _ suspect: Suspect, _ now: Timestamp) throws(LedgerError) {
        let reason = Reason(
            "set-aside",
            "orderd crashed \(suspect.crashes) times while it worked on this order alone, at step \(order.step); a person must look at it")
        try engine.fail(order, reason, by: nil, at: now)
        log.critical(
            "an order was set aside: orderd crashes when it works on it",
            metadata: ["order": "\(order.id)", "step": "\(order.step)", "crashes": "\(suspect.crashes)"])
    }

    /// Takes the next file under suspicion, as far as one is ready: orders that it holds become suspects, and are taken by themselves.
    private func takeSuspectFile(_ now: Timestamp, _ boot: Int64) throws(LedgerError) -> Bool {
        intake.scan(now: boot, changeTimeClock: changeTimeClock)
        intake.ripen(now: boot)
        intake.dropGoneSuspects()
        guard let taken = try intake.takeSuspect(now: now, boot: boot) else { return false }
        // Cleared by the next turn: the commit and the moves of this one are a part of what may crash.
        if taken.isFinished { tried = taken.thing }
        // One that is held at its acceptance rests already.
        for order in taken.accepted where order.stage.isStep {
            suspects.add(.order(order.id))
            engine.backlog.insert(order.stage)
        }
        return true
    }

    /// Keeps the mark up with what a crash would be counted against: who was taken without one starts anew.
    private func settleMark() {
        guard suspects.isEmpty || suspects.counted != countedSuspects else { return }
        countedSuspects = suspects.counted
        ledger.setMark(Suspects.mark, to: suspects.text)
    }
}
