import Foundation
import Ledger
import Orders
import Spool

/// Compares a spool with its ledger.
///
/// The ledger is asked as of one moment, and files are looked at a little later: beside a daemon the two may differ for a good reason. So
/// each subject that differs, an order or a dropped file, is looked at again once the daemon has done another batch; only what differs each
/// time is reported.
final class SpoolCheck {
    /// How often what differs is looked at again.
    static let rounds = 3
    /// How long to wait for another batch.
    static let patience: Int64 = 2_000_000_000

    let context: CommandContext
    let tree: SpoolTree
    let reader: LedgerReader
    let isQuick: Bool
    /// Partners by name, and their state.
    var partners: [String: String] = [:]
    /// Subjects whose events came after what is known to be published.
    var unpublished: Set<String> = []
    var counts = CheckCounts()
    /// For people: what could not be looked at, and why.
    private(set) var notes: [String] = []

    /// What differs, by what it is about.
    enum Subject: Hashable {
        case order(OrderID)
        case drop(DropID)
        /// A file in the directory of a stage, or of an end and day.
        case file(directory: String, name: FileName)
        /// Counts of the ledger, which belong to one moment and need no second look.
        case ledger
    }

    typealias Found = [Subject: [CheckFinding]]

    init(_ context: CommandContext, tree: SpoolTree, reader: LedgerReader, isQuick: Bool) {
        self.context = context
        self.tree = tree
        self.reader = reader
        self.isQuick = isQuick
    }

    /// Looks at everything.
    ///
    /// - Returns: what is not as it must be.
    func run() throws -> [CheckFinding] {
        var (found, isClean) = try reader.snapshot { (queries) throws(LedgerError) in
            (try examine(queries), try queries.mark("stop") == "clean")
        }
        if context.isDaemonRunning() != false {
            for _ in 0..<Self.rounds where found.contains(where: { $0.key != .ledger }) {
                try waitForBatch()
                found = try again(found)
            }
        } else if !isClean {
            excuse(&found)
        }
        return found.values.flatMap { $0 }.sorted { ($0.place, $0.message) < ($1.place, $1.message) }
    }

    /// One look at all of it.
    private func examine(_ queries: Queries) throws(LedgerError) -> Found {
        counts = CheckCounts()
        partners = [:]
        for partner in try queries.partners() { partners[partner.name] = partner.state }
        unpublished = []
        for change in try queries.changes(after: try queries.cursor("publish"), limit: .max) { unpublished.insert(change.subject) }
        var found: Found = [:]
        func report(_ subject: Subject, _ findings: [CheckFinding]) {
            if !findings.isEmpty { found[subject, default: []] += findings }
        }
        report(.ledger, try countDrops(queries) + countOrders(queries) + countStock(queries))
        try examineOpenDrops(queries, report)
        try examineOrders(queries, report)
        try examineDirectories(queries, report)
        try examineReceipts(queries, report)
        return found
    }

    /// Another look at what differed.
    private func again(_ before: Found) throws -> Found {
        try reader.snapshot { (queries) throws(LedgerError) in
            var found: Found = [:]
            for (subject, findings) in before {
                let now: [CheckFinding]
                switch subject {
                case .ledger: now = findings
                case .order(let id): now = try queries.order(id).map { order throws(LedgerError) in examine(order) } ?? []
                case .drop(let id): now = try examineDrop(id, queries)
                case .file(let directory, let name): now = try examine(name, in: directory, queries)
                }
                if !now.isEmpty { found[subject] = now }
            }
            return found
        }
    }

    /// Waits until the ledger has moved on, or some time has passed.
    private func waitForBatch() throws {
        let clock = SystemClock()
        let deadline = clock.bootNanoseconds() + Self.patience
        let head = try reader.queries.head().seq
        while clock.bootNanoseconds() < deadline, try reader.queries.head().seq == head { Thread.sleep(forTimeInterval: 0.05) }
        // The batch is in the ledger; its files move next.
        Thread.sleep(forTimeInterval: 0.2)
    }

    /// After a stop that was not clean, what came last need not be in its place: the next start puts it there.
    private func excuse(_ found: inout Found) {
        for (subject, findings) in found {
            let id: String
            switch subject {
            case .order(let order): id = order.text
            case .drop(let drop): id = drop.text
            case .file(_, let name):
                guard let order = OrderID(utf8: name.bytes.prefix(30)) else { continue }
                id = order.text
            case .ledger: continue
            }
            guard unpublished.contains(id) else { continue }
            counts.excused += Int64(findings.count)
            found[subject] = nil
        }
        if counts.excused > 0 {
            notes.append(
                "the last stop was not clean; \(counted(counts.excused, "difference")) of what came last are left to the next start")
        }
    }

    /// Tells once that something could not be looked at.
    func note(_ text: String) {
        if !notes.contains(text) { notes.append(text) }
    }
}
