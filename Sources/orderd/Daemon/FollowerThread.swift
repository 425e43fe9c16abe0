import Foundation
import Glibc
import Ledger
import Logging
import Orders
import Reports
import Spool
import Stages

/// The thread that publishes receipts, pick requests, status files, metrics and the daemon's state, so that the pipeline does not wait for
/// files that others read. It sleeps while there is nothing to publish.
final class FollowerThread: @unchecked Sendable {
    // Everything below the condition is guarded by it; `followers` belongs to the thread once it runs.
    private let condition = NSCondition()
    private var target: Int64 = 0
    private var done: Int64
    private var isFinishing = false
    private var hasEnded = true
    private var gauges: [(name: String, help: String, value: Int64)] = []
    private var failure: String?

    private let followers: Followers
    private let reader: LedgerReader
    private let inbox: Pipeline.Inbox
    private let log: Logger
    private let started: Timestamp
    private let interval: TimeInterval
    private var waiting: [Waiting] = []
    private var isDirty = true
    private var lastWritten = Date.distantPast

    private struct Waiting {
        let follower: String
        let subject: String
        var delivery: Delivery
    }

    init(
        _ reader: LedgerReader, gate: CommitGate, tree: SpoolTree, cursor: Int64, configuration: Configuration, inbox: Pipeline.Inbox,
        started: Timestamp,
        log: Logger
    ) {
        self.reader = reader
        self.inbox = inbox
        self.log = log
        self.started = started
        done = cursor
        interval = Double(configuration[Keys.Publish.metricsInterval].inMilliseconds) / 1000
        followers = Followers(
            tree: tree, reader: reader, gate: gate, cursor: cursor, warehouse: configuration[Keys.Fulfil.warehouse], sha256: sha256)
    }

    func start() {
        hasEnded = false
        let thread = Thread { [self] in run() }
        thread.name = "followers"
        thread.start()
    }

    /// Publishes up to an event; called once its files have been moved.
    func advance(to seq: Int64) {
        condition.withLock {
            target = max(target, seq)
            condition.signal()
        }
    }

    /// Takes note of numbers that only the pipeline knows; they are written with the next metrics.
    func note(_ gauges: [(name: String, help: String, value: Int64)]) {
        condition.withLock { self.gauges = gauges }
    }

    /// Whether everything up to the last event is published.
    var isCaughtUp: Bool { condition.withLock { done >= target || failure != nil } }

    /// Why publishing has stopped, where it has.
    var trouble: String? { condition.withLock { failure } }

    /// Publishes what is left, writes the last state, and ends the thread.
    ///
    /// - Returns: why not all could be published, or nil.
    func finish() -> String? {
        condition.withLock {
            isFinishing = true
            condition.broadcast()
            while !hasEnded { condition.wait() }
            return failure
        }
    }

    // MARK: On the thread

    private func run() {
        do {
            for item in try reader.queries.deliveries() {
                let delivery = Delivery(attempts: item.attempts, next: item.next, error: item.error)
                waiting.append(Waiting(follower: item.follower, subject: item.subject, delivery: delivery))
            }
            while true {
                let (head, isLast) = waitForWork()
                try publish(through: head)
                try retryDue()
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

    private func waitForWork() -> (Int64, Bool) {
        condition.withLock {
            while !isFinishing, target <= done {
                guard let deadline = nextDeadline() else {
                    condition.wait()
                    continue
                }
                if deadline <= Date() || !condition.wait(until: deadline) { break }
            }
            return (target, isFinishing && target <= done)
        }
    }

    private func nextDeadline() -> Date? {
        var deadline: Date?
        if isDirty { deadline = lastWritten.addingTimeInterval(interval) }
        for item in waiting {
            let due = Date(timeIntervalSince1970: Double(item.delivery.next.milliseconds) / 1000)
            deadline = min(deadline ?? due, due)
        }
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

    private func note(_ failed: Followers.Failure) {
        log.warning(
            "cannot publish; tried again later", metadata: ["what": "\(failed.follower) \(failed.subject)", "error": "\(failed.error)"])
        guard failed.follower != "metrics", failed.follower != "state" else { return }
        waiting.removeAll { $0.follower == failed.follower && $0.subject == failed.subject }
        let delivery = Delivery(attempts: 1, next: later(1), error: failed.error)
        waiting.append(Waiting(follower: failed.follower, subject: failed.subject, delivery: delivery))
        inbox.put(follower: failed.follower, subject: failed.subject, delivery: delivery)
    }

    /// Doubling waits from one second to ten minutes.
    private func later(_ attempts: Int) -> Timestamp {
        let wait = min(Int64(600_000), Int64(1000) << Int64(min(attempts, 20) - 1))
        return Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1000) + wait)
    }

    private func retryDue() throws {
        let now = Int64(Date().timeIntervalSince1970 * 1000)
        let due = waiting.indices.reversed().filter { waiting[$0].delivery.next.milliseconds <= now }
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
                item.delivery.next = later(item.delivery.attempts)
                waiting[index] = item
                inbox.put(follower: item.follower, subject: item.subject, delivery: item.delivery)
            }
        }
        isDirty = true
    }

    private func writeState(isLast: Bool) throws {
        guard isLast || (isDirty && Date().timeIntervalSince(lastWritten) >= interval) else { return }
        let current = condition.withLock { gauges }
        try followers.writeMetrics(gauges: current)
        try followers.writeState(
            DaemonState(
                state: isLast ? "stopped" : "running", process: getpid(), started: started,
                updated: Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1000)), software: orderdVersion, gauges: current))
        for failed in followers.takeFailures() { note(failed) }
        isDirty = false
        lastWritten = Date()
    }
}
