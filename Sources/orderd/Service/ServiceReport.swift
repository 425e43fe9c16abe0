import Spool

/// What the daemon tells the service manager between turns, and when: the watchdog while there is progress, the status line when it has
/// changed. It wakes the daemon as seldom as can be.
///
/// All times are nanoseconds of the boot clock.
struct ServiceReport {
    /// Between two status lines at least.
    static let statusInterval: Int64 = 5_000_000_000

    private let manager: ServiceManager
    private var progress = ProgressWatch()
    private var lastFed: Int64?
    private var lastStatus = ""
    private var nextStatus: Int64 = 0
    private var isDirty = true

    init(_ manager: ServiceManager) { self.manager = manager }

    /// The status line may be another now.
    mutating func changed() { isDirty = true }

    /// Called at the end of a turn.
    ///
    /// The watchdog is fed from a quarter of its time on, in a turn that there is anyway; ``patience(_:now:)`` sees to it that there is one
    /// by the half.
    ///
    /// - Parameter status: the status line; asked for only where it is due.
    /// - Returns: false where the pipeline is stuck, so that the watchdog is not fed.
    @discardableResult
    mutating func turnEnded(head: Int64, hasMore: Bool, now: Int64, status: () -> String) -> Bool {
        let isMoving = progress.isMoving(head: head, hasMore: hasMore, now: now)
        if isMoving, let watchdog = manager.watchdog, lastFed.map({ now - $0 >= watchdog / 4 }) ?? true {
            lastFed = now
            manager.tell(.alive)
        }
        if isDirty, now >= nextStatus {
            isDirty = false
            let text = status()
            if text != lastStatus {
                manager.tell(.status(text))
                lastStatus = text
                nextStatus = now + Self.statusInterval
            }
        }
        return isMoving
    }

    /// How long the daemon may sleep, in milliseconds, where without a service manager it could for `milliseconds` (-1 for ever).
    func patience(_ milliseconds: Int, now: Int64) -> Int {
        var deadlines: [Int64] = []
        if let watchdog = manager.watchdog { deadlines.append((lastFed ?? now) + watchdog / 2) }
        if isDirty { deadlines.append(nextStatus) }
        guard let next = deadlines.min() else { return milliseconds }
        let limit = Int(clamping: max(0, (next - now + 999_999) / 1_000_000))
        return milliseconds < 0 ? limit : min(milliseconds, limit)
    }
}
