import Ledger
import Orders

/// Every page of a report as what its template shows, made from one moment of the ledger.
struct ReportPages {
    /// A page that is to be rendered and published.
    struct Page {
        /// Below `reports/`: `days/2026-11-29.html`.
        let path: String
        let template: String
        let fields: [String: Any]
    }

    /// Days that are listed at once; earlier ones open when they are asked for.
    private static let listedDays = 31

    let queries: Queries
    let now: Timestamp
    let settings: ReportSettings
    let daemon: DaemonCondition
    let days: [DayTotal]
    let partners: [PartnerChange]

    init(_ queries: Queries, now: Timestamp, settings: ReportSettings, daemon: DaemonCondition) throws(LedgerError) {
        self.queries = queries
        self.now = now
        self.settings = settings
        self.daemon = daemon
        days = try queries.dayTotals()
        partners = try queries.partners().filter { $0.role == "shop" }
    }

    /// The days on which something happened, the newest first.
    var dayNames: [String] { Set(days.map(\.day)).sorted(by: >) }

    /// Partners who have a page: those who ever had an order, and those who may drop some.
    var partnerNames: [String] {
        Set(days.map(\.partner)).union(partners.filter { $0.state == "active" }.map(\.name)).sorted()
    }

    private func scope(_ partner: String? = nil, base: String = "../", isInternal: Bool = true) -> ReportScope {
        ReportScope(partner: partner, now: now, settings: settings, isInternal: isInternal, base: base)
    }

    private func common(_ title: String, _ scope: ReportScope) -> [String: Any] {
        var fields: [String: Any] = [
            "title": title, "asOf": now.fields, "software": settings.software, "isInternal": scope.isInternal,
        ]
        if scope.isInternal { fields["home"] = scope.base + "index.html" }
        return fields
    }

    func index() throws(LedgerError) -> Page {
        let scope = scope(base: "")
        var fields = common("Orders", scope)
        fields.removeValue(forKey: "home")
        fields.add(try AttentionSection(queries, scope, daemon, isEmpty: days.isEmpty).fields)
        fields.add(try FlowSection(queries, scope, days: days, daemon: daemon).fields)
        fields.add(try QualitySection(queries, scope, days: days).fields)
        fields.add(try SalesSection(queries, scope, days: days).fields)
        fields.add(try RefusalSection(queries, scope).fields)
        fields["partnerPages"] = partnerNames.map { ["page": "partners/\($0).html", "name": $0] }
        let dayPages = dayNames.map { ["page": "days/\($0).html", "name": $0] }
        fields["dayPages"] = Array(dayPages.prefix(Self.listedDays))
        fields["hasOlderDays"] = dayPages.count > Self.listedDays
        fields["olderDayPages"] = Array(dayPages.dropFirst(Self.listedDays))
        fields["olderDayCount"] = number(Int64(dayPages.count - Self.listedDays))
        fields["hasPages"] = !days.isEmpty
        return Page(path: "index.html", template: "index", fields: fields)
    }

    func day(_ name: String) throws(LedgerError) -> Page? {
        guard let start = Timestamp(day: name) else { return nil }
        let scope = scope()
        var fields = common(start.dayWords, scope)
        let names = dayNames
        if let place = names.firstIndex(of: name) {
            if place > 0 { fields["next"] = ["page": "\(names[place - 1]).html", "name": names[place - 1]] }
            if place + 1 < names.count { fields["previous"] = ["page": "\(names[place + 1]).html", "name": names[place + 1]] }
        }
        fields["isToday"] = name == now.day
        let sums = days.filter { $0.day == name }
        fields["dayFigures"] = [
            ["figure": "Accepted", "value": number(sums.reduce(0) { $0 + $1.accepted })],
            ["figure": "Completed", "value": number(sums.reduce(0) { $0 + $1.completed })],
            ["figure": "Cancelled", "value": number(sums.reduce(0) { $0 + $1.cancelled })],
            ["figure": "Refused by a step", "value": number(sums.reduce(0) { $0 + $1.rejected })],
        ]
        fields.add(try FlowSection(queries, scope, days: days, day: start).fields)
        fields.add(try QualitySection(queries, scope, days: days, day: start).fields)
        fields.add(try SalesSection(queries, scope, days: days, day: start).fields)
        fields.add(try RefusalSection(queries, scope, day: start).fields)
        return Page(path: "days/\(name).html", template: "day", fields: fields)
    }

    /// - Parameter isInternal: false for the copy in the partner's own tree, which names no command and leads to no other page.
    func partner(_ name: String, isInternal: Bool = true) throws(LedgerError) -> Page {
        let scope = scope(name, isInternal: isInternal)
        let own = days.filter { $0.partner == name }
        var fields = common(shown(name), scope)
        fields.add(try AttentionSection(queries, scope, daemon, isEmpty: own.isEmpty).fields)
        fields.add(try FlowSection(queries, scope, days: own).fields)
        fields.add(try QualitySection(queries, scope, days: own).fields)
        fields.add(try SalesSection(queries, scope, days: own).fields)
        fields.add(try RefusalSection(queries, scope).fields)
        return Page(path: "partners/\(name).html", template: "partner", fields: fields)
    }

    /// Pages of orders that need a person, those that wait longest first.
    func orders(limit: Int) throws(LedgerError) -> [Page] {
        let scope = scope()
        var pages: [Page] = []
        for order in try queries.attention(limit: limit) {
            var fields = common("Order \(order.id.text)", scope)
            fields.add(try OrderPage(queries, scope, order).fields)
            pages.append(Page(path: "orders/\(order.id.text).html", template: "order", fields: fields))
        }
        return pages
    }
}

extension Dictionary where Key == String, Value == Any {
    mutating func add(_ others: [String: Any]) { merge(others) { _, new in new } }
}

extension Timestamp {
    /// The first moment of a day such as `2026-11-29`; nil for what is none.
    init?(day: String) {
        guard day.utf8.count == 10, let start = Timestamp.parse(day + "T00:00:00Z") else { return nil }
        self = start
    }
}
