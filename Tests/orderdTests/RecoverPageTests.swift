import Foundation
import Glibc
import Orders
import Testing

/// The rows of `docs/recover.md`, done as they are written there, with the real program.
@Suite struct RecoverPageTests {
    /// A cleanly stopped spool with an order done, one held, and a rejected file.
    private func spool() throws -> CommandSpool {
        let spool = try CommandSpool.withAcme()
        for number in 1...20 { try spool.drop(SampleOrder.text("PO-\(number)"), as: "\(number).json") }
        try spool.drop(SampleOrder.free("FREE"), as: "free.json")
        try spool.drop("{}", as: "bad.json")
        try drain(spool)
        return spool
    }

    private func drain(_ spool: CommandSpool) throws { try spool.must("run", "--drain", "--set", "log.level=error") }

    /// A start is refused with these words, which the page has too.
    private func expectRefused(_ spool: CommandSpool, _ words: String..., location: SourceLocation = #_sourceLocation) throws {
        let output = try spool.run("run", "--drain")
        #expect(output.code == 2, sourceLocation: location)
        let page = try String(contentsOf: packageRoot().appending(path: "docs/recover.md"), encoding: .utf8)
        for words in words {
            #expect(output.err.contains(words), "\(output.err)", sourceLocation: location)
            #expect(page.contains(words), sourceLocation: location)
        }
        #expect(output.err.contains("orderd rebuild") || output.err.contains("backup"), "\(output.err)", sourceLocation: location)
    }

    private func expectWhole(_ spool: CommandSpool, _ list: String, location: SourceLocation = #_sourceLocation) throws {
        try drain(spool)
        let check = try spool.run("check")
        #expect(check.code == 0 && check.out.contains("it all adds up"), "\(check.out)", sourceLocation: location)
        #expect(try spool.must("list", "--json").out == list, sourceLocation: location)
        let audit = try spool.run("audit", "verify")
        #expect(audit.code == 0, "\(audit.out)", sourceLocation: location)
    }

    private func ledgerFiles(_ spool: CommandSpool) throws -> [String] {
        try spool.names("state").filter { $0.hasPrefix("ledger.sqlite") && !$0.hasSuffix(".old") }.map { "\(spool.root)/state/\($0)" }
    }

    private func journal(_ spool: CommandSpool) throws -> String {
        let day = try #require(try spool.names("journal").last)
        return try "\(spool.root)/journal/\(day)/\(#require(spool.names("journal/\(day)").last))"
    }

    private func overwrite(_ path: String, at offset: Int, count: Int) throws {
        let handle = try FileHandle(forUpdating: URL(fileURLWithPath: path))
        try handle.seek(toOffset: UInt64(offset))
        try handle.write(contentsOf: Data(repeating: 0xA5, count: count))
        try handle.close()
    }

    @Test func deletedStatusFilesComeBackByTheCommand() throws {
        let spool = try spool()
        let list = try spool.must("list", "--json").out
        let names = try spool.names("partners/acme/status")
        let contents = try names.map { try spool.read("partners/acme/status/\($0)") }
        for name in names { unlink("\(spool.root)/partners/acme/status/\(name)") }
        let check = try spool.run("check")
        #expect(check.code == 1)
        for name in names { #expect(check.out.contains(name)) }
        try spool.must("rebuild", "--content")
        #expect(try names.map { try spool.read("partners/acme/status/\($0)") } == contents)
        try expectWhole(spool, list)
    }

    @Test func aDeletedLedgerIsRefusedThenRebuilt() throws {
        let spool = try spool()
        let list = try spool.must("list", "--json").out
        for path in try ledgerFiles(spool) { unlink(path) }
        try expectRefused(spool, "there is no ledger at", "but the journal holds")
        try spool.must("rebuild")
        try expectWhole(spool, list)
    }

    @Test func yesterdaysLedgerIsRefusedThenRebuilt() throws {
        let spool = try spool()
        let kept = try ledgerFiles(spool).map { ($0, try Data(contentsOf: URL(fileURLWithPath: $0))) }
        try spool.drop(SampleOrder.text("TODAY"), as: "today.json")
        try drain(spool)
        let list = try spool.must("list", "--json").out
        for path in try ledgerFiles(spool) { unlink(path) }
        for (path, bytes) in kept { try bytes.write(to: URL(fileURLWithPath: path)) }
        try expectRefused(spool, "the journal ends with event")
        try spool.must("rebuild")
        try expectWhole(spool, list)
    }

    @Test(arguments: [1, 30, 2000, Int.max]) func aJournalThatWasCutIsFilledUpByTheNextStart(_ bytes: Int) throws {
        let spool = try spool()
        let list = try spool.must("list", "--json").out
        let path = try journal(spool)
        let whole = try Data(contentsOf: URL(fileURLWithPath: path))
        if bytes == .max { unlink(path) } else { truncate(path, whole.count - bytes) }
        let audit = try spool.run("audit", "verify")
        #expect(audit.code == 1, "\(audit.out)")
        try drain(spool)
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)).starts(with: whole))
        try expectWhole(spool, list)
    }

    /// Where a ledger is damaged, as parts of 16 of its pages, or how long it is left.
    enum Damage: CaseIterable {
        case header, second, middle, late, last, everySecondPage, cutInHalf, emptied, otherFile
    }

    @Test(arguments: Damage.allCases) func aDamagedLedgerIsFoundAndRebuilt(_ damage: Damage) throws {
        let spool = try spool()
        let list = try spool.must("list", "--json").out
        let path = spool.root + "/state/ledger.sqlite"
        // All of it in one file.
        for suffix in ["-wal", "-shm"] {
            if let size = try? FileManager.default.attributesOfItem(atPath: path + suffix)[.size] as? Int, suffix == "-wal", size > 0 {
                try runPython("import sqlite3, sys; sqlite3.connect(sys.argv[1]).execute('PRAGMA wal_checkpoint(TRUNCATE)')", path)
            }
            unlink(path + suffix)
        }
        let pages = try #require(try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int) / 4096
        switch damage {
        case .header: try overwrite(path, at: 0, count: 100)
        case .second: try overwrite(path, at: 4096, count: 512)
        case .middle: try overwrite(path, at: pages / 2 * 4096, count: 512)
        case .late: try overwrite(path, at: pages * 3 / 4 * 4096, count: 4096)
        case .last: try overwrite(path, at: (pages - 1) * 4096, count: 4096)
        case .everySecondPage: for page in stride(from: 1, to: pages, by: 2) { try overwrite(path, at: page * 4096, count: 4096) }
        case .cutInHalf: truncate(path, pages / 2 * 4096)
        case .emptied: truncate(path, 0)
        case .otherFile: try Data("this is no database".utf8).write(to: URL(fileURLWithPath: path))
        }
        // Refused at once, or found by the check.
        let check = try spool.run("check")
        #expect(check.code != 0, "\(damage): \(check.out)")
        try spool.must("rebuild", "--ledger")
        try spool.must("rebuild", "--content")
        #expect(try spool.names("state").contains { $0.hasSuffix(".old") })
        try expectWhole(spool, list)
    }

    @Test func aChangedByteInTheJournalIsNoHarmToTheLedger() throws {
        let spool = try spool()
        let list = try spool.must("list", "--json").out
        try overwrite(journal(spool), at: 3000, count: 1)
        #expect(try spool.run("audit", "verify").code == 1)
        let rebuild = try spool.run("rebuild", "--ledger")
        #expect(rebuild.code == 2 && rebuild.err.contains("journal/"), "\(rebuild.err)")
        // "The ledger is whole without it: go on running meanwhile."
        try drain(spool)
        #expect(try spool.must("list", "--json").out == list)
    }

    @Test func withoutLedgerAndJournalItIsRefused() throws {
        let spool = try spool()
        for path in try ledgerFiles(spool) { unlink(path) }
        for day in try spool.names("journal") { try FileManager.default.removeItem(atPath: "\(spool.root)/journal/\(day)") }
        try expectRefused(spool, "there is neither a ledger")
    }

    @Test(
        arguments: [
            "../evil", "..", ".", "/etc", "a/b", "a/../b", "", "-x", "A", "a b", "a\n", "a\u{301}", "ａ", String(repeating: "a", count: 32),
        ])
    func aNameThatLeadsOutOfTheSpoolNamesNoPartner(_ name: String) throws {
        let spool = try CommandSpool.withAcme()
        let before = FileManager.default.subpaths(atPath: spool.folder)?.filter { !$0.contains(".") } ?? []
        #expect(try spool.run("partner", "add", "--", name).code == 64)
        #expect(try spool.run("run", "--drain", "--set", "fulfil.warehouse=\(name)").code != 0)
        #expect(try spool.run("run", "--drain", "--set", "partners.\(name).order.currency=EUR").code != 0)
        #expect((FileManager.default.subpaths(atPath: spool.folder)?.filter { !$0.contains(".") } ?? []) == before)
    }

    // MARK: Row by row

    @Test func aRebuiltLedgerOf500OrdersIsTheLostOneRowByRow() throws { try expectRebuiltEqual(isWhole: false) }

    @Test(.enabled(if: WholeDataTests.hasReal, "the 11,396 real orders do not lie beside this checkout"))
    func aRebuiltLedgerOfAllRealOrdersIsTheLostOneRowByRow() throws { try expectRebuiltEqual(isWhole: true) }

    private func expectRebuiltEqual(isWhole: Bool) throws {
        let spool = try CommandSpool.withAcme()
        let text =
            isWhole
            ? try run("xzcat", WholeDataTests.real + "/orders.ndjson.xz")
            : try String(contentsOf: packageRoot().appending(path: "samples/online-retail-500.ndjson"), encoding: .utf8)
        try spool.drop(text, as: "all.ndjson")
        try spool.drop("{}", as: "bad.json")
        try drain(spool, patience: 400)
        let lost = spool.folder + "/lost.sqlite"
        for path in try ledgerFiles(spool) {
            try FileManager.default.moveItem(
                atPath: path, toPath: path.replacingOccurrences(of: spool.root + "/state/ledger.sqlite", with: lost))
        }
        let rebuild = try spool.start(["rebuild", "--ledger"])
        _ = waitUntil(within: 400) { rebuild.hasEnded }
        #expect(rebuild.wait() == 0, "\(rebuild.err)")
        let script = try packageRoot().appending(path: "Tests/Support/compare-ledgers.py").path
        let compared = try run("python3", script, lost, spool.root + "/state/ledger.sqlite").split(separator: "\n").map(String.init)
        // The daemon's own notes are no part of the history: how far followers are, and how the last stop was.
        let differing = Set(compared.filter { $0.hasPrefix("differs ") }.map { $0.split(separator: " ")[1] })
        #expect(differing.isSubset(of: ["cursors", "deliveries", "marks"]), "\(compared)")
        let counts = try #require(compared.last?.split(separator: " ").compactMap { Int($0) })
        #expect(counts.count == 2 && counts[0] >= 19 && counts[1] > (isWhole ? 100_000 : 5_000), "\(compared)")
        // The comparison bites.
        try runPython(
            "import sqlite3, sys; d = sqlite3.connect(sys.argv[1]); d.execute('UPDATE lines SET price = price + 1 WHERE order_seq = (SELECT max(order_seq) FROM lines) AND line = 0'); d.execute('DELETE FROM outbox WHERE seq = (SELECT max(seq) FROM outbox)'); d.commit()",
            lost)
        let changed = try run("python3", script, lost, spool.root + "/state/ledger.sqlite")
        #expect(changed.contains("differs lines 2\n") && changed.contains("differs outbox 1\n"), "\(changed)")
    }

    private func drain(_ spool: CommandSpool, patience: Int64) throws {
        let child = try spool.start(["run", "--drain", "--set", "log.level=error"])
        _ = waitUntil(within: patience) { child.hasEnded }
        #expect(child.wait() == 0, "\(child.err)")
    }

    @discardableResult
    private func run(_ program: String, _ arguments: String...) throws -> String {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = [program] + arguments
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let bytes = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0)
        return String(decoding: bytes, as: UTF8.self)
    }

    private func runPython(_ code: String, _ argument: String) throws { try run("python3", "-c", code, argument) }
}
