/// A view of the ledger that people and programs may query with tools of their own, beside a running daemon: a contract, unlike the tables
/// below it. Columns are only ever added, at the end.
///
/// No column shows what the ledger keeps as personal (names, addresses, mail, phone), a payment token, or free text that a person typed.
public struct SQLView: Sendable {
    /// A column.
    public struct Column: Sendable {
        /// Its name.
        public let name: String
        /// `TEXT`, `INTEGER` or `REAL`: what a value is, where it is not null.
        public let type: String
        /// Whether it may be null.
        public let isOptional: Bool
        /// What it says, with its unit; Markdown.
        public let meaning: String
        /// How it comes from the tables.
        let expression: String

        init(_ name: String, _ type: String, isOptional: Bool = false, _ expression: String, _ meaning: String) {
            self.name = name
            self.type = type
            self.isOptional = isOptional
            self.expression = expression
            self.meaning = meaning
        }
    }

    /// Its name.
    public let name: String
    /// Its columns, in their order.
    public let columns: [Column]
    /// Tables that it reads, and which of their rows.
    let source: String

    /// Every view.
    public static let all = [orders, lines, events, queue]

    /// The statement that makes it, as SQLite keeps it.
    var text: String {
        let list = columns.map { "\n  \($0.expression) AS \($0.name)" }.joined(separator: ",")
        return "CREATE VIEW \(name) AS SELECT\(list)\nFROM \(source)"
    }
}
