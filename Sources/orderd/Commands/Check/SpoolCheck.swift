import Foundation
import Ledger
import Orders
import Spool

/// Compares a spool with its ledger.
///
/// The ledger is asked as of one moment, and files are looked at a little later: beside a daemon the two may differ for a good reason. So
/// each subject that differs, an order or a dropped file, is looked at again once the daemon has published what it had done by then; only
/// what differs in the same way each time is reported.
final class SpoolCheck {
    /// How often what differs in the same way is looked at again.
    static let rounds = 3
    /// How often anything is: an order on its way may differ in another way each time.
    static let mostRounds = 12
    /// How long to wait for the daemon before the next look.
    static let patience: Int64 = 2_000_000_000

    let context: CommandContext
    let tree: SpoolTree
    let reader: LedgerReader
    let isQuick: Bool
    /// Partners by name, and their state.
    var partners: [String: String] = [:]
    /// Subjects whose events came after what is known to be published.
    var unpublished: Set<String> = []
    /// Drops and orders whose receipts or status files wait to be delivered, as where a partner's directory is gone.
    var undelivered: Set<String> = []
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
            found = try whatStays(of: found)
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
        undelivered = Set(try queries.deliveries().filter { $0.follower != "pick" }.map(\.subject))
        if !undelivered.isEmpty { note("\(counted(undelivered.count, "file")) for partners cannot be delivered now; orderd tries again") }
        var found: Found = [:]
        func report(_ subject: Subject, _ findings: [CheckFinding]) {
            if !findings.isEmpty { found[subject, default: []] += findings }
        }
        report(.ledger, try countDrops(queries) + countOrders(queries) + countStock(queries))
        try examineOpenDrops(queries, report)
        try examineOrders(queries, report)
        try examineDirectories(queries, report)
        if !isQuick { try examineReceipts(queries, report) }
        return found
    }

    /// Looks again and again at what differs, and keeps what differs in the same way each time.
    private func whatStays(of first: Found) throws -> Found {
        var settled = first.filter { $0.key == .ledger }
        var open = first.filter { $0.key != .ledger }
        var sightings: [Subject: Int] = [:]
        for _ in 0..<Self.mostRounds where !open.isEmpty {
            try waitForDaemon()
            let now = try again(open.keys)
            for (subject, findings) in open {
                sightings[subject] = now[subject] == findings ? sightings[subject, default: 0] + 1 : 0
                if sightings[subject] == Self.rounds { settled[subject] = findings }
            }
            open = now.filter { settled[$0.key] == nil }
        }
        return settled
    }

    /// Another look at some of it.
    private func again(_ subjects: some Sequence<Subject>) throws -> Found {
        try reader.snapshot { (queries) throws(LedgerError) in
            var found: Found = [:]
            for subject in subjects {
                let now: [CheckFinding]
                switch subject {
                case .ledger: now = []
                case .order(let id): now = try queries.order(id).map { order throws(LedgerError) in examine(order) } ?? []
                case .drop(let id): now = try examineDrop(id, queries)
                case .file(let directory, let name): now = try examine(name, in: directory, queries)
                }
                if !now.isEmpty { found[subject] = now }
            }
            return found
        }
    }

    /// Waits until what is in the ledger now is published, which comes after its files were moved, or for some time: a daemon without work
    /// notes only with its next batch how far it has published.
    private func waitForDaemon() throws {
        let clock = SystemClock()
        let deadline = clock.bootNanoseconds() + Self.patience
        let head = try reader.queries.head().seq
        // What the next look finds newly committed must have had the time to move.
        var isPublished = false
        repeat {
            Thread.sleep(forTimeInterval: 0.1)
            isPublished = try reader.queries.cursor("publish") >= head
        } while !isPublished && clock.bootNanoseconds() < deadline
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
