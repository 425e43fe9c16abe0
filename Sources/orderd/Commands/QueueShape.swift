import Ledger
import Orders
import Stages

/// How many orders wait where, and for how long: the table that `orderd queue` shows, as Postfix's qshape(1) does.
struct QueueShape {
    /// One row: a stage or a partner.
    struct Row {
        let name: String
        /// Orders by the time since they were accepted, one number for each of ``arrivals`` and one for all that are older.
        let arrived: [Int64]
        /// The same by the time since they last changed, for each of ``changes``.
        let changed: [Int64]

        var total: Int64 { arrived.reduce(0, +) }
    }

    /// Upper ends of ages, as the JSON names them.
    typealias Bound = (name: String, heading: String, milliseconds: Int64)

    /// Doubling, as qshape's: what comes in evenly and waits for one thing shows as a wave that moves to the right.
    static let arrivals: [Bound] = [5, 10, 20, 40, 80, 160, 320, 640, 1280].map { ("under\($0)m", "\($0)", $0 * 60_000) }

    static let changes: [Bound] = [
        ("under1m", "<1m", 60_000), ("under5m", "<5m", 300_000), ("under1h", "<1h", 3_600_000), ("under1d", "<1d", 86_400_000),
    ]

    let grouping: Grouping
    let rows: [Row]

    init(_ queries: Queries, by grouping: Grouping, now: Timestamp) throws(LedgerError) {
        let arrived = try queries.ages(by: grouping, since: .accepted, bounds: Self.arrivals.map(\.milliseconds), now: now)
        let changed = try queries.ages(by: grouping, since: .changed, bounds: Self.changes.map(\.milliseconds), now: now)
        let found = zip(arrived, changed).map { Row(name: $0.name, arrived: $0.counts, changed: $1.counts) }
        self.grouping = grouping
        switch grouping {
        case .stage: rows = Self.allStages(found)
        case .partner: rows = found.sorted { ($1.total, $0.name) < ($0.total, $1.name) }
        }
    }

    /// Every stage in the order in which orders pass them, those without orders too.
    private static func allStages(_ found: [Row]) -> [Row] {
        let names = Steps.standard.map(\.name) + [Stage.compensate, .deferred, .hold, .failed].map(\.name)
        let byName = Dictionary(found.map { ($0.name, $0) }) { first, _ in first }
        let none = Row(
            name: "", arrived: [Int64](repeating: 0, count: arrivals.count + 1), changed: [Int64](repeating: 0, count: changes.count + 1))
        return names.map { byName[$0] ?? Row(name: $0, arrived: none.arrived, changed: none.changed) }
            + found.filter { !names.contains($0.name) }
    }

    /// The table's lines. The last column counts what is older than all of the others: `1280+`, in minutes.
    func lines(_ terminal: Terminal) -> [String] {
        let headings = ["T"] + Self.arrivals.map(\.heading) + ["\(Self.arrivals.last?.heading ?? "")+"]
        var cells = [[grouping == .stage ? "STAGE" : "PARTNER"] + headings]
        let sums = rows.reduce(into: [Int64](repeating: 0, count: Self.arrivals.count + 1)) { sums, row in
            for (index, count) in row.arrived.enumerated() { sums[index] += count }
        }
        for (name, counts) in [("TOTAL", sums)] + rows.map({ ($0.name, $0.arrived) }) {
            cells.append([name, "\(counts.reduce(0, +))"] + counts.map { "\($0)" })
        }
        return zip(table(cells, rightFrom: 1, cut: [0], width: terminal.width), paints).map { terminal.paint($0, $1) }
    }

    private var paints: [Terminal.Paint?] {
        [.bold, nil]
            + rows.map { row in
                guard row.total > 0 else { return .dim }
                guard grouping == .stage else { return nil }
                switch Stage(row.name) {
                case .failed: return .red
                case .hold: return .yellow
                default: return nil
                }
            }
    }

    func write() {
        for row in rows {
            say { writer in
                writer.member("version", 1)
                writer.member("kind", grouping.rawValue)
                writer.key(grouping.rawValue)
                writer.value(row.name)
                Self.write("ages", zip(Self.changes.map(\.name) + ["older"], row.changed), &writer)
                Self.write("arrived", zip(Self.arrivals.map(\.name) + ["older"], row.arrived), &writer)
                writer.member("total", row.total)
            }
        }
    }

    private static func write(_ key: String, _ counts: some Sequence<(String, Int64)>, _ writer: inout JSONWriter) {
        writer.key(key)
        writer.beginObject()
        for (name, count) in counts {
            writer.key(name)
            writer.value(count)
        }
        writer.endObject()
    }
}
