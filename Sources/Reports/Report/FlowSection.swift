import Ledger
import Orders

/// What flows: orders an hour over a day, orders a day over a month, and what lies in each directory of the queue.
struct FlowSection {
    private let scope: ReportScope
    private let hours: [HourTotal]
    private let firstHour: Int64
    private let title: String
    private let days: [DayTotal]
    private let places: [Place]

    struct Place {
        let name: String
        let what: String
        let orders: Int64
        let oldest: Timestamp?
    }

    /// - Parameter day: that day alone; nil for the last twenty-four hours, a month, and the queue.
    init(_ queries: Queries, _ scope: ReportScope, days: [DayTotal], day: Timestamp? = nil, daemon: DaemonCondition? = nil)
        throws(LedgerError)
    {
        self.scope = scope
        self.days = day == nil ? days : []
        firstHour = day.map { $0.milliseconds / Timestamp.hour } ?? scope.now.milliseconds / Timestamp.hour - 23
        title = day == nil ? "Orders an hour, the last 24 hours" : "Orders an hour"
        hours = try queries.hourTotals(from: firstHour, through: firstHour + 23, partner: scope.partner)
        places = day == nil ? try Self.places(queries, scope, daemon) : []
    }

    private static func places(_ queries: Queries, _ scope: ReportScope, _ daemon: DaemonCondition?) throws(LedgerError) -> [Place] {
        var counts: [String: Int64] = [:]
        for count in try queries.stageCounts() where scope.partner == nil || count.partner == scope.partner {
            counts[count.stage.name, default: 0] += count.orders
        }
        var places: [Place] = []
        if let daemon, scope.partner == nil {
            places.append(
                Place(
                    name: "partners/*/orders", what: "dropped, not taken yet", orders: daemon.filesWaiting, oldest: daemon.oldestFile?.since
                ))
        }
        let steps = scope.settings.steps.enumerated().map { ("\($0.offset + 1)-\($0.element)", $0.element, "at the step") }
        let rests = [
            ("deferred", "deferred", "wait for their next attempt"), ("compensate", "compensate", "are being undone"),
            ("hold", "hold", "wait for a person"), ("failed", "failed", "wait for a person"),
        ]
        for (name, stage, what) in steps + rests {
            let orders = counts[stage] ?? 0
            // Of one partner the ledger does not keep the oldest apart.
            let oldest = orders > 0 && scope.partner == nil ? try queries.oldest(at: Stage(stage)) : nil
            places.append(Place(name: name, what: what, orders: orders, oldest: oldest))
        }
        return places
    }

    var fields: [String: Any] {
        var charts = [hourChart.fields]
        if !days.isEmpty || scope.partner == nil, !places.isEmpty { charts.append(dayChart.fields) }
        return [
            "flowCharts": charts, "hasPlaces": !places.isEmpty,
            "places": places.map { place -> [String: Any] in
                var item: [String: Any] = [
                    "place": place.name, "what": place.what, "depth": number(place.orders), "holds": place.orders > 0,
                ]
                if let oldest = place.oldest { item["age"] = span(max(0, scope.now.milliseconds - oldest.milliseconds)) }
                return item
            },
        ]
    }

    private var hourChart: BarChart {
        let known = Dictionary(hours.map { ($0.hour, $0) }) { first, _ in first }
        let all = (0..<24).map { firstHour + Int64($0) }
        let times = all.map { Timestamp(milliseconds: $0 * Timestamp.hour) }
        return BarChart(
            id: "hours", title: title, unit: "orders", labels: times.enumerated().map { $0.offset % 4 == 0 ? $0.element.clock : "" },
            names: times.map { "\($0.dayShort), \($0.clock)" },
            series: [
                BarChart.Series(name: "accepted", values: all.map { known[$0]?.accepted ?? 0 }),
                BarChart.Series(name: "completed", values: all.map { known[$0]?.completed ?? 0 }),
            ], axis: "Hour (UTC)")
    }

    private var dayChart: BarChart {
        var accepted: [String: Int64] = [:]
        var completed: [String: Int64] = [:]
        for day in days where scope.partner == nil || day.partner == scope.partner {
            accepted[day.day, default: 0] += day.accepted
            completed[day.day, default: 0] += day.completed
        }
        let month = scope.month
        return BarChart(
            id: "days", title: "Orders a day, the last 30 days", unit: "orders",
            labels: month.enumerated().map { $0.offset % 7 == 1 ? $0.element.dayShort : "" }, names: month.map(\.dayWords),
            series: [
                BarChart.Series(name: "accepted", values: month.map { accepted[$0.day] ?? 0 }),
                BarChart.Series(name: "completed", values: month.map { completed[$0.day] ?? 0 }),
            ], axis: "Day (UTC)")
    }
}
