import Orders
import Testing

@testable import Ledger

@Suite("What waits, and what happened lately")
struct WaitingQueryTests {
    /// Four orders at four places: reserve, deferred, hold, done. Each event is a second after the one before.
    private static func told(_ ledger: Ledger) throws -> (story: Story, ids: [OrderID]) {
        let story = Story(ledger)
        try story.partner("acme")
        try story.partner("zenith")
        let first = try story.order("a")
        try story.validated(first)
        story.pass(seconds: 600)
        let second = try story.order("b", partner: "zenith")
        try story.move(second, .deferred, "validate", to: "deferred", next: "validate") {
            $0.reason = "charge-unavailable"
            $0.attempts = 2
        }
        let third = try story.order("c")
        try story.move(third, .held, "validate", to: "hold", next: "validate") { $0.reason = "price-zero" }
        let fourth = try story.order("d")
        try story.validated(fourth)
        try story.reserved(fourth, [])
        try story.charged(fourth)
        try story.completed(fourth, [])
        try ledger.commit()
        return (story, [first, second, third, fourth])
    }

    @Test func agesAreCountedByStageAndByPartner() throws {
        let scratch = try LedgerScratch()
        let (ledger, _) = try scratch.open()
        defer { ledger.close() }
        let (story, _) = try Self.told(ledger)
        let queries = try scratch.reader().queries
        let bounds: [Int64] = [300_000, 900_000]
        let stages = try queries.ages(by: .stage, since: .accepted, bounds: bounds, now: story.now)
        #expect(stages.map(\.name) == ["deferred", "hold", "reserve"])
        #expect(stages.map(\.counts) == [[1, 0, 0], [1, 0, 0], [0, 1, 0]])
        #expect(stages.map(\.total) == [1, 1, 1])
        let partners = try queries.ages(by: .partner, since: .accepted, bounds: bounds, now: story.now)
        #expect(partners.map(\.name) == ["acme", "zenith"])
        #expect(partners.map(\.counts) == [[1, 1, 0], [1, 0, 0]])
        let changed = try queries.ages(by: .stage, since: .changed, bounds: [], now: story.now)
        #expect(changed.map(\.counts) == [[1], [1], [1]])
        #expect(try #require(changed[2].oldest?.milliseconds) == #require(stages[2].oldest?.milliseconds) + 1000)
    }

    @Test func slowestAreThoseThatWaitForOrderd() throws {
        let scratch = try LedgerScratch()
        let (ledger, _) = try scratch.open()
        defer { ledger.close() }
        let (_, ids) = try Self.told(ledger)
        let queries = try scratch.reader().queries
        let slowest = try queries.slowest(limit: 10)
        #expect(slowest.map(\.id) == [ids[0], ids[1]])
        #expect(slowest[1].reason == "charge-unavailable" && slowest[1].attempts == 2 && slowest[1].partner == "zenith")
        #expect(slowest[0].reference == "ref of a" && slowest[0].stage == Stage("reserve"))
        #expect(try queries.slowest(limit: 1).map(\.id) == [ids[0]])
    }

    /// What a look costs must not grow with the history.
    @Test func onlyOrdersUnderWayAreLookedThrough() throws {
        let scratch = try LedgerScratch()
        let (ledger, _) = try scratch.open()
        defer { ledger.close() }
        for sql in [
            "SELECT id FROM orders INDEXED BY orders_waiting WHERE day IS NULL AND stage NOT IN ('hold', 'failed') ORDER BY +seq LIMIT 9",
            "SELECT partner, count(*), min(created) FROM orders WHERE day IS NULL GROUP BY partner ORDER BY partner",
            "SELECT stage, count(*), min(created) FROM orders WHERE day IS NULL GROUP BY stage ORDER BY stage",
        ] {
            let row = try ledger.connection.statement("EXPLAIN QUERY PLAN " + sql)
            var plan: [String] = []
            while try row.step() { plan.append(row.text(3)) }
            #expect(plan.contains { $0.contains("orders_waiting") }, "\(plan)")
        }
    }

    @Test func flowCountsWhatCameSinceByTheTimeOfEvents() throws {
        let scratch = try LedgerScratch()
        let (ledger, _) = try scratch.open()
        defer { ledger.close() }
        let (story, _) = try Self.told(ledger)
        let queries = try scratch.reader().queries
        let (all, last) = try queries.flow(after: 0, stretch: 60_000, FlowTargets(completion: 5000))
        #expect(last == (try queries.head().seq))
        let sum = all.reduce(FlowCounts()) { $0 + $1.counts }
        #expect([sum.files, sum.accepted, sum.completed, sum.deferred, sum.held, sum.failed, sum.declined] == [4, 4, 1, 1, 1, 0, 0])
        #expect(sum.late == 1)
        #expect(all.map(\.stretch) == all.map(\.stretch).sorted() && all.count > 1)
        #expect(try queries.flow(after: 0, stretch: 60_000, FlowTargets(completion: 60_000)).counts.allSatisfy { $0.counts.late == 0 })
        let (nothing, same) = try queries.flow(after: last, stretch: 60_000)
        #expect(nothing.isEmpty && same == last)
        // The first order was accepted ten minutes before the rest.
        let before = try queries.lastEvent(before: Timestamp(milliseconds: story.now.milliseconds - 300_000))
        let late = try queries.flow(after: before, stretch: 60_000).counts.reduce(FlowCounts()) { $0 + $1.counts }
        #expect(late.accepted == 3)
        #expect(try queries.lastEvent(before: Timestamp(milliseconds: 0)) == 0)
        #expect(try queries.lastEvent(before: Timestamp(milliseconds: .max)) == last)
    }

    @Test func whatAPersonHeldIsNotLate() throws {
        let scratch = try LedgerScratch()
        let (ledger, _) = try scratch.open()
        defer { ledger.close() }
        let story = Story(ledger)
        try story.partner("acme")
        let id = try story.order("a")
        try story.move(id, .held, "validate", to: "hold", next: "validate") { $0.reason = "price-zero" }
        story.pass(seconds: 3600)
        try story.move(id, .released, "validate", to: "validate", next: "validate") { $0.by = "uid 0" }
        try story.validated(id)
        try story.reserved(id, [])
        try story.charged(id)
        try story.completed(id, [])
        try ledger.commit()
        let sum = try scratch.reader().queries.flow(after: 0, stretch: 1000, FlowTargets(completion: 1000)).counts.reduce(FlowCounts()) {
            $0 + $1.counts
        }
        #expect(sum.completed == 1 && sum.late == 0)
    }

    /// From the upload's end to the verdict, which is the end of the last slice of a large file.
    @Test func filesThatHadTheirVerdictLateAreCounted() throws {
        let scratch = try LedgerScratch()
        let (ledger, _) = try scratch.open()
        defer { ledger.close() }
        let story = Story(ledger)
        try story.partner("acme")
        func late(_ receipt: Int64) throws -> Int64 {
            try ledger.commit()
            let found = try scratch.reader().queries.flow(after: 0, stretch: 1000, FlowTargets(receipt: receipt)).counts
            return found.reduce(0) { $0 + $1.counts.lateFiles }
        }
        let large = story.newDropID().text
        try story.record(.dropOpened(story.facts(Array("large.ndjson".utf8), size: 90_000_000)), large)
        // The upload was whole 1.5 s before it was taken, and each event is a second after the one before.
        try story.order("a")
        #expect(try (late(2499), late(2500)) == (1, 0))
        try story.record(.dropSlice(DropSlice(number: 0, results: [], position: "17")), large)
        #expect(try late(2500) == 0)
        try story.record(.dropClosed(DropResult(verdict: .accepted, results: [], faults: [])), large)
        // Of its beginning: that event, two of the order, two of its own.
        #expect(try (late(6499), late(6500)) == (1, 0))
        #expect(try late(.max) == 0)
    }

    @Test func whereItIsNotKnownWhenAnUploadWasWholeItIsNotLate() throws {
        let scratch = try LedgerScratch()
        let (ledger, _) = try scratch.open()
        defer { ledger.close() }
        let story = Story(ledger)
        story.finishes = false
        try story.partner("acme")
        try story.order("a")
        try ledger.commit()
        let found = try scratch.reader().queries.flow(after: 0, stretch: 1000, FlowTargets(receipt: 0)).counts
        #expect(found.reduce(0) { $0 + $1.counts.lateFiles } == 0)
    }

    @Test func refusedOrdersAreCountedAndTheLastAcceptanceIsKnown() throws {
        let scratch = try LedgerScratch()
        let (ledger, _) = try scratch.open()
        defer { ledger.close() }
        let story = Story(ledger)
        try story.partner("acme")
        try ledger.commit()
        #expect(try scratch.reader().queries.lastAcceptance() == nil)
        let seq = try story.drop("a.ndjson", results: [story.result(0, .rejected), story.result(1, .rejected)])
        _ = try story.order("b")
        let accepted = story.now
        try ledger.commit()
        let queries = try scratch.reader().queries
        #expect(try queries.refused(after: 0) == (3, 2))
        #expect(try queries.refused(after: seq) == (1, 0))
        #expect(try queries.lastAcceptance() == accepted)
    }
}
