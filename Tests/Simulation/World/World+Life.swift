import Foundation
import Ledger
import Orders
import Spool
import Stages

/// The daemon's lives: starting, working, and every way of ending.
extension World {
    /// Starts the daemon; where its start ends early, again. Meanwhile somebody may do something.
    func startUntilItRuns() throws {
        guard daemon == nil else { return }
        var attempts = 0
        while daemon == nil {
            attempts += 1
            if !isQuiet, lives > 0 {
                clock.advance(milliseconds: Int64(dice.within(5...5000)))
                if dice.once(in: 3) { partnersAct() }
                if dice.once(in: 4) { try operatorActs() }
                if dice.once(in: 6) { planEnd() }
            }
            // One that never comes up is no recovery.
            if attempts > 5 { faults.clear() }
            guard attempts < 10 else { throw Violation("the daemon does not start") }
            try startOnce()
        }
        try observe()
        // The ledger wins now, whatever was moved before.
        if daemon?.opening.wasClean == false { witness.moved.removeAll() }
        try checkStart()
    }

    private func startOnce() throws {
        lives += 1
        faults.errorsGiven = 0
        trace.note("start", "\(lives)")
        witness.blame.startFollows(disk.find(Blame.note)?.content ?? [])
        do {
            daemon = try DaemonProcess(self)
        } catch {
            try gone(error)
            return
        }
        if files.isDead { try bury() }
    }

    /// Lets the daemon do something, and looks at what came of it.
    func daemonDoes(_ body: (DaemonProcess) throws -> Void) throws {
        guard let daemon else { return }
        do {
            try body(daemon)
            if let trouble = followersTrouble, !files.isDead { throw Violation(trouble) }
        } catch {
            try gone(error)
            return
        }
        if files.isDead { try bury() } else { try observe() }
    }

    /// A thing that the daemon gave up on: its process has ended, or its disk has failed it.
    private func gone(_ error: any Error) throws {
        guard !files.isDead else {
            try bury()
            return
        }
        guard faults.errorsGiven > 0 else { throw Violation("the daemon stopped though nothing had failed: \(error)") }
        trace.note("the daemon stopped", "\(error)")
        files.end()
        try bury()
    }

    /// The followers gave up, as the daemon learns at the end of its turn.
    func followersStopped(_ error: any Error) { followersTrouble = "\(error)" }

    /// Turns until nothing can be done at once, some of them at least.
    func settle() throws {
        for _ in 0..<(isQuiet ? 2000 : 30) {
            var goesOn = false
            try daemonDoes { goesOn = try $0.turn() }
            if dice.once(in: 2) { try daemonDoes { try $0.publish() } }
            if !goesOn || daemon == nil { return }
        }
        if isQuiet { throw Violation("the pipeline never comes to rest") }
    }

    /// Asks the daemon for something.
    @discardableResult
    func command(_ command: Command) throws -> CommandResult? {
        var result: CommandResult?
        try daemonDoes { result = try $0.command(CommandRequest(command, by: "uid 0", reason: "simulated")) }
        trace.note("command", "\(command)", result?.message ?? "no reply")
        return result
    }

    // MARK: Ends

    /// The process, or the power, is to end at some call soon.
    func planEnd() {
        let moment = dice.pick([FaultPlan.Moment.before, .within, .after])
        faults.end(
            atCall: dice.within(1...dice.pick([3, 12, 60, 250])), moment, cuttingPower: profile.cutsPower && dice.once(in: 2),
            changes: dice.once(in: 2))
        trace.note("the end is near")
    }

    /// A clean stop.
    func stop() throws {
        trace.note("stop")
        guard let daemon else { return }
        do { try daemon.stop() } catch {
            try gone(error)
            return
        }
        guard !files.isDead else {
            try bury()
            return
        }
        hangUp(daemon)
        self.daemon = nil
        files.end()
        files.reap()
    }

    /// The process ends now, and the power with it or not.
    func end(cuttingPower: Bool) throws {
        guard daemon != nil else { return }
        trace.note("end", "\(cuttingPower)")
        isPowerCut = cuttingPower
        copyLedger()
        files.end()
        try bury()
    }

    /// Told in the middle of a call that it was the last.
    func processEnds() {
        isPowerCut = faults.cutsPower
        copyLedger()
    }

    /// The ledger as the process leaves it. A committed transaction is on disk (`synchronous=FULL`), whatever is cut.
    private func copyLedger() {
        let copy = scratch + "/\(lives)"
        try? FileManager.default.createDirectory(atPath: copy, withIntermediateDirectories: true)
        for name in ["ledger.sqlite", "ledger.sqlite-wal"] where FileManager.default.fileExists(atPath: ledgerFolder + "/" + name) {
            do { try FileManager.default.copyItem(atPath: ledgerFolder + "/" + name, toPath: copy + "/" + name) } catch {
                found.append("the ledger cannot be copied: \(error)")
            }
        }
        nextFolder = copy
    }

    /// Clears away what a process has left that ended without a clean stop.
    private func bury() throws {
        followersTrouble = nil
        if let daemon {
            daemon.ledger.close()
            hangUp(daemon)
        }
        daemon = nil
        files.reap()
        if let next = nextFolder {
            try? FileManager.default.removeItem(atPath: ledgerFolder)
            ledgerFolder = next
            nextFolder = nil
        }
        guard isPowerCut else { return }
        isPowerCut = false
        let damaged = disk.cutPower(dice)
        trace.note("power cut", damaged.map { "\($0.name?.description ?? "") \($0.inode)" }.joined(separator: ","))
        connectionsBreak(damaged)
    }

    /// The bank may have heard the calls that were out.
    private func hangUp(_ daemon: DaemonProcess) {
        for call in daemon.gateway?.hangUp().sorted(by: { $0.request.key < $1.request.key }) ?? [] where dice.once(in: 2) {
            trace.note("unanswered", call.verb, call.request.key)
            ask(call)
        }
    }

    /// Nothing is left of the run.
    func close() {
        guard let daemon else { return }
        daemon.ledger.close()
        _ = daemon.gateway?.hangUp()
        self.daemon = nil
    }

    // MARK: The bank

    /// Answers some of the calls that are out.
    func answerSome() throws {
        guard let daemon, let gateway = daemon.gateway else { return }
        let calls = try gateway.calls(0)
        guard !calls.isEmpty else { return }
        for _ in 0..<dice.within(1...calls.count) {
            let call = gateway.take(dice.below(try gateway.calls(0).count))
            let answer = answer(call)
            trace.note("answer", call.verb, call.request.key, "\(answer)")
            daemon.answered += 1
            try daemon.deliver(answer, to: call)
        }
    }

    /// What the caller hears, which need not be all that happened.
    private func answer(_ call: ParkedCall) -> PaymentAnswer {
        if isQuiet { return ask(call) }
        switch dice.below(12) {
        case 0: return .unavailable("nobody was reached")
        case 1: return .unknown("nobody was reached in time")
        case 2, 3:
            ask(call)
            return .unknown("no answer in time")
        default: return ask(call)
        }
    }

    @discardableResult
    private func ask(_ call: ParkedCall) -> PaymentAnswer {
        switch call.verb {
        case "charge": return bank.charge(call.request, declining: !isQuiet && dice.once(in: 10))
        case "refund": return bank.refund(call.request)
        default: return bank.lookup(call.request)
        }
    }
}
