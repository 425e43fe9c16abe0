import Foundation
import Glibc
import Ledger
import Orders
import Spool
import Testing

@testable import Reports

/// Files for analytics.
@Suite("Exports")
struct ExportTests {
    @Test func anOrderStandsUnderTheDayOnWhichItCameToRest() throws {
        let rig = try ExportRig()
        let early = try rig.order("early", ends: true)
        let late = try rig.order("late", ends: false)
        try rig.passDay()
        try rig.end(late)
        let summary = try rig.export()
        #expect(summary == Exports.Summary(days: 2, closed: 0, rows: ["orders": 2, "lines": 4, "events": try rig.head()]))
        let days = try rig.days("orders")
        #expect(days.count == 2)
        #expect(try rig.rows("orders", days[0]).map { $0[1] } == [early.text])
        #expect(try rig.rows("orders", days[1]).map { $0[1] } == [late.text])
        #expect(try rig.rows("lines", days[1]).map { $0[1] } == [late.text, late.text])
        let events = try days.map { try rig.rows("events", $0) }
        #expect(events.joined().map { $0[0] } == (1...(try rig.head())).map { "\($0)" })
        for (day, rows) in zip(days, events) { #expect(rows.allSatisfy { $0[1].hasPrefix(day) }) }
        // The first day is closed, for the second has begun.
        #expect(rig.isClosed("orders", days[0]) && rig.isClosed("lines", days[0]) && rig.isClosed("events", days[0]))
        #expect(!rig.isClosed("orders", days[1]))
    }

    @Test func aClosedDayIsNotWrittenAgainAndTheOpenOneIsReplaced() throws {
        let rig = try ExportRig()
        try rig.order("a", ends: true)
        try rig.export()
        try rig.order("b", ends: true)
        #expect(try rig.export().days == 1)
        let first = try #require(try rig.days("orders").first)
        #expect(try rig.rows("orders", first).count == 2)
        try rig.passDay()
        try rig.order("c", ends: true)
        #expect(try rig.export().days == 2, "the first day for the last time")
        let written = try rig.inode("orders", first)
        try rig.order("d", ends: true)
        #expect(try rig.export().days == 1)
        // Another process knows it from the marks.
        #expect(try rig.exportAnew() == Exports.Summary(days: 1, closed: 1, rows: ["orders": 2, "lines": 4, "events": 8]))
        #expect(try rig.inode("orders", first) == written)
    }

    @Test func whatWasTakenAwayComesBackTheSame() throws {
        let rig = try ExportRig()
        for number in 0..<50 { try rig.order("o\(number)", ends: number % 3 != 0) }
        try rig.passDay()
        try rig.order("last", ends: true)
        try rig.export()
        let day = try #require(try rig.days("lines").first)
        let before = try Export.all.map { try rig.bytes($0.name, day) }
        try FileManager.default.removeItem(atPath: rig.path("lines", day))
        #expect(try rig.exportAnew().days == 2)
        #expect(try Export.all.map { try rig.bytes($0.name, day) } == before)
        #expect(before.allSatisfy { $0.starts(with: [0x1f, 0x8b, 8, 0, 0, 0, 0, 0]) }, "gzip without a time and a name")
        #expect(rig.isClosed("lines", day))
    }

    @Test func nothingIsWrittenWhereNothingHappened() throws {
        let rig = try ExportRig()
        try rig.order("a", ends: true)
        #expect(try rig.export().days == 1)
        #expect(try rig.export() == Exports.Summary())
    }

    @Test func aPassThatIsCancelledLeavesWhatWasThere() throws {
        let rig = try ExportRig()
        try rig.order("a", ends: true)
        try rig.export()
        let day = try #require(try rig.days("orders").first)
        let before = try rig.bytes("orders", day)
        try rig.order("b", ends: true)
        #expect(try rig.exports.run(process: 1, isCancelled: { true }).days == 0)
        #expect(try rig.bytes("orders", day) == before)
        #expect(try rig.names("orders", day) == ["part-0.csv.gz"], "no draft is left")
        #expect(try rig.export().days == 1)
    }

    @Test func twoDoNotWriteAtOnce() throws {
        let rig = try ExportRig()
        try rig.order("a", ends: true)
        try rig.export()
        let directory = try rig.rig.tree.directory("reports/exports")
        let lock = try SpoolLock.take(stateDirectory: directory, process: 77, files: SystemFiles())
        try rig.order("b", ends: true)
        let error = #expect(throws: ExportError.self) { try rig.export() }
        #expect(error?.description.contains("pid=77") == true)
        lock.release()
        #expect(try rig.export().days == 1)
    }

    @Test func whatIsNotInTheJournalIsNotExported() throws {
        let rig = try ExportRig()
        try rig.order("a", ends: true)
        try rig.export()
        try rig.order("b", ends: true, commits: false)
        #expect(try rig.export() == Exports.Summary())
    }

    // MARK: Cells

    @Test(arguments: [
        "=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "\nx", " =1", "\u{a0}=1", "\u{3000}@x", "\u{200b}=1", "\u{feff}+1", "＝1", "'=1",
        "''=1", "' =1",
        "'\t",
    ])
    func aFormulaIsMadeHarmless(text: String) throws {
        var csv = CSV()
        csv.text(text.utf8)
        let cell = String(decoding: csv.bytes, as: UTF8.self)
        let value = try #require(ExportRig.cells(cell + "\r\n").first?.first)
        #expect(value == "'" + text)
        #expect(CSV.isFormula(value.utf8), "who takes one apostrophe off such a cell has the text again")
    }

    @Test(arguments: [
        "", "a", "a=1", "1-2", "it's", "'tis", "'", "x@y", "é=", "🛒", "0", "caf\u{e9}", " a", "a ", "a,b", "say \"hi\"", "two\r\nlines",
        "a\tb",
    ])
    func anyOtherTextStaysAsItIs(text: String) throws {
        var csv = CSV()
        csv.text(text.utf8)
        csv.integer(-5)
        csv.null()
        csv.endLine()
        #expect(ExportRig.cells(String(decoding: csv.bytes, as: UTF8.self)) == [[text, "-5", ""]])
    }
}

/// A spool whose ledger is exported. The clock is the story's.
private final class ExportRig {
    let rig: PublishRig
    let exports: Exports

    init() throws {
        rig = try PublishRig()
        exports = Exports(tree: rig.tree, reader: try LedgerReader(path: rig.root + "/state/ledger.sqlite"), gate: rig.ledger.gate)
    }

    @discardableResult
    func order(_ name: String, ends: Bool, commits: Bool = true) throws -> OrderID {
        let id = rig.newOrderID()
        try rig.drop("\(name).json", [rig.result(0, .accepted, id)])
        try rig.accept(id)
        try rig.move(id, .advanced, "validate", to: "fulfil", next: "fulfil")
        if ends { try rig.move(id, .advanced, "fulfil", to: "done", next: "") }
        if commits { try rig.ledger.commit() }
        return id
    }

    func end(_ id: OrderID) throws {
        try rig.move(id, .advanced, "fulfil", to: "done", next: "")
        try rig.ledger.commit()
    }

    func passDay() throws { rig.pass(seconds: 86_400) }

    func head() throws -> Int64 { rig.ledger.committed.seq }

    @discardableResult
    func export() throws -> Exports.Summary { try exports.run(process: 1) }

    /// As a process does that was just started.
    func exportAnew() throws -> Exports.Summary {
        try Exports(tree: rig.tree, reader: try LedgerReader(path: rig.root + "/state/ledger.sqlite"), gate: nil).run(process: 2)
    }

    // MARK: What is there

    func path(_ export: String, _ day: String) -> String { "\(rig.root)/reports/exports/\(export)/dt=\(day)" }

    func days(_ export: String) throws -> [String] { try rig.names("reports/exports/\(export)").map { String($0.dropFirst(3)) } }

    func names(_ export: String, _ day: String) throws -> [String] { try rig.names("reports/exports/\(export)/dt=\(day)") }

    func isClosed(_ export: String, _ day: String) -> Bool { FileManager.default.fileExists(atPath: path(export, day) + "/_SUCCESS") }

    func bytes(_ export: String, _ day: String) throws -> [UInt8] {
        try Array(Data(contentsOf: URL(filePath: path(export, day) + "/part-0.csv.gz")))
    }

    func inode(_ export: String, _ day: String) throws -> UInt64 {
        var status = stat()
        #expect(stat(path(export, day) + "/part-0.csv.gz", &status) == 0)
        return UInt64(status.st_ino)
    }

    /// The rows of a file, without the header, which is looked at.
    func rows(_ export: String, _ day: String) throws -> [[String]] {
        let rows = Self.cells(String(decoding: try Gunzip.bytes(try bytes(export, day)), as: UTF8.self))
        #expect(rows.first == Export.all.first { $0.name == export }?.columns.map(\.name))
        return Array(rows.dropFirst())
    }

    /// The cells of RFC 4180.
    static func cells(_ text: String) -> [[String]] {
        var (rows, row, cell, isQuoted) = ([[String]](), [String](), "", false)
        var rest = Array(text.unicodeScalars)[...]
        while let scalar = rest.popFirst() {
            switch (scalar, isQuoted) {
            case ("\"", true) where rest.first == "\"": cell.unicodeScalars.append(rest.removeFirst())
            case ("\"", _): isQuoted.toggle()
            case (",", false):
                row.append(cell)
                cell = ""
            case ("\r", false) where rest.first == "\n":
                rest.removeFirst()
                rows.append(row + [cell])
                (row, cell) = ([], "")
            default: cell.unicodeScalars.append(scalar)
            }
        }
        return rows
    }
}
