import GRDBSQLite
import Orders
import Testing

@testable import Ledger

@Suite("Recording and committing")
struct LedgerCommitTests {
    @Test func whatWasCommittedIsThereAfterAReopen() throws {
        let scratch = try LedgerScratch()
        let (ledger, opening) = try scratch.open()
        #expect(opening.isNew && opening.wasClean)
        let story = Story(ledger)
        try story.partner("acme")
        let id = try story.order("a")
        try story.validated(id)
        try ledger.commit()
        ledger.close()

        let (again, reopening) = try scratch.open()
        defer { again.close() }
        #expect(!reopening.isNew && reopening.refilled == 0 && reopening.tornBytes == 0)
        let order = try #require(try again.order(id))
        #expect(order.stage == Stage("reserve") && order.status == .processing)
        #expect(try again.queries.lines(of: order) == Story.lines)
        #expect(again.head == again.committed && again.head.seq == 5)
        #expect(again.spoolID == ledger.spoolID)
    }

    @Test func whatWasNotCommittedIsInNeitherOfTheTwo() throws {
        let scratch = try LedgerScratch()
        let (ledger, _) = try scratch.open()
        let story = Story(ledger)
        let id = try story.order("a")
        #expect(ledger.hasUncommitted)
        #expect(try ledger.order(id) != nil, "the batch itself sees it")
        #expect(try scratch.reader().queries.order(id) == nil)
        #expect(try scratch.journalLines().count == 1)
        ledger.abandon()
        #expect(try ledger.order(id) == nil)
        #expect(ledger.head.seq == 1 && !ledger.hasUncommitted)

        let next = try story.order("b")
        try ledger.commit()
        #expect(try ledger.order(next) != nil)
        #expect(try scratch.journalLines().count == 3)
        ledger.close()
    }

    @Test func aLockOfAnotherProgramIsWaitedFor() throws {
        let scratch = try LedgerScratch()
        let (ledger, _) = try scratch.open()
        defer { ledger.close() }
        let other = try Connection.open(path: scratch.path, readonly: false)
        defer { other.close() }
        try other.execute("BEGIN IMMEDIATE")
        // Lets go as soon as the commit waits; a commit that does not wait never gets here.
        sqlite3_busy_handler(
            ledger.connection.handle,
            { other, _ in sqlite3_exec(other.map(OpaquePointer.init), "ROLLBACK", nil, nil, nil) == SQLITE_OK ? 1 : 0 },
            UnsafeMutableRawPointer(other.handle))
        try ledger.begin()
        let id = try Story(ledger).order("a")
        #expect(try ledger.order(id) != nil)
        try ledger.commit()
        #expect(try scratch.reader().queries.order(id) != nil)
    }

    @Test func timesOfAHistoryNeverRunBack() throws {
        let scratch = try LedgerScratch()
        let (ledger, _) = try scratch.open()
        defer { ledger.close() }
        try ledger.record(.resumed(Pause(what: "charge", by: "", reason: "")), subject: "", at: Timestamp(milliseconds: 5))
        #expect(ledger.head.at == Story.start)
    }

    @Test func eachEventIsChainedToTheOneBefore() throws {
        let scratch = try LedgerScratch()
        let (ledger, _) = try scratch.open()
        defer { ledger.close() }
        try Story(ledger).tellAll(batch: 2)
        var previous = JournalLine.origin
        var seq: Int64 = 0
        for text in try scratch.journalLines() {
            let line = try JournalLine(Array(text.utf8))
            seq += 1
            #expect(line.seq == seq)
            #expect(line.fault(after: previous, raw: Array(text.utf8)) == nil)
            previous = line.hash
        }
        #expect(seq == ledger.head.seq && previous == ledger.head.hash && seq > 70)
    }

    @Test func twoSpellingsOfOneCharacterAreTwoKeysAndTwoProducts() throws {
        let scratch = try LedgerScratch()
        let (ledger, _) = try scratch.open()
        defer { ledger.close() }
        let story = Story(ledger)
        let composed = "caf\u{e9}"
        let decomposed = "cafe\u{301}"
        try story.record(
            .stockSet([StockCount(product: composed, quantity: 5), StockCount(product: decomposed, quantity: 7)], by: "uid 0"))
        let one = try story.order(composed)
        let other = try story.order(decomposed)
        for _ in 0..<2 {
            // First as the batch remembers it, then as the tables have it.
            #expect(try ledger.order(partner: "acme", key: "k:" + composed)?.id == one)
            #expect(try ledger.order(partner: "acme", key: "k:" + decomposed)?.id == other)
            #expect(try ledger.available(composed) == 5)
            #expect(try ledger.available(decomposed) == 7)
            try ledger.commit()
        }
        #expect(try ledger.queries.stock().map(\.onHand).sorted() == [5, 7])
    }

    @Test func marksCursorsAndDeliveriesComeWithTheCommitAndLeaveNoEvent() throws {
        let scratch = try LedgerScratch()
        let (ledger, _) = try scratch.open()
        ledger.setMark("stop", to: "running")
        ledger.setCursor("publish", to: 1)
        ledger.setDelivery(follower: "receipt", subject: "drp_1", Delivery(attempts: 2, next: Story.start, error: "gone"))
        #expect(try scratch.reader().queries.cursor("publish") == 0)
        try ledger.commit()
        let queries = try scratch.reader().queries
        #expect(try queries.cursor("publish") == 1)
        #expect(try queries.mark("stop") == "running")
        #expect(try queries.deliveries().map(\.attempts) == [2])
        ledger.setDelivery(follower: "receipt", subject: "drp_1", nil)
        try ledger.commit()
        #expect(try queries.deliveries().isEmpty)
        #expect(ledger.head.seq == 1)
        ledger.close()
        #expect(try !scratch.open().opening.wasClean)
    }
}
