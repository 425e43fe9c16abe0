import Foundation
import Orders
import Spool
import Testing

@testable import Ledger

@Suite("Finding and placing a changed byte")
struct AuditTests {
    private func told(_ tell: (Story) throws -> Void) throws -> LedgerScratch {
        let scratch = try LedgerScratch()
        let (ledger, _) = try scratch.open()
        try tell(Story(ledger))
        ledger.setMark("stop", to: "clean")
        try ledger.commit()
        try ledger.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        ledger.close()
        return scratch
    }

    @Test func anUntouchedHistoryHasNoFindings() throws {
        for batch in [1, 4, 100] { #expect(try told { try $0.tellAll(batch: batch) }.findings() == []) }
    }

    @Test func aChangedByteAtAnyPlaceOfTheJournalIsFoundInItsLine() throws {
        let scratch = try told { story in
            let id = try story.order("a")
            try story.validated(id)
        }
        let segment = try #require(try scratch.segments().first)
        let bytes = try scratch.bytes(segment)
        var line = 1
        for index in bytes.indices {
            for flip in [UInt8(1), 0x20, 0x80] {
                var changed = bytes
                changed[index] ^= flip
                try scratch.write(changed, to: segment)
                let found = try chainFault(scratch, lines: 4)
                #expect(found.contains("journal/\(segment) line \(line)"), "byte \(index) xor \(flip): \(found)")
            }
            if bytes[index] == 10 { line += 1 }
        }
        #expect(line == 5)
    }

    /// What following the chain alone says; the whole audit, which does the same and more, takes a hundred times as long.
    private func chainFault(_ scratch: LedgerScratch, lines: Int) throws -> String {
        var head = Head.origin
        let journal = Journal(directory: scratch.journal, files: SystemFiles())
        var last = ""
        do throws(LedgerError) {
            try journal.forEachLine { (segment, number, raw) throws(LedgerError) in
                last = "journal/\(segment.description) line \(number + 1): the end"
                let line = try Rebuild.checked(raw, after: head, place: "journal/\(segment.description) line \(number)")
                head = Head(seq: line.seq, at: line.at, hash: line.hash)
                return true
            }
        } catch {
            return error.message
        }
        return head.seq == lines ? "nothing" : last
    }

    @Test func theWholeAuditPlacesChangedBytesOfTheJournal() throws {
        let scratch = try told { story in
            let id = try story.order("a")
            try story.validated(id)
        }
        let segment = try #require(try scratch.segments().first)
        let bytes = try scratch.bytes(segment)
        var line = 1
        for index in bytes.indices {
            if index % 61 == 0 || bytes[index] == 10 {
                var changed = bytes
                changed[index] ^= 1
                try scratch.write(changed, to: segment)
                let found = try scratch.findings()
                #expect(found.contains { $0.place == "journal/\(segment) line \(line)" }, "byte \(index): \(found)")
            }
            if bytes[index] == 10 { line += 1 }
        }
    }

    @Test func linesCutOffTheJournalsEndAreFound() throws {
        let scratch = try told { try $0.tellAll(batch: 1) }
        let segment = try #require(try scratch.segments().last)
        let lines = String(decoding: try scratch.bytes(segment), as: UTF8.self).split(separator: "\n")
        try scratch.write(Array((lines.dropLast().joined(separator: "\n") + "\n").utf8), to: segment)
        #expect(try scratch.findings().map(\.place) == ["journal/\(segment) line \(lines.count)"])
        try FileManager.default.removeItem(atPath: scratch.root + "/journal/" + segment)
        #expect(try scratch.findings().count == 1)
        for other in try scratch.segments() { try FileManager.default.removeItem(atPath: scratch.root + "/journal/" + other) }
        #expect(try scratch.findings().map(\.place) == ["journal"])
    }

    @Test func theLastBatchMayStillBeOnItsWayWhileTheDaemonRuns() throws {
        let scratch = try LedgerScratch()
        let (ledger, _) = try scratch.open()
        ledger.setMark("stop", to: "running")
        let story = Story(ledger)
        try story.partner("acme")
        try ledger.commit()
        let segment = try #require(try scratch.segments().last)
        let before = try scratch.bytes(segment)
        try story.order("a")
        try ledger.commit()
        ledger.close()
        try scratch.write(before, to: segment)
        #expect(try scratch.findings() == [])
        // What was on disk before the last commit must be there.
        try scratch.write(Array(before.prefix { $0 != 10 }) + [10], to: segment)
        #expect(try scratch.findings().map(\.place) == ["journal/\(segment) line 2"])
    }

    @Test func aChangeInAnyColumnOfAnyTableIsFound() throws {
        let original = try told { try $0.tellAll(batch: 3) }
        for table in Schema.derived {
            for column in try original.columns(table.name) {
                let scratch = try LedgerScratch(leftBy: original)
                let changed: String
                switch column.type {
                case "INTEGER": changed = "coalesce(\(column.name), 0) + 1000000"
                case "TEXT": changed = "'x' || coalesce(\(column.name), '')"
                default: changed = "x'0102'"
                }
                try scratch.execute(
                    """
                    UPDATE \(table.name) SET \(column.name) = \(changed) WHERE (\(table.key)) = \
                    (SELECT \(table.key) FROM \(table.name) ORDER BY \(table.key) LIMIT 1 OFFSET (SELECT count(*)/2 FROM \(table.name)))
                    """)
                let found = try scratch.findings()
                #expect(
                    found.contains { $0.place.hasPrefix("ledger \(table.name), row ") && $0.place.hasSuffix("column \(column.name)") },
                    "\(table.name).\(column.name): \(found)")
            }
        }
    }

    @Test func aRowTooManyOrTooFewIsFoundInEveryTable() throws {
        let original = try told { try $0.tellAll(batch: 3) }
        for table in Schema.derived {
            let scratch = try LedgerScratch(leftBy: original)
            try scratch.execute(
                "DELETE FROM \(table.name) WHERE (\(table.key)) = (SELECT \(table.key) FROM \(table.name) ORDER BY \(table.key) DESC LIMIT 1)"
            )
            let found = try scratch.findings()
            #expect(found.contains { $0.place.hasPrefix("ledger \(table.name)") || table.name == "events" }, "\(table.name): \(found)")
            #expect(!found.isEmpty)
        }
        let scratch = try LedgerScratch(leftBy: original)
        try scratch.execute("INSERT INTO stock VALUES('zebra', 1, 0)")
        #expect(try scratch.findings().map(\.place) == ["ledger stock, row 'zebra'"])
    }

    @Test func anotherSpellingOfTheSameCharacterIsAChange() throws {
        let scratch = try told { try $0.tellAll(batch: 3) }
        try scratch.execute(
            "UPDATE lines SET product = 'cafe' || char(769) WHERE product = 'caf' || char(233) AND order_seq = (SELECT min(order_seq) FROM lines)"
        )
        #expect(try scratch.findings().map { $0.place.hasSuffix("column product") } == [true])
    }

    @Test func bytesOverwrittenInTheDatabaseFileAreFound() throws {
        let scratch = try told { try $0.tellAll(batch: 3) }
        let url = URL(fileURLWithPath: scratch.path)
        var bytes = try Array(Data(contentsOf: url))
        let text = Array("a better pen".utf8)
        let places = bytes.indices.dropLast(text.count).filter { bytes[$0] == text[0] && Array(bytes[$0..<$0 + text.count]) == text }
        for place in places { bytes[place] = UInt8(ascii: "A") }
        try Data(bytes).write(to: url)
        let found = try scratch.findings()
        #expect(found.contains { $0.place == "ledger catalogue, row 'PEN', column name" })
        #expect(found.contains { $0.place.hasPrefix("ledger events, row ") && $0.place.hasSuffix("column data") })
    }
}
