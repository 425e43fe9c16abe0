/// A row of a view, for the time in which it is shown.
public struct ViewRow {
    let statement: Statement

    /// Whether a column is null.
    public func isNull(_ column: Int) -> Bool { statement.isNull(Int32(column)) }

    /// A whole number.
    public func integer(_ column: Int) -> Int64 { statement.integer(Int32(column)) }

    /// A text, without making a string of it.
    public func withText<Result>(_ column: Int, _ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
        statement.withText(Int32(column), body)
    }
}

extension Queries {
    /// Which rows of a view an export takes.
    public enum ExportedRows: Sendable {
        /// `v_events`: the events themselves.
        case events
        /// `v_orders`: orders that came to rest with one of the events.
        case orders
        /// `v_lines`: the lines of those.
        case lines
    }

    /// Rows of a view that belong to events of a range, in the order of these.
    ///
    /// - Parameters:
    ///   - rows: which view, and which of its rows.
    ///   - columns: of the view, in the order in which they are shown.
    ///   - seq: the event before the range.
    ///   - last: the range's last event.
    public func exported(
        _ rows: ExportedRows, columns: [String], after seq: Int64, through last: Int64, _ body: (ViewRow) -> Void
    ) throws(LedgerError) {
        // The events lead, in a fixed order of loops: the planner does not know how few of them end an order.
        let list = columns.map { "v.\($0)" }.joined(separator: ", ")
        let ends = """
            e.seq > ?1 AND e.seq <= ?2 AND e.kind GLOB 'order.*' AND json_extract(e.data, '$.to') IN ('done', 'cancelled', 'rejected')
            """
        let sql =
            switch rows {
            case .events: "SELECT \(list) FROM v_events v WHERE v.seq > ?1 AND v.seq <= ?2 ORDER BY v.seq"
            case .orders: "SELECT \(list) FROM events e CROSS JOIN v_orders v ON v.order_id = e.subject WHERE \(ends) ORDER BY e.seq"
            case .lines: "SELECT \(list) FROM events e CROSS JOIN v_lines v ON v.order_id = e.subject WHERE \(ends) ORDER BY e.seq, v.line"
            }
        let row = try connection.statement(sql)
        row.bind(1, seq)
        row.bind(2, last)
        defer { row.reset() }
        while try row.step() { body(ViewRow(statement: row)) }
    }
}
