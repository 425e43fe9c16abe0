import Foundation
import Orders
import Spool
import TestSupport
import Testing

@testable import Ledger

@Suite("The journal's files")
struct JournalTests {
    private func lines(_ journal: Journal) throws -> [String] {
        var found: [String] = []
        try journal.forEachLine { (segment, number, bytes) throws(LedgerError) in
            found.append("\(segment.description):\(number) \(String(decoding: bytes, as: UTF8.self))")
            return true
        }
        return found
    }

    @Test func aDayHasADirectoryOfItsOwn() throws {
        let scratch = try LedgerScratch()
        let (ledger, _) = try scratch.open()
        let story = Story(ledger)
        try story.partner("acme")
        try ledger.commit()
        story.pass(seconds: 3600)
        try story.partner("bolt")
        try ledger.commit()
        #expect(try scratch.segments() == ["2026-03-01/1.ndjson", "2026-03-02/1.ndjson"])
        ledger.close()
        #expect(try scratch.findings() == [])
        let (again, opening) = try scratch.open()
        again.close()
        #expect(opening.refilled == 0)
    }

    @Test func aFileIsFollowedByTheNextOneOfItsDayBeyondItsSize() throws {
        let scratch = try LedgerScratch()
        let journal = Journal(directory: scratch.journal, files: SystemFiles(), segmentSize: 10)
        for number in 1...12 { try journal.append(Array("line \(number)....\n".utf8), day: "2026-03-01") }
        journal.close()
        let read = try lines(journal)
        #expect(read.count == 12)
        // By number, not by name: 10 comes after 9.
        #expect(read.last == "2026-03-01/12.ndjson:1 line 12....")
        // A new start goes on in the newest file, or in the one after it.
        let next = Journal(directory: scratch.journal, files: SystemFiles(), segmentSize: 10)
        try next.append(Array("more\n".utf8), day: "2026-03-01")
        try next.append(Array("and more\n".utf8), day: "2026-03-01")
        try next.append(Array("tomorrow\n".utf8), day: "2026-03-02")
        next.close()
        #expect(
            try lines(next).suffix(3) == [
                "2026-03-01/12.ndjson:2 more", "2026-03-01/13.ndjson:1 and more", "2026-03-02/1.ndjson:1 tomorrow",
            ])
    }

    @Test func theNewestFileStaysTheNewestWhenTheClockGoesBackOverMidnight() throws {
        let scratch = try LedgerScratch()
        for day in ["2026-03-02", "2026-03-01"] {
            let journal = Journal(directory: scratch.journal, files: SystemFiles())
            try journal.append(Array("\(day)\n".utf8), day: day)
            journal.close()
        }
        #expect(try scratch.segments() == ["2026-03-02/1.ndjson"])
    }

    @Test func aJournalThatCannotBeListedIsNotWrittenTo() throws {
        let scratch = try LedgerScratch()
        let journal = Journal(directory: scratch.journal, files: SystemFiles())
        try journal.append(Array("one\n".utf8), day: "2026-03-02")
        journal.close()
        let failing = FailingCall("list")
        failing.failFromNow()
        let rigged = Journal(
            directory: scratch.journal, files: RiggedFiles { (name) throws(FileError) in try failing.before(name, code: 5) })
        #expect(throws: LedgerError.self) { try rigged.append(Array("two\n".utf8), day: "2026-03-01") }
        #expect(try scratch.segments() == ["2026-03-02/1.ndjson"])
    }

    @Test func linesAreCloudEventsWithTheirHashAndTheirPersonalPartLast() throws {
        let scratch = try LedgerScratch()
        let (ledger, _) = try scratch.open()
        try Story(ledger).tellAll(batch: 3)
        ledger.close()
        for text in try scratch.journalLines() {
            let line = try JSONValue.parse(Array(text.utf8))
            #expect(line["specversion"]?.text == "1.0")
            #expect(line["source"]?.text == "/orderd/\(ledger.spoolID)")
            #expect(line["type"]?.text?.hasPrefix("orderd.") == true)
            #expect(line["datacontenttype"]?.text == "application/json")
            #expect(line["hash"]?.text?.count == 64)
            let isAcceptance = line["type"]?.text == "orderd.order.accepted"
            #expect((line["personal"] != nil) == isAcceptance)
            #expect((line["data"]?["personalDigest"] != nil) == isAcceptance)
            // Outside the personal part nothing names a person.
            #expect(
                !String(decoding: Array(text.utf8).prefix { $0 != 0 }, as: UTF8.self).replacing(/"personal":.*/, with: "").contains("Ann"))
        }
    }

    @Test func aPersonalPartThatWasErasedInBothStillVerifies() throws {
        let scratch = try LedgerScratch()
        let (ledger, _) = try scratch.open()
        let story = Story(ledger)
        let id = try story.order("a")
        try story.order("b")
        try ledger.commit()
        ledger.setMark("stop", to: "clean")
        try ledger.commit()
        ledger.close()
        let segment = try #require(try scratch.segments().first)
        let lines = try scratch.journalLines().map { line in
            line.contains(id.text) && line.contains("order.accepted")
                ? line.replacing(/,"salt":"[0-9a-f]*","personal":".*"}$/, with: "}") : line
        }
        #expect(lines.count { $0.contains("\"personal\":") } == 1)
        try scratch.write(Array((lines.joined(separator: "\n") + "\n").utf8), to: segment)
        // In one of the two only it is a difference.
        #expect(try scratch.findings().map(\.place).contains { $0.contains("ledger events") && $0.contains("personal") })
        try scratch.execute("UPDATE events SET salt = NULL, personal = NULL WHERE subject = '\(id.text)'")
        #expect(try scratch.findings() == [])
        let rebuilt = scratch.root + "/rebuilt.sqlite"
        _ = try Rebuild.ledger(at: rebuilt, journal: scratch.journal, files: SystemFiles(), progress: { _ in })
        let reader = try LedgerReader(path: rebuilt)
        let order = try #require(try reader.queries.order(id))
        #expect(try reader.queries.document(event: order.seq) == nil)
    }
}
