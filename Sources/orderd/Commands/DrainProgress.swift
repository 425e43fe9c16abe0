import Ledger
import Spool

/// Shows a person how far `orderd run --drain` has come: files with their verdict, of those that waited at its start, and what comes of them.
final class DrainProgress {
    private let bar = ProgressBar("files", total: nil)
    /// Files that had their verdict before.
    private let before: Int64
    private let waiting: Int64

    /// - Parameter taken: files that had their verdict before.
    init(_ context: CommandContext, taken: Int64) {
        before = taken
        // Where nobody watches, nothing is counted.
        guard bar.isShown, let tree = try? context.tree(), let partners = try? context.reader().queries.partners() else {
            waiting = 0
            return
        }
        waiting = Inbox.all(of: partners.filter { $0.state == "active" }.map(\.name), tree).reduce(0) { $0 + Int64($1.waiting) }
    }

    /// Called after each turn; looks at the ledger's sums ten times a second at the most.
    func show(_ session: SpoolSession) {
        guard bar.isDue, let drops = try? session.ledger.queries.dropTotals(), let counts = try? session.ledger.queries.stageCounts() else {
            return
        }
        let taken = drops.reduce(0) { $0 + $1.drops } - before
        let moving = counts.reduce(0) { $0 + ($1.stage.isStep || $1.stage == .compensate ? $1.orders : 0) }
        let done = counts.reduce(0) { $0 + ($1.stage == .done ? $1.orders : 0) }
        bar.show(taken, of: max(waiting, taken), note: "\(counted(moving, "order")) under way, \(done) done")
    }

    func end() { bar.end() }
}
