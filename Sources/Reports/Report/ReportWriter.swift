public import Ledger
public import Orders
public import Spool

/// Makes `reports/`: the overview, a page for each day and each partner, and one for each order that needs a person.
///
/// Every page is static and whole in itself. Nothing is synced: after a power cut the next report makes all of it again. Not for two threads.
public final class ReportWriter {
    /// What was made.
    public struct Outcome: Sendable {
        /// Pages written.
        public var pages = 0
        /// Pages of orders that need nobody any more, removed.
        public var removed = 0
        /// What could not be published, and why.
        public var failures: [String] = []
        /// From when on something is late that is only on its way yet, if nothing happens to it: then the report would say what is not so.
        public var lateFrom: Timestamp?
    }

    /// Orders that get a page of their own: those that wait longest.
    static let orderPages = 200

    private let tree: SpoolTree
    private let reader: LedgerReader
    private let publisher: Publisher
    private let templates: ReportTemplates
    private let settings: ReportSettings
    /// Days before this one are over, and their pages are as they will stay.
    private var closedBefore: String?

    /// A writer for a spool.
    ///
    /// - Parameters:
    ///   - tree: the spool.
    ///   - reader: the ledger, for this thread alone.
    ///   - templates: what pages look like.
    ///   - settings: what a report needs to know beside the ledger.
    ///   - owner: tells its temporary files from others', where two write at one time; as of `Publisher`.
    public init(tree: SpoolTree, reader: LedgerReader, templates: ReportTemplates, settings: ReportSettings, owner: String? = nil) {
        self.tree = tree
        self.reader = reader
        self.templates = templates
        self.settings = settings
        publisher = Publisher(owner: owner, files: tree.files)
    }

    /// Writes every page that may have changed since the last call; all of them the first time.
    ///
    /// - Parameters:
    ///   - now: the moment that the report is for.
    ///   - daemon: how the daemon is.
    ///   - gate: the writer's gate, where a writer is at work in this process.
    /// - Throws: where the ledger cannot be read, or no writer has brought it up to date yet. What cannot be published is in the outcome.
    public func write(now: Timestamp, daemon: DaemonCondition, gate: CommitGate? = nil) throws(LedgerError) -> Outcome {
        var lateFrom: Int64?
        let made = try reader.snapshot(gate: gate) { (queries) throws(LedgerError) in
            guard try queries.hasSummaries() else {
                throw LedgerError(
                    .storage, "the ledger was written by an older orderd, and has no sums for reports yet",
                    hint: "start the daemon once (orderd run --drain): it fills them")
            }
            let limit = settings.targets.completed
            let first = try queries.firstUnderWay(from: Timestamp(milliseconds: now.milliseconds - limit))
            let file = daemon.oldestFile?.since
            lateFrom = [first, file].compactMap { $0.map { $0.milliseconds + limit } }.filter { $0 >= now.milliseconds }.min()
            return try gather(try ReportPages(queries, now: now, settings: settings, daemon: daemon))
        }
        // Rendered after the transaction has ended: a reader at work keeps the ledger's log from being emptied.
        var outcome = Outcome()
        outcome.lateFrom = lateFrom.map { Timestamp(milliseconds: $0 + 1) }
        for page in made.pages { publish(page, &outcome) }
        for (partner, page) in made.placed { place(page, of: partner, &outcome) }
        removeOld(keeping: Set(made.pages.map(\.path)), &outcome)
        closedBefore = now.day
        return outcome
    }

    private func gather(
        _ pages: ReportPages
    ) throws(LedgerError) -> (pages: [ReportPages.Page], placed: [(partner: String, page: ReportPages.Page)]) {
        var made = [try pages.index()]
        for name in pages.dayNames where closedBefore.map({ name >= $0 }) ?? true {
            if let page = try pages.day(name) { made.append(page) }
        }
        var placed: [(partner: String, page: ReportPages.Page)] = []
        for name in pages.partnerNames {
            made.append(try pages.partner(name))
            if settings.placesPage(name) { placed.append((name, try pages.partner(name, isInternal: false))) }
        }
        return (made + (try pages.orders(limit: Self.orderPages)), placed)
    }

    private func publish(_ page: ReportPages.Page, _ outcome: inout Outcome) {
        attempt(page.path, &outcome) { () throws(FileError) in
            let parts = page.path.split(separator: "/")
            let directory = SpoolTree.reports + parts.dropLast().map { "/" + $0 }.joined()
            guard let name = FileName(String(parts[parts.count - 1])) else { return }
            try publisher.publish(
                templates.render(page), in: try tree.directory(directory, creating: SpoolTree.sharedMode), as: name)
        }
        outcome.pages += 1
    }

    /// A partner's page in its own tree, beside its status files.
    private func place(_ page: ReportPages.Page, of partner: String, _ outcome: inout Outcome) {
        attempt("the page of \(partner)", &outcome) { () throws(FileError) in
            guard let name = FileName("report.html") else { return }
            try publisher.publish(templates.render(page), in: try tree.directory(SpoolTree.readDirectory("status", of: partner)), as: name)
        }
        outcome.pages += 1
    }

    private func removeOld(keeping pages: Set<String>, _ outcome: inout Outcome) {
        var removed = 0
        attempt("orders/", &outcome) { () throws(FileError) in
            let directory = try tree.directory(SpoolTree.reports + "/orders", creating: SpoolTree.sharedMode)
            let names = try tree.files.list(directory)
            while let batch = try names.next() {
                for entry in batch where entry.name.hasPrefix("ord_") && !pages.contains("orders/\(entry.name)") {
                    if try tree.files.removeIfPresent(in: directory, entry.name) { removed += 1 }
                }
            }
        }
        outcome.removed = removed
    }

    private func attempt(_ what: String, _ outcome: inout Outcome, _ body: () throws(FileError) -> Void) {
        do throws(FileError) { try body() } catch { outcome.failures.append("\(what): \(error)") }
    }
}
