import Ledger
import Orders

/// The line that `systemctl status` shows.
struct ServiceStatus {
    /// Orders by the name of their stage; ended ones are of no interest.
    var orders: [Stage: Int64] = [:]
    /// Dropped files that were found and not taken yet.
    var files: Int64 = 0
    /// The last commit, and how many events it had. Nil before the first.
    var lastBatch: (at: Timestamp, events: Int64)?
    /// Intake stands still for lack of disk space.
    var isDiskLow = false

    /// One line, without anything that names a person.
    var text: String {
        let under = orders.filter { $0.key.isStep || $0.key == .compensate }.values.reduce(0, +)
        var parts = [under == 0 ? "no orders under way" : "\(counted(under, "order")) under way"]
        for (stage, word) in [(Stage.deferred, "deferred"), (.hold, "held"), (.failed, "failed")] {
            if let number = orders[stage], number > 0 { parts.append("\(number) \(word)") }
        }
        if files > 0 { parts.append("\(counted(files, "file")) waiting") }
        var line = parts.joined(separator: ", ")
        if isDiskLow { line = "intake is paused, the disk is nearly full; " + line }
        if let lastBatch { line += "; last batch of \(counted(lastBatch.events, "event")) at \(lastBatch.at.rfc3339)" }
        return line
    }
}
