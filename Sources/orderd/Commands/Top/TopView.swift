import Ledger
import Orders

/// What `orderd top` shows: a spool at one moment.
struct TopView {
    /// What is known of the daemon.
    enum Daemon: Equatable {
        case runs(process: Int64, since: Timestamp?)
        case none
        /// This user may not ask it.
        case unknown
    }

    /// A stage's orders, and since when the oldest of them is accepted.
    struct StageRow: Equatable {
        var name: String
        var orders: Int64
        var oldest: Timestamp?
    }

    /// A partner's files and orders.
    struct PartnerRow: Equatable {
        var name: String
        /// Files in its drop directories.
        var files = 0
        /// Orders at steps, and those that are undone.
        var moving: Int64 = 0
        var deferred: Int64 = 0
        var held: Int64 = 0
        var failed: Int64 = 0
        /// Of all times.
        var done: Int64 = 0

        /// Whether there is something to see.
        var isBusy: Bool { files > 0 || moving > 0 || deferred > 0 || held > 0 || failed > 0 }
    }

    var now: Timestamp
    var root: String
    var daemon = Daemon.unknown
    /// Events that receipts and status files do not show yet.
    var unpublished: Int64 = 0
    /// Bytes that are free in the spool's file system, and whether that is too little to take more.
    var free: Int64?
    var isDiskLow = false
    /// Calls to the payment gateway are held back.
    var isBreakerOpen = false
    var pauses: [String] = []
    /// What fires: the alert and why.
    var alerts: [String] = []
    /// What happened within so many minutes.
    var flow: [(minutes: Int64, counts: FlowCounts)] = []
    var stages: [StageRow] = []
    var partners: [PartnerRow] = []
    /// The oldest first.
    var slowest: [WaitingOrder] = []

    /// Files that wait in drop directories.
    var files: Int { partners.reduce(0) { $0 + $1.files } }
}
