import Foundation
import Ledger
import Logging
import Orders
import Spool

/// The thread that looks after alerts: nothing in the pipeline waits for it, for the ledger that it reads, or for the command that it runs.
///
/// What goes wrong here stops nobody: it is logged, and the next look tries again.
final class AlertThread: @unchecked Sendable {
    // Guarded by the condition; all else is the thread's.
    private let condition = NSCondition()
    private var rules: AlertRules
    private var isFinishing = false
    private var finishBy: Int64 = .max
    private var hasEnded = true

    private let observer: AlertObserver
    private let tree: SpoolTree
    private let log: Logger
    private let clock = SystemClock()
    private let wakeup: Wakeup
    private var board = AlertBoard()
    private var written: AlertBoard?
    private var lastLook: Int64?
    // What went wrong is said once, not with each look.
    private var lastTrouble = ""
    private var lastWriteTrouble = ""
    /// The rules of the last look: changed ones are looked at, at once.
    private var seen: AlertRules?

    /// What a stop leaves to a command that runs, in nanoseconds.
    private static let grace: Int64 = 2_000_000_000

    init(_ reader: LedgerReader, tree: SpoolTree, configuration: Configuration, log: Logger) throws(FileError) {
        wakeup = try Wakeup()
        rules = AlertRules(configuration)
        observer = AlertObserver(reader, tree, rules)
        self.tree = tree
        self.log = log
    }

    func start() {
        hasEnded = false
        let thread = Thread { [self] in run() }
        thread.name = "alerts"
        thread.start()
    }

    /// Goes by these rules from now on.
    func adopt(_ configuration: Configuration) {
        condition.withLock { rules = AlertRules(configuration) }
        wakeup.signal()
    }

    /// Ends the thread; a command that runs gets two seconds.
    func finish() {
        condition.withLock {
            isFinishing = true
            finishBy = clock.bootNanoseconds() + Self.grace
            wakeup.signal()
            while !hasEnded { condition.wait() }
        }
    }

    // MARK: On the thread

    private func run() {
        load()
        while let rules = condition.withLock({ isFinishing ? nil : self.rules }) {
            wakeup.clear()
            // With every rule off there is one look, which resolves what was left from before.
            let next = (lastLook ?? .min / 2) + rules.interval * 1_000_000
            let now = clock.bootNanoseconds()
            if now >= next || rules != seen { look(rules, now) }
            tellWhatIsDue(rules)
            let left = rules.isOn ? max(0, (lastLook ?? now) + rules.interval * 1_000_000 - clock.bootNanoseconds()) : nil
            _ = try? waitForInput([wakeup.descriptor], timeoutMilliseconds: left.map { Int(($0 + 999_999) / 1_000_000) } ?? -1)
        }
        condition.withLock {
            hasEnded = true
            condition.broadcast()
        }
    }

    private func load() {
        do {
            guard let known = try AlertFile.read(tree) else {
                log.warning(
                    "the state of alerts cannot be understood and begins anew",
                    metadata: ["file": "\(SpoolTree.state)/\(AlertFile.name)"])
                return
            }
            board = known
            written = known
            for (rule, notice) in board.giveUpWhatWasStarted() {
                log.warning(
                    "whether the command told of an alert before the last stop is not known; it is not run again",
                    metadata: ["alert": "\(rule.rawValue)", "state": "\(notice.about.rawValue)"])
            }
        } catch {
            log.warning("the state of alerts cannot be read and begins anew", metadata: ["error": "\(error)"])
        }
    }

    private func look(_ rules: AlertRules, _ boot: Int64) {
        let now = Timestamp(milliseconds: clock.wallMilliseconds())
        let elapsed = lastLook.map { (boot - $0) / 1_000_000 } ?? 0
        lastLook = boot
        seen = rules
        let sight: AlertSight
        do throws(LedgerError) {
            sight = try observer.look(rules, now: now)
            lastTrouble = ""
        } catch {
            if lastTrouble != "\(error)" { log.warning("alerts cannot be looked after", metadata: ["error": "\(error)"]) }
            lastTrouble = "\(error)"
            return
        }
        let changed = board.look(
            sight.conditions(rules, now: now), now: now, elapsed: elapsed, timing: rules.timing, tells: !rules.command.isEmpty)
        for alert in changed {
            log.log(
                level: alert.state == .firing ? .warning : .notice, alert.state == .firing ? "an alert fires" : "an alert is resolved",
                metadata: ["alert": "\(alert.rule.rawValue)", "because": "\(alert.message)"])
        }
        // What has fired or is resolved must be known after a power cut; how long something has lasted need not.
        save(isSynced: !changed.isEmpty)
    }

    /// Writes down what has changed. Where that fails, as on a full disk, the next look tries again.
    private func save(isSynced: Bool) {
        guard board != written else { return }
        do throws(FileError) {
            try AlertFile.write(board, updated: Timestamp(milliseconds: clock.wallMilliseconds()), to: tree, isSynced: isSynced)
            written = board
            lastWriteTrouble = ""
        } catch {
            if lastWriteTrouble != "\(error)" { log.warning("the state of alerts cannot be written", metadata: ["error": "\(error)"]) }
            lastWriteTrouble = "\(error)"
        }
    }

    /// Runs the command for what is to be told, one after the other.
    private func tellWhatIsDue(_ rules: AlertRules) {
        while let (alert, notice) = board.nextDue, !condition.withLock({ isFinishing }) {
            guard !rules.command.isEmpty else {
                board.mark(alert.rule, notice, .ended)
                save(isSynced: false)
                continue
            }
            board.mark(alert.rule, notice, .started)
            // What is not known to be started could be started twice. On a full disk that is the worse of the two: it is told all the same,
            // for it may be what the alert is about.
            save(isSynced: true)
            let command = AlertCommand(path: rules.command, alert: alert, notice: notice, root: rootPath)
            let (outcome, output) = command.run(limit: rules.commandTimeout * 1_000_000, clock: clock) {
                condition.withLock { isFinishing && clock.bootNanoseconds() >= finishBy }
            }
            report(outcome, output, alert, notice)
            board.mark(alert.rule, notice, .ended)
            save(isSynced: false)
        }
    }

    private var rootPath: String { URL(filePath: tree.root.description).path(percentEncoded: false) }

    private func report(_ outcome: AlertCommand.Outcome, _ output: String, _ alert: Alert, _ notice: Alert.Notice) {
        let what: String
        switch outcome {
        case .ended(0): return
        case .ended(let code): what = "exit code \(code)"
        case .cutShort: what = "it took too long and was ended"
        case .notStarted(let reason): what = "it cannot be started: \(reason)"
        }
        log.warning(
            "the command did not tell of an alert",
            metadata: [
                "alert": "\(alert.rule.rawValue)", "state": "\(notice.about.rawValue)", "because": "\(what)",
                "output": "\(printable(String(output.prefix(200))))",
            ])
    }
}
