extension SpoolTree {
    /// What partners see, one chroot each.
    public static let partners = "partners"
    /// Uploads taken and not committed yet.
    public static let claimed = "claimed"
    /// Orders in work, in the directory of their next step.
    public static let queue = "queue"
    /// Completed orders, and whole dropped files, by day.
    public static let done = "done"
    /// Cancelled orders, by day.
    public static let cancelled = "cancelled"
    /// What was refused, by day.
    public static let rejected = "rejected"
    /// The journal, by day.
    public static let journal = "journal"
    /// Reports for people.
    public static let reports = "reports"
    /// Metrics for monitoring.
    public static let metrics = "metrics"
    /// The ledger, the daemon's own state, the control socket, the lock.
    public static let state = "state"

    /// Directories of `queue/` that are no step's.
    public static let restingQueues = ["compensate", "deferred", "hold", "failed"]
    /// Where a partner drops files.
    public static let dropDirectories = ["orders", "requests", "stock", "shipments", "questions"]
    /// Where a partner reads.
    public static let readDirectories = ["receipts", "status", "answers", "pick"]

    /// Where a partner drops files of one kind: `partners/acme/orders`.
    public static func dropDirectory(_ drop: String, of partner: String) -> String { "\(partners)/\(partner)/\(drop)" }

    /// Where uploads taken from a partner's drop directory lie: `claimed/acme/orders`.
    public static func claimedDirectory(_ drop: String, of partner: String) -> String { "\(claimed)/\(partner)/\(drop)" }

    /// Where a partner finds the receipts for a drop directory: `partners/acme/receipts/orders`.
    public static func receiptDirectory(_ drop: String, of partner: String) -> String { "\(partners)/\(partner)/receipts/\(drop)" }

    /// A directory that a partner reads: `partners/acme/status`.
    public static func readDirectory(_ name: String, of partner: String) -> String { "\(partners)/\(partner)/\(name)" }

    /// Where sshd's log socket lies in a partner's chroot, if it has one: `partners/acme/dev`.
    public static func logDirectory(of partner: String) -> String { "\(partners)/\(partner)/dev" }

    /// The directory of the step with this number and name: `queue/3-charge`.
    public static func stepDirectory(_ number: Int, _ name: String) -> String { "\(queue)/\(number)-\(name)" }

    /// A directory of `queue/` that is no step's: `queue/hold`.
    public static func restingDirectory(_ name: String) -> String { "\(queue)/\(name)" }
}
