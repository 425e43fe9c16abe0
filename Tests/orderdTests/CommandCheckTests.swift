import Foundation
import Glibc
import Orders
import Testing

/// `check`, `audit verify` and `rebuild` on spools in which something was damaged.
@Suite struct CommandCheckTests {
    /// A spool with one order completed, one held, one rejected file.
    private func spool() throws -> (spool: CommandSpool, done: String, held: String, day: String) {
        let spool = try CommandSpool.withAcme()
        try spool.drop(SampleOrder.text("PO-1"), as: "first.json")
        try spool.drop(SampleOrder.free("PO-2"), as: "free.json")
        try spool.drop("{}", as: "bad.json")
        try spool.must("run", "--drain", "--set", "log.level=error")
        let orders = try spool.must("list", "--json").objects
        let done = try #require(orders.first { $0["status"]?.text == "COMPLETED" }?["orderId"]?.text)
        let held = try #require(orders.first { $0["status"]?.text == "ON_HOLD" }?["orderId"]?.text)
        return (spool, done, held, try #require(try spool.names("done").first { $0.count == 10 }))
    }

    private func findings(_ spool: CommandSpool, _ options: String...) throws -> [String] {
        let output = try spool.run(["check", "--json"] + options)
        let findings = output.objects.filter { $0["kind"]?.text == "finding" }
        #expect(output.code == (findings.isEmpty ? 0 : 1))
        return findings.map { "\($0["place"]?.text ?? ""): \($0["message"]?.text ?? "")" }
    }

    @Test func aSoundSpoolAddsUp() throws {
        let (spool, _, _, _) = try spool()
        #expect(try findings(spool).isEmpty)
        let summary = try #require(try spool.must("check", "--json").objects.last)
        #expect(summary["files"]?.integer == 3)
        #expect(summary["read"]?.integer == 3)
        #expect(summary["accepted"]?.integer == 2)
        #expect(summary["rejected"]?.integer == 1)
        #expect(summary["findings"]?.integer == 0)
    }

    @Test func aLostFileIsFound() throws {
        let (spool, done, held, day) = try spool()
        unlink("\(spool.root)/done/\(day)/\(done).json")
        #expect(try findings(spool) == ["done/\(day)/\(done).json: expected the file of an order that is done, found none"])
        #expect(try findings(spool, "--quick").isEmpty)
        unlink("\(spool.root)/queue/hold/\(held).json")
        #expect(try findings(spool, "--quick") == ["queue/hold/\(held).json: expected the file of an order that is hold, found none"])
    }

    @Test func aChangedFileIsFound() throws {
        let (spool, _, held, _) = try spool()
        let path = "queue/hold/\(held).json"
        let text = try spool.read(path)
        try Data(text.replacingOccurrences(of: "c1", with: "c2").utf8).write(to: URL(fileURLWithPath: "\(spool.root)/\(path)"))
        #expect(try findings(spool) == ["\(path): its content is not what was accepted (SHA-256 differs)"])
        try Data((text + " ").utf8).write(to: URL(fileURLWithPath: "\(spool.root)/\(path)"))
        let size = text.utf8.count
        #expect(try findings(spool) == ["\(path): expected a file of \(size) bytes, found a regular one of \(size + 1)"])
    }

    @Test func aFileInAnotherPlaceIsFound() throws {
        let (spool, done, held, day) = try spool()
        try FileManager.default.copyItem(
            atPath: "\(spool.root)/done/\(day)/\(done).json", toPath: "\(spool.root)/queue/3-charge/\(done).json")
        try Data("x".utf8).write(to: URL(fileURLWithPath: "\(spool.root)/queue/failed/stranger.txt"))
        try FileManager.default.moveItem(
            atPath: "\(spool.root)/queue/hold/\(held).json", toPath: "\(spool.root)/queue/deferred/\(held).json")
        #expect(
            try findings(spool) == [
                "queue/3-charge/\(done).json: the ledger has this order in done/\(day)/",
                "queue/deferred/\(held).json: the ledger has this order in queue/hold/",
                "queue/failed/stranger.txt: belongs to no order that lies here",
                "queue/hold/\(held).json: expected the file of an order that is hold, found none",
            ])
    }

    @Test func receiptsAndStatusFilesMustSayWhatTheLedgerSays() throws {
        let (spool, done, held, _) = try spool()
        let receipts = "partners/acme/receipts/orders"
        let status = "partners/acme/status"
        unlink("\(spool.root)/\(receipts)/bad.json.receipt.json")
        unlink("\(spool.root)/\(status)/\(done).json")
        let free = try spool.read("\(receipts)/free.json.receipt.json")
        try Data(free.replacingOccurrences(of: "accepted", with: "rejected").utf8).write(
            to: URL(fileURLWithPath: "\(spool.root)/\(receipts)/free.json.receipt.json"))
        let told = try spool.read("\(status)/\(held).json")
        try Data(told.replacingOccurrences(of: "ON_HOLD", with: "FAILED").utf8).write(
            to: URL(fileURLWithPath: "\(spool.root)/\(status)/\(held).json"))
        let found = try findings(spool)
        #expect(found.count == 4)
        #expect(
            found.contains { $0.hasPrefix("\(receipts)/bad.json.receipt.json: expected the receipt of drp_") && $0.hasSuffix("found none") }
        )
        #expect(found.contains { $0.hasPrefix("\(receipts)/free.json.receipt.json: says something else than the ledger") })
        #expect(found.contains("\(status)/\(done).json: expected a status file with COMPLETED, found none"))
        #expect(found.contains("\(status)/\(held).json: expected the status ON_HOLD, found FAILED"))
    }

    @Test func contentIsMadeAgain() throws {
        let (spool, done, held, day) = try spool()
        let before = try content(of: spool)
        #expect(before.count > 5)
        for path in ["done/\(day)/\(done).json", "queue/hold/\(held).json", "queue/hold/\(held).reason.json"] {
            unlink("\(spool.root)/\(path)")
        }
        for folder in ["partners/acme/receipts/orders", "partners/acme/status"] {
            for name in try spool.names(folder) { unlink("\(spool.root)/\(folder)/\(name)") }
        }
        #expect(try !findings(spool).isEmpty)
        try spool.must("rebuild", "--content")
        #expect(try findings(spool).isEmpty)
        #expect(try content(of: spool) == before)
    }

    @Test func aLedgerIsMadeAgainFromTheJournal() throws {
        let (spool, _, held, _) = try spool()
        let before = try spool.must("list", "--json").out
        for suffix in ["", "-wal", "-shm"] { unlink("\(spool.root)/state/ledger.sqlite\(suffix)") }
        let refused = try spool.run("release", held, "--reason", "x")
        #expect(refused.code == 2)
        #expect(refused.err.contains("orderd rebuild"))
        try spool.must("rebuild")
        #expect(try spool.must("list", "--json").out == before)
        #expect(try findings(spool).isEmpty)
        try spool.must("rebuild", "--ledger")
        #expect(try spool.names("state").filter { $0.hasSuffix(".old") }.count == 1)
        #expect(try findings(spool).isEmpty)
        try spool.must("release", held, "--reason", "x")
        #expect(try findings(spool).isEmpty)
    }

    @Test func rebuildRefusesWhileADaemonRuns() throws {
        let (spool, _, _, _) = try spool()
        let daemon = try spool.startDaemon()
        let output = try spool.run("rebuild")
        #expect(output.code == 2)
        #expect(output.err.contains("pid=\(daemon.process)"))
        #expect(output.err.contains("stop it first"))
    }

    @Test func aChangedByteInTheJournalIsPlaced() throws {
        let (spool, _, _, day) = try spool()
        #expect(try spool.run("audit", "verify").out.hasSuffix("nothing differs\n"))
        let path = "\(spool.root)/journal/\(day)/1.ndjson"
        var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        let place = try #require(bytes.range(of: Data("PO-1".utf8)))
        bytes[place.upperBound - 1] = UInt8(ascii: "7")
        try bytes.write(to: URL(fileURLWithPath: path))
        let output = try spool.run("audit", "verify")
        #expect(output.code == 1)
        #expect(output.out.contains("journal/\(day)/1.ndjson line "))
        let check = try spool.run("check")
        #expect(check.code == 1)
        #expect(check.out.contains("journal/\(day)/1.ndjson line "))
    }

    @Test func whatALateDaemonStillMovesIsNoFinding() throws {
        let (spool, _, _, _) = try spool()
        let daemon = try spool.startDaemon("--set", "payment.gateway=simulated", "--set", "payment.simulatedDelay=5ms")
        var lines = ""
        for number in 1...300 { lines += SampleOrder.text("B-\(number)") + "\n" }
        try spool.drop(lines, as: "many.ndjson")
        for _ in 0..<3 {
            let found = try findings(spool, "--quick")
            #expect(found.isEmpty)
        }
        daemon.signal(SIGTERM)
        #expect(daemon.wait() == 0)
        #expect(try findings(spool).isEmpty)
    }

    /// Every file that a partner or a person reads, by path.
    private func content(of spool: CommandSpool) throws -> [String: String] {
        var found: [String: String] = [:]
        for folder in ["partners/acme/receipts/orders", "partners/acme/status", "partners/warehouse/pick", "queue/hold"] {
            for name in try spool.names(folder) { found["\(folder)/\(name)"] = try spool.read("\(folder)/\(name)") }
        }
        for day in try spool.names("done") where day.count == 10 {
            for name in try spool.names("done/\(day)") where name.hasSuffix(".json") {
                found["done/\(day)/\(name)"] = try spool.read("done/\(day)/\(name)")
            }
        }
        return found
    }
}
