import Ledger
import Orders

/// What sells, currency by currency: amounts of two currencies are never added.
struct SalesSection {
    private let scope: ReportScope
    private let day: Timestamp?
    private let days: [DayTotal]
    private let products: [SalesTotal]
    private let productCount: Int64
    private let countries: [SalesTotal]
    private let customers: [CustomerTotal]

    private static let listed = 10

    /// - Parameter day: that day alone; nil for all days.
    init(_ queries: Queries, _ scope: ReportScope, days: [DayTotal], day: Timestamp? = nil) throws(LedgerError) {
        self.scope = scope
        self.day = day
        self.days = days.filter { (scope.partner == nil || $0.partner == scope.partner) && (day == nil || $0.day == day?.day) }
        // By product there is one sum over all days: one for each would be as long as all lines together.
        products = day == nil ? try queries.products(partner: scope.partner, limit: Self.listed) : []
        productCount = day == nil ? try queries.soldProducts(partner: scope.partner) : 0
        let through = day?.day ?? scope.today
        countries = try queries.countries(from: day?.day ?? ReportScope.firstDay, through: through, partner: scope.partner)
        customers = try queries.customerTotals(from: day?.day ?? scope.monthStart.day, through: through, partner: scope.partner)
    }

    var fields: [String: Any] {
        let sold = days.filter { $0.completed > 0 }
        let currencies = Set(sold.map(\.currency)).sorted()
        return [
            "currencies": currencies.map { currency in block(currency, sold.filter { $0.currency == currency }) },
            "sellsNothing": currencies.isEmpty, "customers": customerFields, "hasCustomers": !customers.isEmpty,
        ]
    }

    private func block(_ currency: String, _ days: [DayTotal]) -> [String: Any] {
        let orders = days.reduce(0) { $0 + $1.completed }
        let amount = days.reduce(0) { capped($0, $1.amount) }
        var charts: [[String: Any]] = []
        if day == nil { charts += [dayChart(currency, days).fields, unitChart(currency, days).fields] }
        let products = products.filter { $0.currency == currency }
        let countries = countries.filter { $0.currency == currency }
        var tables = [table("Country", countries, all: Int64(countries.count), of: amount)]
        if !products.isEmpty { tables.insert(table("Product", products, all: productCount, of: amount), at: 0) }
        if scope.partner == nil { tables.insert(table("Partner", partners(currency, days), all: nil, of: amount), at: tables.count - 1) }
        return [
            "currency": currency, "several": Set(self.days.filter { $0.completed > 0 }.map(\.currency)).count > 1,
            "figures": [
                ["figure": "Revenue", "value": money(amount, currency)], ["figure": "Orders", "value": number(orders)],
                ["figure": "Units", "value": number(days.reduce(0) { capped($0, $1.units) })],
                ["figure": "Average basket", "value": orders > 0 ? money(amount / orders, currency) : "\u{2013}"],
            ],
            "salesCharts": charts, "salesTables": tables,
        ]
    }

    private func capped(_ left: Int64, _ right: Int64) -> Int64 {
        let (sum, overflow) = left.addingReportingOverflow(right)
        return overflow ? .max : sum
    }

    private func dayChart(_ currency: String, _ days: [DayTotal]) -> BarChart {
        var amounts: [String: Int64] = [:]
        for day in days { amounts[day.day] = capped(amounts[day.day] ?? 0, day.amount) }
        let month = scope.month
        let step = (0..<(Currency(currency)?.digits ?? 2)).reduce(Int64(1)) { result, _ in result * 10 }
        return BarChart(
            id: "revenue-\(currency)", title: "Revenue a day in \(currency), the last 30 days", unit: currency,
            labels: month.enumerated().map { $0.offset % 7 == 1 ? $0.element.dayShort : "" }, names: month.map(\.dayWords),
            series: [BarChart.Series(name: "revenue", values: month.map { amounts[$0.day] ?? 0 })],
            text: { Reports.amount($0, currency) }, unitStep: step, axis: "Day (UTC)")
    }

    private func unitChart(_ currency: String, _ days: [DayTotal]) -> BarChart {
        var units: [String: Int64] = [:]
        for day in days { units[day.day] = capped(units[day.day] ?? 0, day.units) }
        let month = scope.month
        return BarChart(
            id: "units-\(currency)", title: "Units a day in \(currency), the last 30 days", unit: "units",
            labels: month.enumerated().map { $0.offset % 7 == 1 ? $0.element.dayShort : "" }, names: month.map(\.dayWords),
            series: [BarChart.Series(name: "units", values: month.map { units[$0.day] ?? 0 })], axis: "Day (UTC)")
    }

    private func partners(_ currency: String, _ days: [DayTotal]) -> [SalesTotal] {
        var sums: [String: (orders: Int64, units: Int64, amount: Int64)] = [:]
        for day in days {
            let sum = sums[day.partner] ?? (0, 0, 0)
            sums[day.partner] = (sum.orders + day.completed, capped(sum.units, day.units), capped(sum.amount, day.amount))
        }
        return sums.map {
            SalesTotal(
                name: $0.key, title: nil, currency: currency, orders: $0.value.orders, units: $0.value.units, amount: $0.value.amount)
        }.sorted { ($0.amount, $1.name) > ($1.amount, $0.name) }
    }

    private func table(_ head: String, _ rows: [SalesTotal], all: Int64?, of whole: Int64) -> [String: Any] {
        let most = max(1, rows.map(\.amount).max() ?? 1)
        let isProduct = head == "Product"
        var fields: [String: Any] = [
            "tableHead": head, "tableTitle": "By \(head.lowercased())", "ordersHead": isProduct ? "Lines" : "Orders",
            "tableRows": rows.prefix(Self.listed).map { row -> [String: Any] in
                var item: [String: Any] = [
                    "row": head == "Country" && row.name.isEmpty ? "not named" : shown(row.name), "rowOrders": number(row.orders),
                    "rowUnits": number(row.units), "rowAmount": amount(row.amount, row.currency),
                    "rowShare": percent(row.amount, of: whole, digits: 1),
                    "rowBar": max(1, Int(Double(row.amount) / Double(most) * 100)),
                ]
                if let title = row.title, !title.isEmpty { item["rowTitle"] = shown(title) }
                if head == "Partner", scope.isInternal { item["rowLink"] = scope.base + "partners/\(row.name).html" }
                return item
            },
        ]
        let left = (all ?? Int64(rows.count)) - Int64(min(rows.count, Self.listed))
        if left > 0 { fields["tableMore"] = "and \(number(left)) more" }
        return fields
    }

    private var customerFields: [String: Any] {
        let month = scope.month
        let known = Dictionary(customers.map { ($0.day, $0) }) { first, _ in first }
        let chart = BarChart(
            id: "customers", title: "Customers a day, the last 30 days", unit: "customers",
            labels: month.enumerated().map { $0.offset % 7 == 1 ? $0.element.dayShort : "" }, names: month.map(\.dayWords),
            series: [
                BarChart.Series(name: "new", values: month.map { known[$0.day]?.new ?? 0 }),
                BarChart.Series(name: "returning", values: month.map { known[$0.day]?.returning ?? 0 }),
            ], axis: "Day (UTC)")
        var fields: [String: Any] = [
            "newCustomers": number(customers.reduce(0) { $0 + $1.new }),
            "returningCustomers": number(customers.reduce(0) { $0 + $1.returning }),
            "customerPeriod": day == nil ? "in the last 30 days" : "on this day",
        ]
        if day == nil { fields["customerChart"] = chart.fields }
        return fields
    }
}
