import Foundation
import Orders
import Testing

@testable import Ledger

/// What people query with tools of their own.
@Suite("Views of the ledger")
struct SQLViewTests {
    @Test func everyViewHasTheColumnsThatItSays() throws {
        let scratch = try Self.told()
        for view in SQLView.all {
            #expect(try scratch.columns(view.name).map(\.name) == view.columns.map(\.name))
        }
    }

    @Test func everyValueIsOfItsColumnsType() throws {
        let scratch = try Self.told()
        for view in SQLView.all {
            for column in view.columns {
                var types = Set(try scratch.texts("SELECT DISTINCT typeof(\(column.name)) FROM \(view.name)"))
                // Each column was seen with a value, so that its type was.
                if column.isOptional { types.remove("null") }
                #expect(types == [column.type.lowercased()], "\(view.name).\(column.name)")
            }
        }
    }

    @Test func noViewShowsWhatIsPersonal() throws {
        let scratch = try Self.told()
        let secrets = [
            "Ann", "ann@", "example.org", "0000", "tok_visa", "anna", "uid 1000", "uid 0", "stock-taking", "gateway is down", "ch_1",
            ".json",
        ]
        // The tables do hold each of them.
        let tables = try Schema.derived.flatMap { try scratch.rows($0.name, $0.key).flatMap { $0 } }.map {
            String(decoding: $0, as: UTF8.self)
        }
        let hexadecimal = tables.filter { $0.hasPrefix("x'") }.joined()
        for secret in secrets {
            #expect(tables.contains { $0.contains(secret) } || hexadecimal.contains(Hex.text(Array(secret.utf8))), "no \(secret) to hide")
        }
        for view in SQLView.all {
            for row in try scratch.rows(view.name, "seq") {
                for value in row {
                    let text = String(decoding: value, as: UTF8.self)
                    for secret in secrets { #expect(!text.contains(secret), "\(view.name): \(text)") }
                }
            }
        }
    }

    @Test func identifiersThatArePersonalAreMasked() throws {
        let scratch = try LedgerScratch()
        let (ledger, _) = try scratch.open()
        defer { ledger.close() }
        let pairs = [
            ("17850", "17850"), ("ann@example.org", "a***@***"), ("+44 20 7946 0000", "***00"), ("(0151) 123-4567", "***67"),
            ("0151", "0151"),
            ("0012345678x", "0012345678x"), ("PO-0123456789", "PO-0123456789"), ("@", "@***@***"), ("é@x", "é***@***"),
        ]
        for (plain, masked) in pairs {
            let quoted = plain.replacingOccurrences(of: "'", with: "''")
            #expect(try scratch.texts("SELECT \(SQLView.masked("x")) FROM (SELECT '\(quoted)' AS x)") == [masked])
        }
    }

    @Test func statusAndAmountsAreThoseOfTheRecord() throws {
        let scratch = try Self.told()
        let reader = try scratch.reader()
        let orders = try reader.queries.orders(limit: 1000)
        #expect(Set(orders.map(\.status)) == Set(Status.allCases))
        let expected = orders.map { order in
            let digits = order.order.currency.digits
            return [
                order.id.text, order.status.rawValue, "\(digits)", decimalText(order.order.totalAmount, digits: digits), "\(order.created)",
                "\(order.updated)", order.day ?? "",
            ].joined(separator: "|")
        }
        let found = try scratch.texts(
            """
            SELECT order_id || '|' || status || '|' || minor_digits || '|' || total_amount || '|' || accepted_at || '|' || updated_at || '|' \
            || ifnull(ended_on, '') FROM v_orders ORDER BY seq
            """)
        #expect(found == expected)
        let active = orders.filter { $0.day == nil }.map(\.id.text)
        #expect(try scratch.texts("SELECT order_id FROM v_queue ORDER BY seq") == active)
        #expect(try scratch.texts("SELECT count(*) FROM v_events") == ["\(try reader.queries.head().seq)"])
        #expect(
            try scratch.texts("SELECT sum(amount_minor) FROM v_lines WHERE status = 'COMPLETED'")
                == scratch.texts("SELECT sum(amount) FROM product_totals"))
    }

    @Test func viewsAreMadeOnceAndAnewWhereTheyDiffer() throws {
        let scratch = try LedgerScratch()
        try scratch.open().ledger.close()
        let before = try scratch.texts("PRAGMA schema_version")
        try scratch.open().ledger.close()
        #expect(try scratch.texts("PRAGMA schema_version") == before)
        try scratch.execute(
            "DROP VIEW v_queue; DROP VIEW v_lines; CREATE VIEW v_lines AS SELECT 1 AS one; CREATE VIEW mine AS SELECT 2 AS two")
        try scratch.open().ledger.close()
        #expect(try scratch.columns("v_lines").count == SQLView.lines.columns.count)
        #expect(try scratch.columns("v_queue").count == SQLView.queue.columns.count)
        // Somebody's own view is none of ours.
        #expect(try scratch.columns("mine").map(\.name) == ["two"])
    }

    @Test(arguments: SQLView.all.map(\.name))
    func lookUpsGoByAnIndex(view: String) throws {
        let scratch = try Self.told()
        let plan = try scratch.texts("EXPLAIN QUERY PLAN SELECT * FROM \(view) WHERE seq > 7", column: 3)
        #expect(!plan.contains { $0.hasPrefix("SCAN") }, "\(plan)")
    }

    /// A ledger with everything in it, and orders with what must not be seen.
    private static func told() throws -> LedgerScratch {
        let scratch = try LedgerScratch()
        let (ledger, _) = try scratch.open()
        defer { ledger.close() }
        let story = Story(ledger)
        try story.tellAll(batch: 3)
        let currencies = ["JPY", "BHD", "CLF", "EUR"]
        for (number, code) in currencies.enumerated() {
            let id = story.newOrderID()
            let drop = try story.drop("\(code).json", results: [story.result(0, .accepted, id)])
            try story.accept(id, drop: drop, key: code) { order in
                order.currency = Currency(code) ?? .gbp
                order.customerId = number % 2 == 0 ? "ann@example.org" : "+44 20 7946 0000"
                order.orderReference = "ann@example.org"
                order.paymentMethod = "ann@example.org"
            }
        }
        let deferred = try story.order("put off")
        try story.move(deferred, .deferred, "validate", to: "deferred", next: "validate") {
            $0.attempts = 2
            $0.nextAttempt = Timestamp(milliseconds: story.now.milliseconds + 5_007)
        }
        try ledger.commit()
        return scratch
    }
}

extension LedgerScratch {
    /// One column of what a query gives, as SQLite shows it.
    func texts(_ sql: String, column: Int32 = 0) throws -> [String] {
        let connection = try Connection.open(path: path, readonly: true)
        defer { connection.close() }
        let row = try connection.statement(sql)
        var found: [String] = []
        while try row.step() { found.append(row.text(column)) }
        return found
    }
}
