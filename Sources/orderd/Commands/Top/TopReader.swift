import Ledger
import Orders
import Spool
import Stages

/// Looks at a spool again and again, by reading only: the ledger without a right to write, the daemon's own state, the drop directories.
final class TopReader {
    private let context: CommandContext
    private let tree: SpoolTree
    private let reader: LedgerReader
    private let clock = SystemClock()
    private var flow = FlowWindow(length: 15 * 60_000, stretch: 1000)
    private var files: [String: Int] = [:]
    private var nextLook: Int64 = 0

    /// Minutes over which flow is counted, as uptime(1) has its load.
    static let windows: [Int64] = [1, 5, 15]
    /// Orders that are asked for; a screen shows as many as fit.
    static let slowest = 50

    init(_ context: CommandContext) throws {
        self.context = context
        tree = try context.tree()
        reader = try context.reader()
    }

    /// The spool as it is now.
    func look() throws -> TopView {
        let now = Timestamp.now
        var view = TopView(now: now, root: context.root)
        try reader.snapshot { (queries) throws(LedgerError) in
            try flow.update(queries, now: now)
            view.stages = Self.stages(try queries.ages(by: .stage, since: .accepted, bounds: [], now: now))
            view.partners = Self.partners(try queries.partners(), try queries.stageCounts())
            view.slowest = try queries.slowest(limit: Self.slowest)
            view.pauses = try queries.pauses().map { pause in
                let (what, by, reason) = (pause.pause.what, printable(pause.pause.by), printable(pause.pause.reason))
                let time = span(now.milliseconds - pause.since.milliseconds)
                return "\(what) since \(time), by \(by)" + (reason.isEmpty ? "" : ": \(reason)")
            }
        }
        view.flow = Self.windows.map { ($0, flow.sum(over: $0 * 60_000, now: now)) }
        countFiles(view.partners.map(\.name))
        for index in view.partners.indices { view.partners[index].files = files[view.partners[index].name] ?? 0 }
        view.partners.sort { left, right in
            (right.moving + Int64(right.files), left.name) < (left.moving + Int64(left.files), right.name)
        }
        view.free = (try? tree.files.freeSpace(tree.rootDescriptor)).map { Int64(clamping: $0.bytes) }
        addState(to: &view)
        let board = (try? AlertFile.read(tree)) ?? nil
        view.alerts = (board?.all ?? []).filter { $0.state == .firing }.map { alert in
            "\(alert.rule.rawValue) for \(span(now.milliseconds - alert.since.milliseconds)): \(printable(alert.message))"
        }
        return view
    }

    /// What only the daemon knows, as it last wrote it down.
    private func addState(to view: inout TopView) {
        var state: JSONValue?
        try? tree.withDirectory(SpoolTree.state) { directory throws(FileError) in
            guard let name = FileName("status.json") else { return }
            state = try tree.files.readAll(in: directory, name, limit: 1 << 20).flatMap { try? JSONValue.parse($0) }
        }
        switch context.isDaemonRunning() {
        case true?:
            let since = state?["startedAt"]?.text.flatMap { Timestamp(rfc3339: $0) }
            view.daemon = .runs(process: state?["pid"]?.integer ?? 0, since: since)
        case false?: view.daemon = .none
        case nil: view.daemon = .unknown
        }
        guard let state, view.daemon != .none else { return }
        view.unpublished = max(0, (state["lastEvent"]?.integer ?? 0) - (state["publishedEvent"]?.integer ?? 0))
        view.isDiskLow = state["orderd_disk_low"]?.integer == 1
        view.isBreakerOpen = state["orderd_payment_breaker_open"]?.integer == 1
    }

    /// Counts files, but spends no more than a tenth of the time on it: there may be a hundred thousand.
    private func countFiles(_ partners: [String]) {
        let start = clock.bootNanoseconds()
        guard start >= nextLook else { return }
        files = Inbox.all(of: partners, tree).reduce(into: [:]) { $0[$1.partner, default: 0] += $1.waiting }
        let end = clock.bootNanoseconds()
        nextLook = end + 10 * (end - start)
    }

    private static func stages(_ ages: [OrderAges]) -> [TopView.StageRow] {
        let names = Steps.standard.map(\.name) + [Stage.compensate, .deferred, .hold, .failed].map(\.name)
        let found = Dictionary(ages.map { ($0.name, $0) }) { first, _ in first }
        return (names + ages.map(\.name).filter { !names.contains($0) }).map {
            TopView.StageRow(name: $0, orders: found[$0]?.total ?? 0, oldest: found[$0]?.oldest)
        }
    }

    private static func partners(
        _ partners: [PartnerChange], _ counts: [(stage: Stage, partner: String, orders: Int64)]
    ) -> [TopView.PartnerRow] {
        var rows = Dictionary(partners.map { ($0.name, TopView.PartnerRow(name: $0.name)) }) { first, _ in first }
        for count in counts {
            var row = rows[count.partner] ?? TopView.PartnerRow(name: count.partner)
            switch count.stage {
            case .deferred: row.deferred += count.orders
            case .hold: row.held += count.orders
            case .failed: row.failed += count.orders
            case .done: row.done += count.orders
            case .cancelled, .rejected: break
            default: row.moving += count.orders
            }
            rows[count.partner] = row
        }
        // A warehouse or a reader drops nothing, and one that was removed is of interest while it has orders.
        let shops = Set(partners.filter { $0.role == "shop" && $0.state != "removed" }.map(\.name))
        return rows.values.filter { shops.contains($0.name) || $0.isBusy }
    }
}
