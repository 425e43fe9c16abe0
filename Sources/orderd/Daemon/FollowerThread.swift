import Foundation
import Glibc
import Ledger
import Logging
import Orders
import Reports
import Spool
import Stages

/// The thread that publishes receipts, pick requests, status files, what waits of uploads, metrics and the daemon's state, so that the pipeline
/// does not wait for files that others read. It sleeps while there is nothing to publish.
///
/// It waits by the boot clock: where somebody sets the wall clock a day back, what could not be published must not wait for a day, and
/// metrics must not stand still. (A wait on a condition goes by the wall clock.)
final class FollowerThread: @unchecked Sendable {
    // Everything below the condition is guarded by it; `followers` belongs to the thread once it runs.
    private let condition = NSCondition()
    private var target: Int64 = 0
    private var done: Int64
    private var isFinishing = false
    private var hasEnded = true
    private var gauges: [Gauge] = []
    private var hasNewGauges = false
    private var meters: Meters?
    private var failure: String?
    /// What waits of uploads, of the partners of whom that was told since the thread last looked; of each only the last word.
    private var uploadsTold: [String: WaitingUploads] = [:]

    private let uploads: UploadsFollower
    private let followers: Followers
    private let reader: LedgerReader
    private let inbox: Pipeline.Inbox
    private let log: Logger
    private let started: Timestamp
    private let clock = SystemClock()
    private let wakeup: Wakeup
    /// Between two writings of metrics, in nanoseconds.
    private let interval: Int64
    private var waiting: [Waiting] = []
    private var isDirty = true
    /// In nanoseconds of the boot clock, as all deadlines here.
    private var nextWriting: Int64 = 0

    private struct Waiting {
        let follower: String
        let subject: String
        var delivery: Delivery
        /// When it is tried again. The delivery's own time is the wall clock's, for the next start.
        var due: Int64
    }

    /// The longest wait for what could not be published, in milliseconds.
    private static let longestWait: Int64 = 600_000

    init(
        _ reader: LedgerReader, gate: CommitGate, tree: SpoolTree, cursor: Int64, configuration: Configuration, inbox: Pipeline.Inbox,
        started: Timestamp,
        log: Logger
    ) throws(FileError) {
        wakeup = try Wakeup()
        self.reader = reader
        self.inbox = inbox
        self.log = log
        self.started = started
        done = cursor
        interval = configuration[Keys.Publish.metricsInterval].inMilliseconds * 1_000_000
        followers = Followers(
            tree: tree, reader: reader, gate: gate, cursor: cursor, warehouse: configuration[Keys.Fulfil.warehouse], sha256: sha256,
            maximumPartners: configuration[Keys.Publish.metricsPartners])
        // Until the first look at what lies there: it is found at once, and looked at when it has settled.
        uploads = UploadsFollower(tree: tree, grace: (configuration[Keys.Intake.settle].inMilliseconds + 2000) * 1_000_000)
    }

    func start() {
        hasEnded = false
        let thread = Thread { [self] in run() }
        thread.name = "followers"
        thread.start()
    }

    /// Publishes up to an event; called once its files have been moved.
    func advance(to seq: Int64) {
        condition.withLock { target = max(target, seq) }
        wakeup.signal()
    }

    /// Takes note of numbers that only the pipeline knows; where one has changed, metrics are written soon.
    func note(_ gauges: [Gauge]) {
        condition.withLock {
            self.gauges = gauges
            hasNewGauges = true
        }
        wakeup.signal()
    }

    /// Takes note of what waits of a partner's uploads.
    func note(_ uploads: WaitingUploads, of partner: String) {
        condition.withLock { uploadsTold[partner] = uploads }
        wakeup.signal()
    }

    /// Takes note of what the pipeline has counted; written with what is published next.
    func note(_ meters: Meters) { condition.withLock { self.meters = meters } }

    /// Whether everything up to the last event is published.
    var isCaughtUp: Bool { condition.withLock { done >= target || failure != nil } }

    /// The last event that is published, and the last one that is to be.
    var progress: (done: Int64, target: Int64) { condition.withLock { (done, target) } }

    /// Why publishing has stopped, where it has.
    var trouble: String? { condition.withLock { failure } }

    /// Publishes what is left, writes the last state, and ends the thread.
    ///
    /// - Returns: why not all could be published, or nil.
    func finish() -> String? {
        condition.withLock {
            isFinishing = true
            wakeup.signal()
            while !hasEnded { condition.wait() }
            return failure
        }
    }

    // MARK: On the thread

    private func run() {
        do {
            for item in try reader.queries.deliveries() {
                let delivery = Delivery(attempts: item.attempts, next: item.next, error: item.error)
                // A clock that was set back since makes no wait longer than the longest.
                let wait = min(max(0, item.next.milliseconds - clock.wallMilliseconds()), Self.longestWait)
                waiting.append(
                    Waiting(
                        follower: item.follower, subject: item.subject, delivery: delivery, due: clock.bootNanoseconds() + wait * 1_000_000)
                )
            }
            while true {
                let (head, isLast) = try waitForWork()
                try publish(through: head)
                try retryDue()
                for failed in uploads.write(isLast: isLast) { warn(failed) }
                try writeState(isLast: isLast)
                if isLast { break }
            }
        } catch {
            condition.withLock { failure = "\(error)" }
            inbox.published(through: 0)
        }
        condition.withLock {
            hasEnded = true
            condition.broadcast()
        }
    }

    private func waitForWork() throws -> (Int64, Bool) {
        while true {
            wakeup.clear()
            let (head, isLast, isDue, told) = condition.withLock {
                if hasNewGauges { isDirty = true }
                hasNewGauges = false
                defer { uploadsTold = [:] }
                return (target, isFinishing && target <= done, isFinishing || target > done, uploadsTold)
            }
            for (partner, waiting) in told { uploads.note(partner, waiting) }
            let left = nextDeadline().map { $0 - clock.bootNanoseconds() }
            if isDue || (left ?? 1) <= 0 { return (head, isLast) }
            _ = try waitForInput([wakeup.descriptor], timeoutMilliseconds: left.map { Int(clamping: ($0 + 999_999) / 1_000_000) } ?? -1)
        }
    }

    private func nextDeadline() -> Int64? {
        var deadline = isDirty ? nextWriting : nil
        if let due = uploads.nextDeadline { deadline = min(deadline ?? due, due) }
        for item in waiting { deadline = min(deadline ?? item.due, item.due) }
        return deadline
    }

    private func publish(through head: Int64) throws {
        guard head > followers.cursor else { return }
        isDirty = true
        var goesOn = true
        while goesOn {
            goesOn = try followers.pass(through: head)
            for failed in followers.takeFailures() { note(failed) }
            inbox.published(through: followers.cursor)
            condition.withLock { done = followers.cursor }
        }
    }

    private func warn(_ failed: Followers.Failure) {
        log.warning(
            "cannot publish; tried again later", metadata: ["what": "\(failed.follower) \(failed.subject)", "error": "\(failed.error)"])
    }

    private func note(_ failed: Followers.Failure) {
        warn(failed)
        guard failed.follower != "metrics", failed.follower != "state" else { return }
        waiting.removeAll { $0.follower == failed.follower && $0.subject == failed.subject }
        let (next, due) = later(1)
        let delivery = Delivery(attempts: 1, next: next, error: failed.error)
        waiting.append(Waiting(follower: failed.follower, subject: failed.subject, delivery: delivery, due: due))
        inbox.put(follower: failed.follower, subject: failed.subject, delivery: delivery)
    }

    /// Doubling waits from one second to ten minutes.
    private func later(_ attempts: Int) -> (wall: Timestamp, boot: Int64) {
        let wait = min(Self.longestWait, Int64(1000) << Int64(min(attempts, 20) - 1))
        return (Timestamp(milliseconds: clock.wallMilliseconds() + wait), clock.bootNanoseconds() + wait * 1_000_000)
    }

    private func retryDue() throws {
        let now = clock.bootNanoseconds()
        let due = waiting.indices.reversed().filter { waiting[$0].due <= now }
        guard !due.isEmpty else { return }
        let isDone = try followers.retry(due.map { (waiting[$0].follower, waiting[$0].subject) })
        // From the last one on, so that what is removed shifts none that is still to come.
        for (index, isDone) in zip(due, isDone) {
            var item = waiting[index]
            if isDone {
                waiting.remove(at: index)
                inbox.put(follower: item.follower, subject: item.subject, delivery: nil)
            } else {
                item.delivery.attempts += 1
                (item.delivery.next, item.due) = later(item.delivery.attempts)
                waiting[index] = item
                inbox.put(follower: item.follower, subject: item.subject, delivery: item.delivery)
            }
        }
        isDirty = true
    }

    private func writeState(isLast: Bool) throws {
        guard isLast || (isDirty && clock.bootNanoseconds() >= nextWriting) else { return }
        let (current, meters) = condition.withLock { (gauges, self.meters) }
        try followers.writeMetrics(gauges: current, samples: meters?.samples ?? [])
        try followers.writeState(
            DaemonState(
                state: isLast ? "stopped" : "running", process: getpid(), started: started,
                updated: Timestamp(milliseconds: clock.wallMilliseconds()), software: orderdVersion, gauges: current))
        for failed in followers.takeFailures() { note(failed) }
        isDirty = false
        nextWriting = clock.bootNanoseconds() + interval
    }
}
