import Ledger
import TestSupport
import Testing

@testable import Reports

/// `docs/exports.md` says which columns the exports have, and what makes tables of them elsewhere. `make pages` writes that.
@Suite(.serialized) struct ExportPageTests {
    private static let page = GeneratedPage("docs/exports.md")

    @Test(arguments: Export.all.map(\.name))
    func thePageHasEveryColumnOfTheExport(name: String) throws {
        let export = try #require(Export.all.first { $0.name == name })
        var table = "| column | type | what |\n|---|---|---|"
        for column in export.columns {
            table += "\n| `\(column.name)` | \(column.type)\(column.isOptional ? ", may be empty" : "") | \(column.meaning) |"
        }
        #expect(try Self.page.holds(table, after: "## \(name)\n"), "docs/exports.md is not what the exports have; run `make pages`")
    }

    @Test(arguments: ["duckdb", "athena", "spark"])
    func thePageHasTheStatementsForEveryColumn(engine: String) throws {
        let statements = Export.all.map { Self.statement($0, engine) }.joined(separator: "\n")
        let block = "-- \(engine)\n" + statements
        #expect(try Self.page.holds(block, after: "# ", until: "\n```"), "docs/exports.md is not what the exports have; run `make pages`")
    }

    private static func statement(_ export: Export, _ engine: String) -> String {
        let columns = export.columns
        switch engine {
        case "duckdb":
            let types = columns.map { "'\($0.name)': '\(type($0, text: "VARCHAR", time: "TIMESTAMPTZ", decimal: "DECIMAL(18,4)"))'" }
            return """
                CREATE VIEW \(export.name) AS SELECT * FROM read_csv('reports/exports/\(export.name)/*/part-0.csv.gz', header = true, \
                hive_partitioning = true, hive_types = {'dt': DATE}, delim = ',', quote = '"', escape = '"', nullstr = '', new_line = '\\r\\n', columns = {
                  \(types.joined(separator: ", "))});
                """
        case "athena":
            let texts = columns.map { "\($0.name) string" }.joined(separator: ", ")
            // In a table of texts a line end within a cell begins a row of its own: the end of the cell, which a partner wrote.
            let isOpen = export.name == "orders"
            let casts = columns.map { column in
                let type = type(column, text: "", time: "timestamp", decimal: "decimal(18,4)")
                switch type {
                case "": return column.name
                case "timestamp":
                    let time = "from_iso8601_timestamp(nullif(\(column.name), ''))"
                    return (isOpen ? "TRY(\(time))" : time) + " AS \(column.name)"
                default: return "\(isOpen ? "TRY_CAST" : "CAST")(nullif(\(column.name), '') AS \(type.lowercased())) AS \(column.name)"
                }
            }
            return """
                CREATE EXTERNAL TABLE \(export.name)_text (\(texts))
                  PARTITIONED BY (dt string) ROW FORMAT SERDE 'org.apache.hadoop.hive.serde2.OpenCSVSerde' WITH SERDEPROPERTIES ('escapeChar' = '\\0')
                  STORED AS TEXTFILE LOCATION 's3://BUCKET/exports/\(export.name)/' TBLPROPERTIES ('skip.header.line.count' = '1');
                MSCK REPAIR TABLE \(export.name)_text;
                CREATE VIEW \(export.name) AS SELECT \(casts.joined(separator: ", ")), CAST(dt AS date) AS dt FROM \(export.name)_text\(isOpen ? Self.whole : "");
                """
        default:
            let types = columns.map { "\($0.name) \(type($0, text: "STRING", time: "TIMESTAMP", decimal: "DECIMAL(18,4)"))" }
            return """
                CREATE TABLE \(export.name) (\(types.joined(separator: ", ")), dt DATE)
                  USING csv OPTIONS (path 'file:///var/spool/orderd/reports/exports/\(export.name)', header 'true', escape '"', multiLine 'true') PARTITIONED BY (dt);
                MSCK REPAIR TABLE \(export.name);
                """
        }
    }

    /// What only a row of orders has. With its id and its commas it is longer than the forty characters that a cell with line ends can have.
    private static let whole = " WHERE regexp_like(order_id, '^ord_[0-9a-z]{26}$') AND total_minor <> ''"

    /// What was dropped as a time can be written in more ways than a table's type knows.
    private static func type(_ column: SQLView.Column, text: String, time: String, decimal: String) -> String {
        switch column.name {
        case "total_amount": decimal
        case "recorded_at", "accepted_at", "ended_at", "next_attempt_at": time
        default: column.type == "INTEGER" ? "BIGINT" : text
        }
    }
}
