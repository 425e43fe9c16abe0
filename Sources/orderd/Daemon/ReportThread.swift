import Foundation
import Glibc
import Ledger
import Logging
import Orders
import Reports
import Spool

/// The thread that keeps `reports/` up to date: soon after something has changed, and not again before the configured time has passed. It
/// sleeps while nothing changes, and nobody waits for it.
final class ReportThread: @unchecked Sendable {
    // Everything below the condition is guarded by it; what follows belongs to the thread once it runs.
    private let condition = NSCondition()
    private var isDirty = true
    private var isFinishing = false
    private var hasEnded = true
    private var gauges: [Gauge] = []

    private let writer: ReportWriter
    private let reader: LedgerReader
    private let inbox: InboxLook
    private let gate: CommitGate
    private let log: Logger
    private let clock = SystemClock()
    private let wakeup: Wakeup
    /// Between two reports, in nanoseconds.
    private let interval: Int64
    /// How long the last report took, in nanoseconds; nil where none was written.
    private var lastTook: Int64?
    /// When the last report stops being true if nothing happens, by the boot clock; nil where time alone changes nothing.
    private var staleAt: Int64?

    /// A stop waits for a last report only where that is quick: files wait for the next daemon meanwhile.
    private static let quick: Int64 = 200_000_000

    /// A short run leaves no report: the first one is made a moment after the start.
    private static let firstWait: Int64 = 5_000_000_000

    /// A thread for a spool; nil where `report.interval` is zero.
    init?(
        tree: SpoolTree, root: String, gate: CommitGate, configuration: Configuration, log: Logger
    ) throws {
        interval = configuration[Keys.Report.interval].inNanoseconds
        guard interval > 0 else { return nil }
        wakeup = try Wakeup()
        self.gate = gate
        self.log = log
        reader = try LedgerReader(path: SpoolSession.ledgerPath(root))
        inbox = InboxLook(tree)
        writer = ReportWriter(
            tree: tree, reader: reader, templates: try ReportTemplates(configuration),
            settings: ReportSettings(configuration, root: root), owner: "report")
    }

    func start() {
        hasEnded = false
        let thread = Thread { [self] in run() }
        thread.name = "report"
        thread.start()
    }

    /// Something was committed.
    func note() {
        let isNews = condition.withLock {
            defer { isDirty = true }
            return !isDirty
        }
        if isNews { wakeup.signal() }
    }

    /// Takes note of numbers that only the pipeline knows.
    func note(_ gauges: [Gauge]) {
        condition.withLock { self.gauges = gauges }
        note()
    }

    /// Writes what has changed since the last report, where one was written, and ends the thread.
    func finish() {
        condition.withLock {
            isFinishing = true
            wakeup.signal()
            while !hasEnded { condition.wait() }
        }
    }

    // MARK: On the thread

    private func run() {
        var next = clock.bootNanoseconds() + min(interval, Self.firstWait)
        while wait(until: next) {
            write(isRunning: true)
            next = clock.bootNanoseconds() + interval
        }
        if let lastTook, lastTook < Self.quick { write(isRunning: false) }
        condition.withLock {
            hasEnded = true
            condition.broadcast()
        }
    }

    /// Waits until a report is wanted and may be written; false where the thread is to end.
    private func wait(until next: Int64) -> Bool {
        while true {
            wakeup.clear()
            let (isWanted, isLast) = condition.withLock { (isDirty, isFinishing) }
            if isLast { return false }
            // Once for what is on its way now, and not again for what is late already: at rest there is nothing to wait for.
            let due = isWanted ? next : staleAt.map { max($0, next) }
            let left = due.map { $0 - clock.bootNanoseconds() }
            if let left, left <= 0 { return true }
            let limit = left.map { Int(clamping: ($0 + 999_999) / 1_000_000) } ?? -1
            // Where waiting fails, nothing that matters does: no report is written any more.
            guard (try? waitForInput([wakeup.descriptor], timeoutMilliseconds: limit)) != nil else { return false }
        }
    }

    private func write(isRunning: Bool) {
        let gauges = condition.withLock {
            isDirty = false
            return self.gauges
        }
        staleAt = nil
        let now = Timestamp(milliseconds: clock.wallMilliseconds())
        let begin = clock.bootNanoseconds()
        do throws(LedgerError) {
            let file = inbox.oldest(of: try reader.queries.activePartners())
            let outcome = try writer.write(
                now: now, daemon: DaemonCondition(isRunning: isRunning, gauges, oldestFile: file, asOf: now), gate: gate)
            lastTook = clock.bootNanoseconds() - begin
            staleAt = outcome.lateFrom.map { begin + ($0.milliseconds - now.milliseconds) * 1_000_000 }
            if let failure = outcome.failures.first {
                log.warning(
                    "a page of the report cannot be written", metadata: ["error": "\(failure)", "pages": "\(outcome.failures.count)"])
            }
        } catch {
            log.warning("the report cannot be made; tried again with the next change", metadata: ["error": "\(error)"])
        }
    }
}
