import Ledger
import Orders
import Spool

/// A turn: what has come in, one commit, and what had to wait for that.
extension Pipeline {
    /// Does one turn's work.
    ///
    /// - Parameter takingFiles: whether dropped files are taken; a command without a daemon does only what it is for.
    /// - Returns: true when there is more to do at once.
    /// - Throws: an error after which nothing may be trusted: stop, and let the next start recover.
    @discardableResult
    public func turn(takingFiles: Bool = true) throws(PipelineError) -> Bool {
        do throws(LedgerError) {
            try ledger.begin()
            try work(takingFiles)
        } catch {
            ledger.abandon()
            places.abandon()
            throw .ledger(error)
        }
        try finish()
        tellGauges()
        if takingFiles { tellUploads() }
        return hasWork
    }

    private func work(_ takesFiles: Bool) throws(LedgerError) {
        let now = self.now
        let boot = clock.bootNanoseconds()
        engine.steady = steadyNow
        let content = inbox.take()
        published = max(published, content.published)
        for item in content.deliveries { ledger.setDelivery(follower: item.follower, subject: item.subject, item.delivery) }
        drainEvents(boot)
        drainTransferLogs(boot)
        // Before anything is recorded: until then every file lies where the ledger says, but for what was done by hand.
        if boot >= nextRescan { rescan(boot) }
        if needsQueueScan { try scanQueue(at: now) }
        try examineMoved(at: now)
        for result in content.results { try engine.take(result, at: now) }
        for (tag, request) in content.commands { commandReplies.append((tag, try execute(request, at: now))) }
        if boot >= nextDiskLook { lookAtDisk(boot) }
        let takesFiles = takesFiles && !isIntakePaused && !isDiskLow
        if try takeSuspect(takesFiles, at: now, boot: boot) { return }
        try wakeDeferred(at: now)
        try drawBacklog(at: now)
        if takesFiles {
            intake.scan(now: boot, changeTimeClock: changeTimeClock)
            intake.ripen(now: boot)
            let accepted = try intake.takeBatch(now: now, boot: boot)
            if !accepted.isEmpty { try engine.run(accepted, at: now) }
        }
    }

    /// Makes the turn's batch durable, then does what had to wait for that.
    private func finish() throws(PipelineError) {
        if let failure = syncFailure ?? intake.syncFailure { throw .file(failure) }
        if !ledger.hasUncommitted { ledger.abandon() }
        if ledger.hasUncommitted {
            if published > 0, intake.failedDisposals.isEmpty { ledger.setCursor("publish", to: published) }
            let (began, before) = (clock.bootNanoseconds(), ledger.committed.seq)
            do throws(LedgerError) { try ledger.commit() } catch {
                places.abandon()
                throw .ledger(error)
            }
            engine.meters.commitTimes.observe(clock.bootNanoseconds() - began)
            engine.meters.commitEvents.observe(ledger.committed.seq - before)
            knowsNextDue = false
            let day = ledger.committed.at.day
            if day != currentDay {
                // One directory a day and end: the old ones need not stay open.
                for end in [SpoolTree.done, SpoolTree.cancelled, SpoolTree.rejected] { tree.forget(end) }
                currentDay = day
            }
            do throws(PlacingError) {
                try places.settle { (record) throws(LedgerError) in try ledger.document(of: record) }
            } catch {
                throw .placing("\(error)")
            }
            dispose()
            measured(engine.meters)
            committed(ledger.committed.seq)
        }
        // Files of drops that were known already: nothing was recorded of them.
        if !intake.disposals.isEmpty { dispose() }
        makeCalls()
        restNote()
    }

    /// Something can be done at once.
    var hasWork: Bool {
        if tried != nil || suspects.firstOrder != nil { return !waitsForSuspect }
        if !isIntakePaused, !isDiskLow, intake.hasWork(now: clock.bootNanoseconds()) { return true }
        if needsQueueScan || !moved.isEmpty || hasMoreEvents { return true }
        return engine.backlog.contains { !engine.paused.contains($0.name) } && engine.inFlight.count < policy.paymentConcurrency
            && !(engine.breaker.isTripped && !engine.inFlight.isEmpty)
    }

    /// How long the next turn may wait for something to happen, in milliseconds; -1 where nothing but an event can bring work.
    public func patience() -> Int {
        if hasWork { return 0 }
        let boot = clock.bootNanoseconds()
        var next = nextRescan
        if !isIntakePaused, !isDiskLow, !waitsForSuspect, let deadline = intake.nextDeadline(after: boot) { next = min(next, deadline) }
        if isDiskLow { next = min(next, nextDiskLook) }
        if let uploads = nextUploads { next = min(next, uploads) }
        var milliseconds = max(0, (next - boot + 999_999) / 1_000_000)
        if let due = try? knownNextDue() { milliseconds = min(milliseconds, max(0, due.milliseconds - steadyNow.milliseconds) + 1) }
        return Int(clamping: milliseconds)
    }

    /// Nothing is left to do now: no file waits, no call is out, no order can go on. Deferred orders are no matter.
    public var isDrained: Bool {
        let takesNothing = isIntakePaused || isDiskLow
        return (takesNothing || intake.isIdle(within: 2 * policy.settle + 1_000_000_000, of: clock.bootNanoseconds()))
            && engine.inFlight.isEmpty && !hasWork
            && !ledger.hasUncommitted
            && !engine.backlog.contains { !engine.paused.contains($0.name) }
    }
}
