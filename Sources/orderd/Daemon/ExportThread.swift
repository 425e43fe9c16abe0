import Foundation
import Glibc
import Ledger
import Logging
import Orders
import Reports
import Spool

/// The thread that writes the exports now and then. It sleeps, without a timer, while nothing has happened since the last time.
///
/// It waits by the boot clock, as all threads of the daemon do: a wall clock that is set back must not stop the exports for a day.
final class ExportThread: @unchecked Sendable {
    // Everything below the condition is guarded by it, but for the exports, which are the thread's.
    private let condition = NSCondition()
    private var head: Int64 = 0
    private var isWaitingForHead = false
    private var isFinishing = false
    private var hasEnded = false

    private let exports: Exports
    private let log: Logger
    private let clock = SystemClock()
    private let wakeup: Wakeup
    /// Between two passes, in nanoseconds.
    private let interval: Int64

    /// The wait before the first pass is at most this: a daemon that is started again and again must get to it.
    private static let firstWait: Int64 = 60_000_000_000
    /// A pass may take at most one part in so many of the time.
    private static let share: Int64 = 20

    init(root: String, path: String, gate: CommitGate, interval: Int64, log: Logger) throws {
        wakeup = try Wakeup()
        // A tree of its own: what is opened and forgotten here is nobody else's.
        exports = Exports(tree: try SpoolTree(root: root, files: SystemFiles()), reader: try LedgerReader(path: path), gate: gate)
        self.interval = interval
        self.log = log
        let thread = Thread { [self] in run() }
        thread.name = "exports"
        thread.start()
    }

    /// Says that events up to this one are on record.
    func advance(to seq: Int64) {
        let wakes = condition.withLock {
            head = seq
            return isWaitingForHead
        }
        if wakes { wakeup.signal() }
    }

    /// Ends the thread; a pass at work ends after its page, and leaves what was there.
    func finish() {
        condition.withLock { isFinishing = true }
        wakeup.signal()
        condition.withLock { while !hasEnded { condition.wait() } }
    }

    private func run() {
        // On Linux this is the thread's own: what others wait for goes before what somebody reads tomorrow.
        setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, 10)
        var due = clock.bootNanoseconds() + min(interval, Self.firstWait)
        var shown: Int64 = 0
        while wait(until: due, after: shown) {
            let began = clock.bootNanoseconds()
            let wanted = condition.withLock { head }
            if pass() { shown = wanted }
            let ended = clock.bootNanoseconds()
            due = max(began + interval, ended + (ended - began) * Self.share)
        }
        condition.withLock {
            hasEnded = true
            condition.broadcast()
        }
    }

    private func pass() -> Bool {
        do throws(ExportError) {
            let summary = try exports.run(process: getpid(), isCancelled: { condition.withLock { isFinishing } })
            if summary.days > 0 {
                log.debug("exports written", metadata: ["days": "\(summary.days)", "orders": "\(summary.rows["orders"] ?? 0)"])
            }
            return true
        } catch {
            // Nobody's order waits for it: the next pass writes what this one did not.
            log.warning("the exports were not written; tried again later", metadata: ["error": "\(error)"])
            return false
        }
    }

    /// Waits until something is to be written and the time for it has come; false where the daemon ends.
    private func wait(until due: Int64, after shown: Int64) -> Bool {
        while true {
            wakeup.clear()
            let (isOver, hasNews) = condition.withLock {
                isWaitingForHead = head <= shown
                return (isFinishing, head > shown)
            }
            if isOver { return false }
            let left = due - clock.bootNanoseconds()
            if hasNews, left <= 0 { return true }
            _ = try? waitForInput([wakeup.descriptor], timeoutMilliseconds: hasNews ? Int(clamping: (left + 999_999) / 1_000_000) : -1)
        }
    }
}
