import Foundation
import Ledger
import Orders
import Spool
import Testing

@testable import Stages

/// Any stop, then a start.
@Suite struct RecoveryTests {
    private func journal(_ rig: Rig) throws -> String {
        try rig.list("journal").flatMap { day in try rig.list("journal/" + day).map { "journal/\(day)/\($0)" } }.map { try rig.content($0) }
            .joined()
    }

    /// What a crash between the claim and the commit leaves.
    private func claim(_ rig: Rig, _ name: String, _ text: String) throws { try rig.write(text, to: "claimed/acme/orders/" + name) }

    // MARK: Uploads

    @Test func claimedUploadThatNobodyKnowsIsJudged() async throws {
        let rig = try Rig()
        rig.kill()
        try claim(rig, "a.json", order("A"))
        try claim(rig, "b.json", "{")
        try rig.open()
        try await rig.run()
        #expect(try rig.order("A").stage == .done)
        #expect(try rig.drops().map(\.verdict?.rawValue).sorted { $0 ?? "" < $1 ?? "" } == ["accepted", "rejected"])
        try rig.check()
    }

    @Test func claimedUploadOfAKnownDropIsPutAwayAndCountsOnce() async throws {
        for (text, verdict) in [(order("A"), Verdict.accepted), ("{", .rejected), ("[\(order("B")),{}]", .partial)] {
            let rig = try Rig()
            // A directory in the way: the file stays in `claimed/` after its verdict is committed.
            try rig.drop("a.json", text)
            let directory = rig.root + "/partners/acme/orders/"
            try FileManager.default.linkItem(atPath: directory + "a.json", toPath: rig.root + "/state/kept")
            try FileManager.default.removeItem(atPath: directory + "a.json")
            try FileManager.default.moveItem(atPath: rig.root + "/state/kept", toPath: directory + "a.json")
            try await rig.run()
            let drop = try rig.lastDrop()
            #expect(drop.verdict == verdict)
            let count = try rig.orders().count
            rig.kill()
            // Put back as it was before it was disposed of: the same inode where it was kept, and found again.
            let kept = ["done", "rejected"].compactMap { end -> String? in
                let path = "\(rig.root)/\(end)/2026-11-22" + (end == "done" ? "/files/" : "/") + drop.id.text
                return FileManager.default.fileExists(atPath: path) ? path : nil
            }.first
            if let kept { try FileManager.default.moveItem(atPath: kept, toPath: rig.root + "/claimed/acme/orders/a.json") }
            try rig.open()
            try await rig.run()
            #expect(try rig.drops().count == 1 && rig.orders().count == count)
            if let kept { #expect(FileManager.default.fileExists(atPath: kept)) }
            try rig.check()
        }
    }

    @Test func crashBetweenCommitAndMovesIsMadeGood() async throws {
        let rig = try Rig()
        try rig.drop("a.json", order("A"))
        try rig.drop("b.json", order("B", [("GIFT", 1, 0)]))
        // The commit is made; what comes after it is not.
        rig.pipeline.committed = { _ in }
        try await rig.run()
        let (first, second) = try (rig.order("A"), rig.order("B"))
        let paths = [rig.path(first), rig.path(second)]
        rig.kill()
        for path in paths { try rig.remove(path) }
        try rig.remove("queue/hold/\(second.id.text).reason.json")
        try rig.open()
        try await rig.run()
        #expect(rig.exists("queue/hold/\(second.id.text).reason.json"))
        try rig.check()
    }

    // MARK: Files of orders

    @Test func missingMisplacedAndDamagedFilesAreMended() async throws {
        let rig = try Rig()
        try rig.command(.pause("charge"))
        try rig.drop("many.ndjson", (0..<6).map { order("R\($0)") + "\n" }.joined())
        try await rig.run()
        let paths = try (0..<6).map { try rig.path(rig.order("R\($0)")) }
        let names = try (0..<6).map { try rig.order("R\($0)").id.text + ".json" }
        rig.kill()
        try rig.remove(paths[0])
        try FileManager.default.moveItem(atPath: rig.root + "/" + paths[1], toPath: rig.root + "/queue/1-validate/" + names[1])
        try rig.write("short", to: paths[2])
        try rig.write(String(repeating: "x", count: order("R3").utf8.count), to: paths[3])
        try rig.write("a copy", to: "queue/failed/" + names[4])
        try rig.remove(paths[5])
        try rig.write("wrong content", to: "queue/hold/" + names[5])
        try rig.open()
        try rig.check()
        try await rig.run()
        try rig.check()
        #expect(try rig.orders().allSatisfy { $0.stage.name == "charge" })
        #expect(try rig.list("rejected/2026-11-22").count == 1)
    }

    @Test func filesAreMendedAfterACleanStopToo() async throws {
        let rig = try Rig()
        try rig.command(.pause("charge"))
        try rig.drop("many.ndjson", (0..<2).map { order("R\($0)") + "\n" }.joined())
        try await rig.run()
        let paths = try (0..<2).map { try rig.path(rig.order("R\($0)")) }
        try rig.stop()
        try rig.remove(paths[0])
        try rig.write("short", to: paths[1])
        try rig.open()
        #expect(rig.opening?.wasClean == true)
        try await rig.run()
        try rig.check()
    }

    @Test func anyMomentIsAGoodOneToCrash() async throws {
        // After two of three turns of a mixed run, a crash and a start; what comes out must be the same as without. Every third turn has its
        // calls answered: three crashes in a row over one and the same call would set its order aside.
        let lines = (0..<24).map { number in
            order(
                "R\(number)", number % 5 == 0 ? [("GIFT", 1, 0)] : [("PEN", 1, 100)],
                token: number % 4 == 0 ? "tok_declined" : number % 6 == 1 ? "tok_late" : nil)
        }
        func outcome(crashing: Bool) async throws -> [String: String] {
            let gateway = SimulatedGateway()
            let rig = try Rig(gateway: gateway) {
                $0.slice = 5
                $0.possibleDuplicate = .accept
            }
            try rig.setStock(["PEN": 15])
            try rig.drop("many.ndjson", lines.joined(separator: "\n"))
            for (number, line) in lines.enumerated() where number % 3 == 0 { try rig.drop("s\(number).json", line) }
            try rig.drop("bad.json", "[1,2")
            for turn in 0..<60 {
                try rig.pipeline.turn()
                if crashing, turn % 3 == 2 {
                    try await rig.run()
                } else if crashing {
                    try rig.crashAndStart()
                    try rig.rescan()
                }
                rig.clock.advance(milliseconds: 2000)
            }
            try await rig.run()
            // The broken file, once its event is lost, waits for its resume.
            for _ in 0..<10 { try await rig.pass(milliseconds: 100_000) }
            try rig.check()
            try rig.audit()
            #expect(try rig.orders().count == 24)
            #expect(try rig.drops().count == 10)
            return try rig.orders().reduce(into: [:]) { $0[$1.order.orderReference ?? ""] = $1.stage.name }
        }
        let plain = try await outcome(crashing: false)
        let crashed = try await outcome(crashing: true)
        #expect(plain.values.count { $0 == "done" } > 5)
        // Who gets the last pens may differ; how many of each there are may not.
        #expect(plain.values.sorted() == crashed.values.sorted())
    }

    // MARK: Ledger and journal

    @Test func journalThatIsBehindIsFilledFromTheLedger() async throws {
        let rig = try Rig()
        for number in 0..<5 { try await rig.take(order("R\(number)"), as: "\(number).json") }
        let whole = try journal(rig)
        for cut in [1, 40, whole.utf8.count / 2, whole.utf8.count - 10, whole.utf8.count] {
            for isClean in [false, true] {
                if isClean { try rig.stop() } else { rig.kill() }
                let path = "journal/2026-11-22/1.ndjson"
                try rig.write(String(whole.prefix(whole.count - cut)), to: path)
                try rig.open()
                #expect(try journal(rig) == whole)
            }
        }
        try await rig.take(order("N"))
        #expect(try journal(rig).hasPrefix(whole))
    }

    @Test func ledgerOlderThanTheJournalIsRefused() async throws {
        let rig = try Rig()
        try await rig.take(order("A"))
        try rig.stop()
        let copy = rig.root + "/state/old"
        try FileManager.default.createDirectory(atPath: copy, withIntermediateDirectories: false)
        let names = try rig.list("state").filter { $0.hasPrefix("ledger") }
        for name in names { try FileManager.default.copyItem(atPath: rig.root + "/state/" + name, toPath: copy + "/" + name) }
        try rig.open()
        try await rig.take(order("B"))
        try rig.stop()
        for name in names {
            try rig.remove("state/" + name)
            try FileManager.default.copyItem(atPath: copy + "/" + name, toPath: rig.root + "/state/" + name)
        }
        let error = #expect(throws: LedgerError.self) { try rig.open() }
        #expect(error?.code == .journalAhead && error?.hint.contains("orderd rebuild") == true)
    }

    @Test func journalWithoutALedgerIsRefused() async throws {
        let rig = try Rig()
        try await rig.take(order("A"))
        try rig.stop()
        for name in try rig.list("state") { try rig.remove("state/" + name) }
        let error = #expect(throws: LedgerError.self) { try rig.open() }
        #expect(error?.code == .missing && error?.hint.contains("orderd rebuild") == true)
    }

    @Test func ordersWithoutLedgerAndJournalAreRefused() async throws {
        let rig = try Rig()
        try await rig.take(order("A", [("GIFT", 1, 0)]))
        try rig.stop()
        for name in try rig.list("state") { try rig.remove("state/" + name) }
        for name in try rig.list("journal") { try rig.remove("journal/" + name) }
        let error = #expect(throws: LedgerError.self) { try rig.open() }
        #expect(error?.code == .missing)
    }

    @Test func journalOfAnotherHistoryIsRefused() async throws {
        let rig = try Rig()
        let other = try Rig(seed: 2)
        try await rig.take(order("A"))
        try await other.take(order("B"))
        let foreign = try journal(other)
        try rig.stop()
        try rig.write(foreign, to: "journal/2026-11-22/1.ndjson")
        let error = #expect(throws: LedgerError.self) { try rig.open() }
        #expect(error?.code == .diverged)
    }

    @Test func aKnownUploadThatAPowerCutHasDamagedIsNotJudgedAgain() async throws {
        let files = MortalFiles()
        let rig = try Rig(files: files)
        try rig.drop("o.json", order("A"))
        files.refuse("unlink")
        try await rig.run()
        #expect(try rig.list("claimed/acme/orders") == ["o.json"])
        files.revive()
        rig.kill()
        // What the cut leaves of content that was never synced.
        let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: rig.root + "/claimed/acme/orders/o.json"))
        try handle.truncate(atOffset: 0)
        try handle.close()
        try rig.open()
        try await rig.run()
        #expect(try rig.drops().map(\.verdict) == [.accepted])
        try rig.check()
    }

    @Test func aKnownUploadThatAPowerCutHasPutBackIsPutAwayAtTheStart() async throws {
        let files = MortalFiles()
        let rig = try Rig(files: files)
        try rig.drop("o.json", order("A"))
        files.refuse("unlink")
        try await rig.run()
        files.revive()
        rig.kill()
        try FileManager.default.moveItem(
            atPath: rig.root + "/claimed/acme/orders/o.json", toPath: rig.root + "/partners/acme/orders/o.json")
        try rig.open()
        // A clean stop right after the start: later nobody would know it any more.
        try rig.stop()
        try rig.open()
        try await rig.pass(milliseconds: 5000)
        #expect(try rig.drops().map(\.verdict) == [.accepted])
        #expect(try rig.list("partners/acme/orders") == [])
        try rig.check()
    }

    @Test func whatIsPutAwayLateIsSyncedBeforeItIsForgotten() async throws {
        let files = MortalFiles()
        let rig = try Rig(files: files)
        try rig.drop("o.json", order("A"))
        files.refuse("unlink")
        try await rig.run()
        files.revive()
        files.refuse("syncfs")
        #expect(throws: PipelineError.self) { try rig.rescan() }
        files.revive()
        try rig.crashAndStart()
        try await rig.run()
        #expect(try rig.drops().map(\.verdict) == [.accepted])
        try rig.check()
    }
}
