/// Whether the pipeline makes progress: what the watchdog is fed for.
///
/// A turn that does not end feeds nothing, for nobody comes here then. What is looked for here is the other way of being stuck: turn after
/// turn with something left to do, and nothing done.
struct ProgressWatch {
    /// How long turns may follow each other without a commit and without a rest, in nanoseconds. Directories of millions of names that are
    /// no orders take minutes to look through.
    static let patience: Int64 = 600_000_000_000

    private var lastHead: Int64 = -1
    private var lastProgress: Int64?

    /// Notes the end of a turn.
    ///
    /// - Parameters:
    ///   - head: the number of the last event that was committed.
    ///   - hasMore: whether there is more to do at once.
    ///   - now: nanoseconds of the boot clock.
    /// - Returns: whether there has been progress within the patience.
    mutating func isMoving(head: Int64, hasMore: Bool, now: Int64) -> Bool {
        guard let last = lastProgress, head == lastHead, hasMore else {
            lastHead = head
            lastProgress = now
            return true
        }
        return now - last < Self.patience
    }
}
