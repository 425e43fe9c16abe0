import Foundation
import Orders
import Spool
import Testing

@testable import Ledger

@Suite("Sums for reports")
struct SummaryTests {
    private let always = (from: "2026-01-01", through: "2026-12-31")

    private func told(batch: Int = 2) throws -> (scratch: LedgerScratch, ledger: Ledger) {
        let scratch = try LedgerScratch()
        let (ledger, _) = try scratch.open()
        try Story(ledger).tellAll(batch: batch)
        return (scratch, ledger)
    }

    @Test func hoursAddUpToTheDays() throws {
        let (_, ledger) = try told()
        defer { ledger.close() }
        let hours = try ledger.queries.hourTotals(from: 0, through: .max)
        let days = try ledger.queries.dayTotals()
        #expect(hours.reduce(0) { $0 + $1.accepted } == days.reduce(0) { $0 + $1.accepted })
        #expect(hours.reduce(0) { $0 + $1.completed } == days.reduce(0) { $0 + $1.completed })
        #expect(hours.reduce(0) { $0 + $1.cancelled } == 1)
        #expect(hours.reduce(0) { $0 + $1.rejected } == 1)
        #expect(hours.reduce(0) { $0 + $1.failed } == 1)
        // Two by validate and reserve, one accepted into it, one whose stock came back.
        #expect(hours.reduce(0) { $0 + $1.held } == 4)
        #expect(try ledger.queries.hourTotals(from: 0, through: .max, partner: "bolt").map(\.accepted) == [1])
    }

    @Test func salesAreThoseOfCompletedOrders() throws {
        let (_, ledger) = try told()
        defer { ledger.close() }
        let lines = Story.lines.reduce(Int64(0)) { $0 + $1.quantity * $1.price }
        let countries = try ledger.queries.countries(from: always.from, through: always.through)
        #expect(countries.map(\.name) == ["GB"] && countries.map(\.orders) == [2])
        #expect(countries.map(\.amount) == [2 * (lines + 250)])
        let products = try ledger.queries.products(limit: 10)
        #expect(products.reduce(0) { $0 + $1.amount } == 2 * lines)
        #expect(products.first { $0.name == "PEN" }?.title == "a better pen")
        #expect(try ledger.queries.products(partner: "bolt", limit: 10) == [])
        #expect(try ledger.queries.products(limit: 1).count == 1)
        #expect(try ledger.queries.soldProducts() == 3)
    }

    @Test func timesRunFromTheMomentAnUploadWasWhole() throws {
        let (_, ledger) = try told()
        defer { ledger.close() }
        let receipts = try ledger.queries.latencies(.receipt, from: always.from, through: always.through)
        // The story's files are whole one and a half seconds before they are taken; a second passes before they are judged, and more for the
        // one of several slices.
        let drops = try ledger.queries.dropTotals().reduce(0) { $0 + $1.drops }
        #expect(receipts.parts.first?.atMost == 2500 && receipts.count == drops)
        #expect(receipts.count(within: 3000) == receipts.count - 1)
        let completed = try ledger.queries.latencies(.completed, from: always.from, through: always.through)
        #expect(completed.count == 2 && completed.total > 2 * 2500)
    }

    @Test func refusalsHaveTheirFirstExampleOfTheDay() throws {
        let (_, ledger) = try told()
        defer { ledger.close() }
        let refusals = try ledger.queries.refusals(from: always.from, through: always.through, limit: 100)
        #expect(
            refusals.map { "\($0.what) \($0.code) \($0.count)" } == [
                "file syntax 1", "order key-taken 1", "order total-mismatch 1", "step payment-declined 1",
            ])
        let mismatch = try #require(refusals.first { $0.code == "total-mismatch" }).example
        #expect(mismatch.entry == 0 && mismatch.pointer == "/totalAmount" && mismatch.reference == "R-0")
        #expect(mismatch.file == Array("mixed.ndjson".utf8) && mismatch.message == "expected 3.00, found 4.00")
    }

    @Test func aCustomerIsNewOnceAndReturnsOnceADay() throws {
        let scratch = try LedgerScratch()
        let (ledger, _) = try scratch.open()
        defer { ledger.close() }
        let story = Story(ledger)
        try story.partner("acme")
        try story.record(.stockSet(Story.pieces.map { StockCount(product: $0.product, quantity: 50) }, by: "uid 0"))
        for (number, wait) in [Int64(0), 0, 86_400, 0, 86_400].enumerated() {
            story.pass(seconds: wait)
            let id = try story.order("order \(number)")
            try story.validated(id)
            try story.reserved(id, Story.pieces)
            try story.charged(id)
            try story.completed(id, Story.pieces)
            if number == 0 || number == 2 { try ledger.commit() }
        }
        try ledger.commit()
        let totals = try ledger.queries.customerTotals(from: always.from, through: always.through)
        #expect(totals.map { [$0.new, $0.returning] } == [[1, 0], [0, 1], [0, 1]])
    }

    @Test func theBestMinuteIsTheSameHoweverItIsSplit() throws {
        var found: [Int64?] = []
        for batch in [1, 2, 3, 100] {
            let (_, ledger) = try told(batch: batch)
            defer { ledger.close() }
            found.append(try ledger.queries.bestMinute(from: always.from, through: always.through)?.orders)
        }
        #expect(Set(found) == [2])
    }

    @Test func theyTellSinceWhenAPersonIsNeeded() throws {
        let scratch = try LedgerScratch()
        let (ledger, _) = try scratch.open()
        defer { ledger.close() }
        let story = Story(ledger)
        try story.partner("acme")
        let id = try story.order("one")
        try ledger.commit()
        #expect(try ledger.queries.matters() == (0, nil, nil))
        try story.move(id, .held, "validate", to: "hold", next: "validate") { $0.reason = "zero-price" }
        let begin = story.now
        let other = try story.order("two")
        try story.move(other, .failed, "validate", to: "failed", next: "validate") { $0.reason = "attempts" }
        try ledger.commit()
        #expect(try ledger.queries.matters().waiting == 2)
        #expect(try ledger.queries.matters().since == begin)
        #expect(try ledger.queries.attention(limit: 10).map(\.id) == [id, other])
        #expect(try ledger.queries.attention(partner: "bolt", limit: 10).isEmpty)
        for item in [id, other] { try story.move(item, .released, "validate", to: "validate", next: "validate") }
        try ledger.commit()
        #expect(try ledger.queries.matters().waiting == 0)
        #expect(try ledger.queries.matters().since == story.now)
        let late = try ledger.queries.late(before: story.now)
        #expect(late.map(\.count) == [2] && late.map(\.stage) == [Stage("validate")])
        #expect(try ledger.queries.late(before: begin).map(\.count) == [1])
    }

    @Test func attentionLooksAtNoOrderThatIsAtItsEnd() throws {
        let (scratch, ledger) = try told()
        defer { ledger.close() }
        let connection = try Connection.open(path: scratch.path, readonly: true)
        defer { connection.close() }
        let row = try connection.statement("EXPLAIN QUERY PLAN " + Queries.attentionText)
        var plan: [String] = []
        while try row.step() { plan.append(row.text(3)) }
        #expect(plan.first?.contains("USING INDEX orders_waiting") == true, "\(plan)")
    }

    /// A ledger as the first version left it: without the new tables, and its events without what they did not have.
    @Test func aLedgerOfTheFirstVersionIsFilledWhenItIsOpened() throws {
        let scratch = try LedgerScratch()
        let (ledger, _) = try scratch.open()
        let story = Story(ledger)
        story.finishes = false
        try story.tellAll(batch: 3)
        ledger.close()
        let expected = try Dictionary(uniqueKeysWithValues: Schema.derived.map { ($0.name, try scratch.rows($0.name, $0.key)) })
        try scratch.makeFirstVersion()
        #expect(try scratch.reader().queries.hasSummaries() == false)
        let (again, _) = try scratch.open()
        #expect(try again.queries.hasSummaries())
        again.close()
        for table in Schema.derived { #expect(try scratch.rows(table.name, table.key) == expected[table.name], "\(table.name)") }
        #expect(try scratch.findings() == [])
        let left = try FileManager.default.contentsOfDirectory(atPath: scratch.root)
        #expect(!left.contains { $0.contains("summaries") })
    }

    @Test(arguments: [(0, 1), (1, 1), (7, 8), (3000, 3000), (3001, 4000), (30_000, 30_000), (900_000_001, 1_000_000_000)])
    func everyTimeHasItsClass(_ milliseconds: Int64, _ bound: Int64) {
        #expect(LatencyBounds.atMost(milliseconds) == bound)
        #expect(LatencyBounds.all == LatencyBounds.all.sorted() && Set(LatencyBounds.all).count == LatencyBounds.all.count)
    }

    @Test func percentilesLieWithinTheirClass() {
        var histogram = LatencyHistogram()
        #expect(histogram.percentile(0.5) == nil)
        histogram.add(atMost: 10, count: 98, total: 900)
        histogram.add(atMost: 4000, count: 2, total: 7000)
        #expect(histogram.percentile(0.5) == 10)
        #expect((3001...4000).contains(histogram.percentile(0.99) ?? 0))
        #expect(histogram.count(within: 3000) == 98)
    }
}
