import Ledger
import Orders

/// How well: what was reached in a time, beside what is aimed at.
struct QualitySection {
    private struct Row {
        let name: String
        let found: String
        let aim: String
        /// Nil where there is nothing to judge.
        let isMet: Bool?
        var note = ""
    }

    private let scope: ReportScope
    private let receipts: LatencyHistogram
    private let completions: LatencyHistogram
    private let accepted: Int64
    private let failed: Int64
    private let completed: Int64
    private let best: (day: String, orders: Int64)?
    private let daysCounted: Int64
    private let period: String
    /// A file that was answered later than this was not answered in time: whatever kept orderd from it, partners waited.
    private static let inTime: Int64 = 30_000

    /// - Parameter day: that day alone; nil for the last thirty days.
    init(_ queries: Queries, _ scope: ReportScope, days: [DayTotal], day: Timestamp? = nil) throws(LedgerError) {
        self.scope = scope
        let from = day ?? scope.monthStart
        let through = day?.day ?? scope.today
        period = day == nil ? "the last 30 days" : "this day"
        receipts = try queries.latencies(.receipt, from: from.day, through: through, partner: scope.partner)
        completions = try queries.latencies(.completed, from: from.day, through: through, partner: scope.partner)
        let firstHour = from.milliseconds / Timestamp.hour
        let lastHour = day.map { $0.milliseconds / Timestamp.hour + 23 } ?? scope.now.milliseconds / Timestamp.hour
        var sums: (accepted: Int64, failed: Int64, completed: Int64) = (0, 0, 0)
        for hour in try queries.hourTotals(from: firstHour, through: lastHour, partner: scope.partner) {
            sums.accepted += hour.accepted
            sums.failed += hour.failed
            sums.completed += hour.completed
        }
        (accepted, failed, completed) = sums
        best = scope.partner == nil ? try queries.bestMinute(from: from.day, through: through) : nil
        let first = days.map(\.day).min() ?? scope.today
        daysCounted = Int64(max(1, day == nil ? scope.month.count { $0.day >= first } : 1))
    }

    var fields: [String: Any] {
        [
            "qualityPeriod": period,
            "targets": rows.map { row -> [String: Any] in
                [
                    "name": row.name, "found": row.found, "aim": row.aim, "note": row.note,
                    "verdict": row.isMet.map { $0 ? "met" : "missed" } ?? "\u{2013}",
                    "verdictKind": row.isMet.map { $0 ? "fine" : "bad" } ?? "none",
                ]
            },
            "qualityCharts": [
                chart("receipts", "From a whole upload to its receipt", "files", receipts, scope.settings.targets.receipt).fields,
                chart("completions", "From a whole upload to a completed order", "orders", completions, scope.settings.targets.completed)
                    .fields,
            ],
        ]
    }

    private var rows: [Row] {
        let targets = scope.settings.targets
        var rows = [
            latency("Drop to receipt", receipts, targets.receipt), latency("Drop to completed", completions, targets.completed),
            Row(
                name: "Errors",
                found: accepted > 0 ? "\(percent(failed, of: accepted)) (\(number(failed)) of \(counted(accepted, "order")))" : "\u{2013}",
                aim: "under \(percent(targets.errors, of: 10_000))",
                isMet: accepted > 0 ? failed * 10_000 < accepted * targets.errors : nil,
                note: "orders that went to failed/, of those accepted"),
        ]
        let inTime = receipts.count(within: Self.inTime)
        rows.append(
            Row(
                name: "Availability",
                found: receipts.count > 0
                    ? "\(percent(inTime, of: receipts.count)) (\(number(inTime)) of \(counted(receipts.count, "file")))" : "\u{2013}",
                aim: "at least \(percent(targets.availability, of: 10_000))",
                isMet: receipts.count > 0 ? inTime * 10_000 >= receipts.count * targets.availability : nil,
                note: "files answered within \(span(Self.inTime)) of being whole, whatever was in the way"))
        if scope.partner == nil {
            rows.append(
                Row(
                    name: "Throughput", found: best.map { "\(number($0.orders)) in the best minute" } ?? "\u{2013}",
                    aim: "\(number(targets.throughput)) a minute", isMet: best.flatMap { $0.orders >= targets.throughput ? true : nil },
                    note: "what came, not what would have been possible"))
        }
        if scope.isInternal, scope.partner == nil { rows.append(cost(targets)) }
        return rows
    }

    private func latency(_ name: String, _ times: LatencyHistogram, _ target: Int64) -> Row {
        guard let half = times.percentile(0.5), let most = times.percentile(0.95), let nearlyAll = times.percentile(0.99) else {
            return Row(name: name, found: "\u{2013}", aim: "p99 within \(span(target))", isMet: nil)
        }
        return Row(
            name: name, found: "p50 \(span(half)), p95 \(span(most)), p99 \(span(nearlyAll))", aim: "p99 within \(span(target))",
            isMet: times.count(within: target) * 100 >= times.count * 99,
            note: "\(percent(times.count(within: target), of: times.count)) of \(number(times.count)) within the target")
    }

    private func cost(_ targets: ReportSettings.Targets) -> Row {
        let aim = "under \(decimalText(targets.cost / 100, digits: 2)) an order"
        guard let monthly = scope.settings.monthlyCost else {
            return Row(
                name: "Cost", found: "\u{2013}", aim: aim, isMet: nil, note: "set report.monthlyCost to what the machine costs a month")
        }
        guard completed > 0 else { return Row(name: "Cost", found: "\u{2013}", aim: aim, isMet: nil) }
        let each = monthly * daysCounted / 30 / completed
        return Row(
            name: "Cost", found: "\(decimalText(each, digits: 4)) an order", aim: aim, isMet: each < targets.cost,
            note: "report.monthlyCost for \(counted(daysCounted, "day")), over \(counted(completed, "completed order"))")
    }

    /// Bounds of the chart's columns in milliseconds: fewer than the ledger keeps, and each target is one.
    private static let bounds: [Int64] = [10, 30, 100, 300, 1000, 3000, 10_000, 30_000, 60_000, 600_000, 3_600_000]

    private func chart(_ id: String, _ title: String, _ unit: String, _ times: LatencyHistogram, _ target: Int64) -> BarChart {
        var counts = [Int64](repeating: 0, count: Self.bounds.count + 1)
        for part in times.parts { counts[Self.bounds.firstIndex { part.atMost <= $0 } ?? Self.bounds.count] += part.count }
        let labels = Self.bounds.map { "\u{2264}" + span($0) } + ["more"]
        return BarChart(
            id: id, title: title, unit: unit, labels: labels.enumerated().map { $0.offset % 2 == 1 ? $0.element : "" },
            names: labels, series: [BarChart.Series(name: unit, values: counts)],
            mark: Self.bounds.firstIndex(of: target).map { BarChart.Mark(after: $0 + 1, label: "target") }, axis: "Time taken")
    }
}
