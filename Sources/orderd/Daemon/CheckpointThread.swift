import Foundation
import Ledger
import Logging

/// The thread that keeps the ledger's write-ahead log short. It sleeps until it is told that the log has grown.
final class CheckpointThread: @unchecked Sendable {
    // All below is guarded by the condition, but for the checkpointer, which is the thread's.
    private let condition = NSCondition()
    private var isWanted = false
    private var isFinishing = false
    private var hasEnded = false
    private var runs = 0

    private let checkpointer: Checkpointer
    private let log: Logger

    init(path: String, log: Logger) throws(LedgerError) {
        checkpointer = try Checkpointer(path: path)
        self.log = log
        let thread = Thread { [self] in run() }
        thread.name = "checkpoint"
        thread.start()
    }

    /// Asks for a checkpoint, soon.
    func want() {
        condition.withLock {
            isWanted = true
            condition.signal()
        }
    }

    /// How many checkpoints have ended.
    var completed: Int { condition.withLock { runs } }

    /// Ends the thread.
    func finish() {
        condition.withLock {
            isFinishing = true
            condition.broadcast()
            while !hasEnded { condition.wait() }
        }
    }

    private func run() {
        while waitUntilWanted() {
            do throws(LedgerError) { try checkpointer.run() } catch {
                // The log grows on; the pipeline's own commits will meet the same fault if it matters.
                log.warning("a checkpoint of the ledger failed", metadata: ["error": "\(error)"])
            }
            condition.withLock { runs += 1 }
        }
        condition.withLock {
            hasEnded = true
            condition.broadcast()
        }
    }

    private func waitUntilWanted() -> Bool {
        condition.withLock {
            while !isWanted && !isFinishing { condition.wait() }
            isWanted = false
            return !isFinishing
        }
    }
}
