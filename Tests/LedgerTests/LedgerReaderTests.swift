import Foundation
import Orders
import Testing

@testable import Ledger

@Suite("Reading beside the one who writes")
struct LedgerReaderTests {
    @Test func aReaderSeesOnlyWhatIsCommitted() throws {
        let scratch = try LedgerScratch()
        let (ledger, _) = try scratch.open()
        defer { ledger.close() }
        let reader = try scratch.reader()
        let story = Story(ledger)
        let id = try story.order("a")
        #expect(try reader.queries.order(id) == nil)
        try ledger.commit()
        #expect(try reader.queries.order(id)?.stage == Stage("validate"))
        try story.validated(id)
        #expect(try reader.queries.order(id)?.stage == Stage("validate"))
    }

    @Test func aSnapshotIsOfOneMoment() throws {
        let scratch = try LedgerScratch()
        let (ledger, _) = try scratch.open()
        defer { ledger.close() }
        let story = Story(ledger)
        let id = try story.order("a")
        try ledger.commit()
        try story.validated(id)
        var heads: [Int64] = []
        try scratch.reader().snapshot { (queries) throws(LedgerError) in
            heads.append(try queries.head().seq)
            try ledger.commit()
            heads.append(try queries.head().seq)
        }
        #expect(heads == [3, 3])
        #expect(try scratch.reader().queries.head().seq == 4)
    }

    @Test func aLedgerIsReadAfterACleanCloseWithoutBeingChanged() throws {
        let scratch = try LedgerScratch()
        let (ledger, _) = try scratch.open()
        let id = try Story(ledger).order("a")
        try ledger.commit()
        ledger.close()
        // The log and its index stay: who may not make them could not read the ledger otherwise.
        #expect(FileManager.default.fileExists(atPath: scratch.path + "-wal"))
        #expect(FileManager.default.fileExists(atPath: scratch.path + "-shm"))
        #expect(try scratch.reader().queries.order(id) != nil)
    }

    @Test func aLedgerIsReadAfterItsWriterWasKilled() throws {
        let scratch = try LedgerScratch()
        let (ledger, _) = try scratch.open()
        defer { ledger.close() }
        let story = Story(ledger)
        let committed = try story.order("a")
        try ledger.commit()
        let lost = try story.order("b")
        let left = try LedgerScratch(leftBy: scratch)
        let reader = try left.reader()
        #expect(try reader.queries.order(committed) != nil)
        #expect(try reader.queries.order(lost) == nil)
        #expect(throws: LedgerError.self) { try reader.connection.execute("DELETE FROM orders") }
    }

    @Test func whatIsNoLedgerIsRefusedWithAHint() throws {
        let scratch = try LedgerScratch()
        let missing = #expect(throws: LedgerError.self) { try scratch.reader() }
        #expect(missing?.code == .missing && missing?.hint.contains("orderd init") == true)
        try Data("no database, but long enough that it could be taken for the head of one, says the test".utf8)
            .write(to: URL(fileURLWithPath: scratch.path))
        let damaged = #expect(throws: LedgerError.self) { try scratch.reader() }
        #expect(damaged?.code == .damaged && damaged?.hint.contains("orderd rebuild") == true)
    }
}
