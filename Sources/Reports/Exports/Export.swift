public import Ledger

/// One kind of export: a directory of `reports/exports/`, and the columns of its files, each as the view of the same name has it.
public struct Export: Sendable {
    /// The directory's name.
    public let name: String
    /// The view whose columns these are.
    public let view: SQLView
    /// The columns, in their order; only ever added, at the end.
    public let columns: [SQLView.Column]
    /// Which rows of the view belong to a day's events.
    let rows: Queries.ExportedRows

    /// Every kind.
    public static let all = [orders, lines, events]

    /// Orders, under the day on which they came to rest.
    static let orders = Export(
        "orders", "v_orders", .orders,
        [
            "seq", "order_id", "partner", "customer_id", "order_reference", "status", "reason", "charge", "currency", "minor_digits",
            "total_amount", "total_minor", "tax_minor", "shipping_minor", "discount_minor", "units", "line_count", "country", "priority",
            "placed_at", "payment_method", "accepted_at", "ended_at",
        ])

    /// The lines of these orders. Not the catalogue's name of a product: it can change, and a closed day does not.
    static let lines = Export(
        "lines", "v_lines", .lines,
        [
            "seq", "order_id", "line", "partner", "status", "product_id", "quantity", "price_minor", "amount_minor", "currency", "country",
            "accepted_at",
        ])

    /// Events, under their own day.
    static let events = Export(
        "events", "v_events", .events,
        [
            "seq", "recorded_at", "type", "subject", "partner", "step", "to_stage", "reason", "attempts", "next_attempt_at", "by_person",
            "effect",
            "effect_state", "amount_minor", "currency", "verdict",
        ])

    private init(_ name: String, _ view: String, _ rows: Queries.ExportedRows, _ columns: [String]) {
        self.name = name
        guard let found = SQLView.all.first(where: { $0.name == view }) else { preconditionFailure("there is no view \(view)") }
        self.view = found
        self.rows = rows
        self.columns = columns.map { name in
            guard let column = found.columns.first(where: { $0.name == name }) else { preconditionFailure("\(view) has no column \(name)") }
            return column
        }
    }

    /// Appends a row.
    func append(_ row: ViewRow, to csv: inout CSV) {
        for (index, column) in columns.enumerated() {
            if row.isNull(index) {
                csv.null()
            } else if column.type == "INTEGER" {
                csv.integer(row.integer(index))
            } else {
                row.withText(index) { csv.text($0) }
            }
        }
        csv.endLine()
    }
}
