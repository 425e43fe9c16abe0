import Foundation

/// The thread on which calls to the outside are made and their answers taken.
///
/// A thread of their own, because whatever blocks a thread of the cooperative pool, of which there are as few as cores, would keep every
/// payment waiting.
final class CallExecutor: TaskExecutor, @unchecked Sendable {
    /// The one of this process.
    static let shared = CallExecutor()

    // Guards `jobs`.
    private let condition = NSCondition()
    private var jobs: [UnownedJob] = []

    private init() {
        let thread = Thread { [unowned self] in run() }
        thread.name = "calls"
        thread.start()
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        condition.withLock {
            jobs.append(job)
            condition.signal()
        }
    }

    private func run() {
        let executor = asUnownedTaskExecutor()
        while true {
            let batch = condition.withLock {
                while jobs.isEmpty { condition.wait() }
                defer { jobs = [] }
                return jobs
            }
            for job in batch { job.runSynchronously(on: executor) }
        }
    }
}
