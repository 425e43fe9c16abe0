import Foundation
import Orders
import Spool
import Testing

@testable import Ledger

@Suite("A ledger from the journal")
struct RebuildTests {
    @Test(arguments: [1, 2, 3, 100]) func everyDerivedTableComesBackEqual(_ batch: Int) throws {
        let scratch = try LedgerScratch()
        let (ledger, _) = try scratch.open()
        try Story(ledger).tellAll(batch: batch)
        ledger.close()

        let rebuilt = try LedgerScratch(leftBy: scratch)
        for suffix in ["", "-wal", "-shm"] { try FileManager.default.removeItem(atPath: rebuilt.path + suffix) }
        let end = try Rebuild.ledger(at: rebuilt.path, journal: rebuilt.journal, files: SystemFiles(), progress: { _ in })
        #expect(end.seq == ledger.head.seq && end.at == ledger.head.at)
        for table in Schema.derived {
            let rows = try scratch.rows(table.name, table.key)
            #expect(!rows.isEmpty, "the history has nothing for \(table.name)")
            #expect(try rebuilt.rows(table.name, table.key) == rows, "\(table.name)")
        }
        #expect(try rebuilt.findings() == [])

        // It opens for writing, its places win over positions of files, and the history goes on.
        let (again, opening) = try rebuilt.open()
        #expect(!opening.wasClean && opening.refilled == 0)
        try Story(again).order("after the rebuild")
        try again.commit()
        again.close()
        #expect(try rebuilt.findings() == [])
    }

    @Test func theStoryHasEveryKindOfEvent() throws {
        let scratch = try LedgerScratch()
        let (ledger, _) = try scratch.open()
        defer { ledger.close() }
        try Story(ledger).tellAll(batch: 1)
        let kinds = Set(try ledger.queries.changes(after: 0, limit: .max).map(\.kind))
        let moves = MoveKind.allCases.map { "order." + $0.rawValue }
        let others = [
            "ledger.created", "partner.changed", "catalogue.loaded", "stock.set", "paused", "resumed", "drop.judged", "drop.opened",
            "drop.slice",
            "drop.closed", "order.accepted", "effect.requested", "effect.settled",
        ]
        #expect(kinds == Set(moves + others))
    }

    @Test func stockAndStagesAddUp() throws {
        let scratch = try LedgerScratch()
        let (ledger, _) = try scratch.open()
        defer { ledger.close() }
        try Story(ledger).tellAll(batch: 2)
        let queries = ledger.queries
        // Counted to 50, two orders sold two each, counted to 40, two sold after that; one order still holds two.
        let pen = try #require(try queries.stock().first { $0.product == "PEN" })
        #expect(pen.onHand == 38 && pen.reserved == 2)
        let counted = try queries.stageCounts().reduce(into: [String: Int64]()) { $0[$1.stage.name, default: 0] += $1.orders }
        let found = try queries.orders(limit: 1000).reduce(into: [String: Int64]()) { $0[$1.stage.name, default: 0] += 1 }
        #expect(counted == found)
        let totals = try queries.dayTotals()
        #expect(totals.map(\.day).sorted() == ["2026-03-01", "2026-03-02", "2026-03-02"])
        #expect(totals.reduce(0) { $0 + $1.completed } == 2)
    }

    @Test func aBrokenChainIsRefusedWithFileAndLine() throws {
        let scratch = try LedgerScratch()
        let (ledger, _) = try scratch.open()
        try Story(ledger).tellAll(batch: 3)
        ledger.close()
        let segment = try #require(try scratch.segments().first)
        var lines = String(decoding: try scratch.bytes(segment), as: UTF8.self).split(separator: "\n").map(String.init)
        lines.remove(at: 6)
        try scratch.write(Array((lines.joined(separator: "\n") + "\n").utf8), to: segment)
        let error = #expect(throws: LedgerError.self) {
            try Rebuild.ledger(at: scratch.root + "/new.sqlite", journal: scratch.journal, files: SystemFiles(), progress: { _ in })
        }
        #expect(error?.code == .damaged)
        #expect(error?.message == "journal/\(segment) line 7: expected event 7, found 8")
    }

    @Test func aJournalWithoutEventsMakesNoLedger() throws {
        let scratch = try LedgerScratch()
        let error = #expect(throws: LedgerError.self) {
            try Rebuild.ledger(at: scratch.path, journal: scratch.journal, files: SystemFiles(), progress: { _ in })
        }
        #expect(error?.code == .missing)
    }
}
