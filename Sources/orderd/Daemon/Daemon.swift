import Glibc
import Ledger
import Logging
import Orders
import Spool
import Stages

/// orderd's version.
let orderdVersion = "0.1.0"

/// The long-lived process: turns of the pipeline, with waits for signals, dropped files, answers and commands in between.
///
/// It runs on the calling thread, which is the pipeline's one thread from then on.
final class Daemon {
    private let session: SpoolSession
    private let signals: SignalDescriptor
    private let control: ControlServer
    /// Nil for a drain, which nobody leaves alone.
    private let alerts: AlertThread?
    private let drains: Bool
    private let reload: () throws -> Configuration
    private var configuration: Configuration
    private var isStopping = false
    private let manager: ServiceManager
    private var report: ServiceReport
    private var status = ServiceStatus()
    private var reportedHead: Int64
    private var isStuck = false
    private var exports: ExportThread?
    private let log: Logger
    /// Is told after each turn: for a person who watches.
    var turnEnded: ((SpoolSession) -> Void)?

    /// - Parameters:
    ///   - drains: end when everything that is due is done.
    ///   - manager: what runs orderd as a service, to be told how things stand.
    ///   - reload: reads the configuration again, for SIGHUP.
    init(
        root: String, configuration: Configuration, drains: Bool, log: Logger, manager: ServiceManager = ServiceManager(),
        reload: @escaping () throws -> Configuration
    ) throws(StartError) {
        // Before any thread is made, which would take the signals otherwise.
        do throws(FileError) { signals = try SignalDescriptor(signals: [SIGTERM, SIGINT, SIGHUP]) } catch { throw .file(error) }
        signal(SIGPIPE, SIG_IGN)
        self.configuration = configuration
        self.drains = drains
        self.reload = reload
        self.log = log
        self.manager = manager
        report = ServiceReport(manager)
        manager.tell(.status("starting: ledger, journal and files are compared"))
        session = try SpoolSession(
            root: root, configuration: configuration, log: log, watching: true, upgrade: UpgradeReport(to: .daemon(log, manager)))
        do throws(FileError) {
            control = try ControlServer(tree: session.tree, log: log)
            alerts = drains ? nil : try Self.alerts(session, configuration, log)
        } catch {
            throw .file(error)
        }
        alerts?.start()
        reportedHead = session.ledger.committed.seq
        takeOver()
        exports = try startExports()
    }

    private static func alerts(_ session: SpoolSession, _ configuration: Configuration, _ log: Logger) throws(FileError) -> AlertThread? {
        let reader: LedgerReader
        do throws(LedgerError) { reader = try LedgerReader(path: SpoolSession.ledgerPath(session.root)) } catch {
            log.warning("alerts cannot be looked after", metadata: ["error": "\(error)"])
            return nil
        }
        return try AlertThread(reader, tree: session.tree, configuration: configuration, log: log)
    }

    /// What the service manager keeps between one daemon and the next.
    private static let handover = "drop-directories"

    /// Learns what came while no daemon ran, where the last one has left a watch with the manager.
    private func takeOver() {
        let watches = manager.kept.filter { $0.name == Self.handover }
        for watch in watches { session.pipeline.takeOver(HandoverWatch(takingOver: watch.descriptor)) }
        // Its queue would fill up with what this daemon sees by itself.
        if !watches.isEmpty { manager.tell(.release(Self.handover)) }
    }

    /// Leaves a watch with the manager for the next daemon.
    private func handOver() throws(StartError) {
        guard manager.keeps else { return }
        do throws(FileError) {
            let watch = try session.pipeline.handOver()
            // The manager has a copy once that was sent.
            withExtendedLifetime(watch) { manager.keep(watch.descriptor, as: Self.handover) }
        } catch {
            log.notice("what comes until the next start is found by looking", metadata: ["error": "\(error)"])
            return
        }
        // What came before that watch began.
        do throws(PipelineError) { try session.pipeline.turn() } catch { throw .pipeline(error) }
    }

    /// The thread that writes exports, where it is wanted. A drain leaves them to the verb.
    private func startExports() throws(StartError) -> ExportThread? {
        let interval = configuration[Keys.Export.interval].inMilliseconds * 1_000_000
        guard !drains, interval > 0 else { return nil }
        let thread: ExportThread
        do {
            thread = try ExportThread(
                root: session.root, path: SpoolSession.ledgerPath(session.root), gate: session.ledger.gate, interval: interval, log: log)
        } catch let error as LedgerError {
            throw .ledger(error)
        } catch let error as FileError {
            throw .file(error)
        } catch {
            throw .configuration("\(error)")
        }
        thread.advance(to: reportedHead)
        return thread
    }

    /// Runs until a signal, or until all is drained, and stops cleanly.
    func run() throws(StartError) {
        log.notice("running", metadata: ["spool": "\(session.root)", "pid": "\(getpid())", "version": "\(orderdVersion)"])
        manager.tell(.ready)
        var turns: Int64 = 0
        while true {
            let more: Bool
            do throws(PipelineError) { more = try session.pipeline.turn() } catch {
                log.critical("stopping: \(error)")
                manager.tell(.stopping, .status("stopping: \(error)"))
                throw .pipeline(error)
            }
            turns += 1
            tellManager(hasMore: more)
            turnEnded?(session)
            try session.keepLogShort()
            for reply in session.pipeline.takeReplies() { control.reply(tag: reply.tag, reply.result) }
            if let trouble = session.followers.trouble {
                log.critical("stopping: \(trouble)")
                manager.tell(.stopping, .status("stopping: \(trouble)"))
                throw .followers(trouble)
            }
            if isStopping { break }
            if drains, session.pipeline.isDrained, session.followers.isCaughtUp { break }
            // Under load the other descriptors are looked at now and then only.
            if more, turns % 8 != 0 { continue }
            try wait(more ? 0 : session.pipeline.patience())
        }
        try stop()
    }

    private func wait(_ milliseconds: Int) throws(StartError) {
        var limit = milliseconds
        // A drain ends when followers have caught up, which they say through the inbox; a little patience covers what they do not say.
        if drains { limit = limit < 0 ? 200 : min(limit, 200) }
        limit = control.patience(report.patience(limit, now: SystemClock().bootNanoseconds()))
        do throws(FileError) {
            let ready = try waitForInput(
                [signals.descriptor] + control.descriptors + session.pipeline.descriptors, timeoutMilliseconds: limit)
            if ready.contains(signals.descriptor) { takeSignals() }
        } catch {
            throw .file(error)
        }
        for (tag, request) in control.service() {
            if request.command == .reload {
                control.reply(tag: tag, reloadConfiguration())
            } else {
                session.pipeline.inbox.put(request, tag: tag)
            }
        }
    }

    /// Feeds the watchdog and renews the status line, where that is due.
    private func tellManager(hasMore: Bool) {
        let (head, isDiskLow) = (session.ledger.committed, session.pipeline.isDiskLow)
        if head.seq != reportedHead {
            status.lastBatch = (head.at, head.seq - reportedHead)
            reportedHead = head.seq
            report.changed()
            exports?.advance(to: head.seq)
        }
        if isDiskLow != status.isDiskLow {
            status.isDiskLow = isDiskLow
            report.changed()
        }
        let isMoving = report.turnEnded(head: head.seq, hasMore: hasMore, now: SystemClock().bootNanoseconds()) {
            // What cannot be counted now is counted with the next batch; a ledger that is really broken stops the next commit.
            if let counts = try? session.ledger.queries.stageCounts() {
                status.orders = Dictionary(counts.map { ($0.stage, $0.orders) }, uniquingKeysWith: +)
            }
            status.files = session.pipeline.gauges.first { $0.name == "orderd_inbox_candidates" }?.value ?? 0
            return status.text
        }
        if !isMoving, !isStuck { log.critical("there is work and nothing comes of it; the watchdog is not fed any more") }
        isStuck = !isMoving
    }

    private func takeSignals() {
        while let number = signals.next() {
            if number == SIGHUP {
                _ = reloadConfiguration()
            } else {
                log.notice("stopping", metadata: ["signal": "\(number == SIGTERM ? "SIGTERM" : "SIGINT")"])
                isStopping = true
            }
        }
    }

    /// Reads the configuration again: what can change while running changes, what cannot is named.
    private func reloadConfiguration() -> CommandResult {
        manager.tell(.reloading(monotonicMicroseconds: SystemClock().monotonicNanoseconds() / 1000))
        defer { manager.tell(.ready) }
        do {
            let outcome = configuration.reload(from: try reload())
            session.pipeline.adopt(try Policy(configuration))
            alerts?.adopt(configuration)
            var shared = log
            shared.logLevel = Logger.level(configuration)
            log.notice(
                "configuration reloaded",
                metadata: [
                    "changed": "\(outcome.applied.joined(separator: ","))",
                    "restart_needed_for": "\(outcome.needsRestart.joined(separator: ","))",
                ])
            let later = outcome.needsRestart.isEmpty ? "" : "; only a restart changes \(outcome.needsRestart.joined(separator: ", "))"
            return CommandResult(isDone: true, message: "\(outcome.applied.count) keys changed" + later)
        } catch {
            log.error("the configuration was not reloaded; the old one stays", metadata: ["error": "\(error)"])
            return CommandResult(isDone: false, message: "the old configuration stays: \(error)")
        }
    }

    /// Finishes what is out, publishes, marks a clean stop.
    private func stop() throws(StartError) {
        manager.tell(.stopping, .status("stopping: what is in hand is finished"))
        if !drains { try handOver() }
        // Calls that are out get a moment; what is not answered by then is asked again with the same key at the next start.
        let deadline = SystemClock().bootNanoseconds() + 2_000_000_000
        while session.pipeline.callsInFlight > 0, SystemClock().bootNanoseconds() < deadline {
            do throws(FileError) {
                _ = try waitForInput(session.pipeline.descriptors, timeoutMilliseconds: 100)
            } catch {
                throw .file(error)
            }
            do throws(PipelineError) { try session.pipeline.turn(takingFiles: false) } catch { throw .pipeline(error) }
        }
        for reply in session.pipeline.takeReplies() { control.reply(tag: reply.tag, reply.result) }
        control.close()
        alerts?.finish()
        exports?.finish()
        try session.close()
        log.notice("stopped cleanly")
    }
}
