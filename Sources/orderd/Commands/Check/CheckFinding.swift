import Ledger

/// One thing that is not as it must be.
struct CheckFinding: Hashable {
    /// Where: a path below the spool's root, or a part of the ledger.
    let place: String
    /// What was expected there, and what was found.
    let message: String
}

/// What a check has looked at.
struct CheckCounts {
    /// Files with a verdict.
    var drops: Int64 = 0
    /// Files whose last slice is not in yet.
    var open: Int64 = 0
    /// Orders of all files by verdict.
    var entries = EntryCounts()
    /// Accepted orders by stage.
    var stages: [String: Int64] = [:]
    /// Orders whose files were looked at.
    var orders: Int64 = 0
    /// Receipts that were looked at.
    var receipts: Int64 = 0
    /// Differences that the next start mends, after a stop that was not clean.
    var excused: Int64 = 0
}
