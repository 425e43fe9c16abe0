import TestSupport
import Testing

@testable import Ledger

/// `docs/sql.md` says what the views have. `make pages` writes its tables.
@Suite(.serialized) struct SQLPageTests {
    @Test(arguments: SQLView.all.map(\.name))
    func thePageHasEveryColumn(name: String) throws {
        let view = try #require(SQLView.all.first { $0.name == name })
        var table = "| column | type | what |\n|---|---|---|"
        for column in view.columns {
            table += "\n| `\(column.name)` | \(column.type)\(column.isOptional ? ", may be null" : "") | \(column.meaning) |"
        }
        #expect(
            try GeneratedPage("docs/sql.md").holds(table, after: "## \(name)\n"), "docs/sql.md is not what the views have; run `make pages`"
        )
    }
}
