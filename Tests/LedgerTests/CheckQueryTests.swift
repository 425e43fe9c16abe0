import Orders
import Testing

@testable import Ledger

@Suite("What orderd check counts")
struct CheckQueryTests {
    /// A comparison of two tables that looks through the one for each row of the other takes hours where there are many.
    @Test(arguments: [Queries.unevenDropsText, Queries.unevenStockText]) func bothSidesAreLookedUp(_ text: String) throws {
        let scratch = try LedgerScratch()
        let (ledger, _) = try scratch.open()
        defer { ledger.close() }
        let row = try ledger.connection.statement("EXPLAIN QUERY PLAN " + text)
        var inner: [String] = []
        while try row.step() { if row.text(3).contains("-JOIN") { inner.append(row.text(3)) } }
        #expect(!inner.isEmpty && inner.allSatisfy { $0.hasPrefix("SEARCH") }, "\(inner)")
    }

    @Test func whatDiffersIsFoundOnEitherSide() throws {
        let scratch = try LedgerScratch()
        let (ledger, _) = try scratch.open()
        defer { ledger.close() }
        let story = Story(ledger)
        try story.partner("acme")
        let reserved = [StockCount(product: "PEN", quantity: 2)]
        try story.record(.stockSet([StockCount(product: "PEN", quantity: 9), StockCount(product: "INK", quantity: 1)], by: "uid 0"))
        for key in ["a", "b", "c"] {
            let id = try story.order(key)
            try story.validated(id)
            try story.reserved(id, reserved)
        }
        try ledger.commit()
        #expect(try ledger.queries.unevenDrops().isEmpty && ledger.queries.unevenStock().isEmpty)
        let drops = try ledger.queries.changes(after: 0, limit: .max).filter { $0.kind == "drop.judged" }
        try ledger.connection.execute(
            """
            UPDATE drops SET accepted = 2 WHERE seq = \(drops[0].seq); DELETE FROM drops WHERE seq = \(drops[1].seq);
            UPDATE stock SET reserved = 5 WHERE product = 'PEN'; UPDATE stock SET reserved = 1 WHERE product = 'INK';
            INSERT INTO reservations VALUES(999, 'CAP', 4, 'reserved')
            """)
        let uneven = try ledger.queries.unevenDrops()
        #expect(uneven.map { "\($0.id) \($0.accepted) \($0.orders)" } == ["\(drops[0].subject) 2 1", " 0 1"])
        let stock = try ledger.queries.unevenStock().map { "\($0.product) \($0.onHand) \($0.reserved) \($0.sum)" }
        #expect(stock == ["INK 1 1 0", "PEN 9 5 6", "CAP 0 0 4"])
    }
}
