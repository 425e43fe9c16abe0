import Foundation
import Ledger
import Orders
import Spool
import Synchronization
import TestSupport
import Testing

@testable import Stages

/// Files that are taken in slices, each committed with the place of the next.
@Suite struct LargeFileTests {
    /// More than 4 MB: about `count` orders with long notes.
    private func lines(_ count: Int, from first: Int = 0) -> [String] {
        let note = String(repeating: "n", count: 9000)
        return (first..<first + count).map { order("R\($0)", extra: ",\"notes\":\"\(note)\"") }
    }

    private func text(_ lines: [String], isArray: Bool) -> String {
        isArray ? "[" + lines.joined(separator: ",\n") + "]" : lines.joined(separator: "\n") + "\n"
    }

    @Test(arguments: [true, false]) func largeFileIsTakenInSlices(_ isArray: Bool) async throws {
        let rig = try Rig { $0.slice = 100 }
        let name = isArray ? "many.json" : "many.ndjson"
        let all = lines(520)
        try rig.drop(name, text(all + [all[7], "{\"customerId\":2}"], isArray: isArray))
        try await rig.run()
        let drop = try rig.lastDrop()
        #expect(drop.verdict == .partial && drop.slices > 3)
        #expect(drop.counts.entries == 522 && drop.counts.accepted == 520 && drop.counts.duplicate == 1 && drop.counts.rejected == 1)
        #expect(try rig.results(drop).map { $0["index"]?.integer } == (0..<522).map { Int64($0) })
        #expect(try rig.orders().allSatisfy { $0.stage == .done })
        #expect(rig.exists("done/2026-11-22/files/\(drop.id.text)"))
        try rig.check()
    }

    @Test(arguments: [true, false]) func restartBetweenSlicesGoesOnWhereTheLastOneEnded(_ isArray: Bool) async throws {
        let rig = try Rig { $0.slice = 100 }
        try rig.drop(isArray ? "many.json" : "many.ndjson", text(lines(520), isArray: isArray))
        var restarts = 0
        for _ in 0..<200 where try rig.ledger.queries.openDrops().isEmpty == false || rig.drops().isEmpty {
            try rig.pipeline.turn()
            restarts += 1
            // In turn after a crash and after a clean stop.
            if restarts.isMultiple(of: 2) { rig.kill() } else { try rig.stop() }
            try rig.open()
        }
        try await rig.run()
        let drop = try rig.lastDrop()
        #expect(try rig.drops().count == 1)
        #expect(drop.verdict == .accepted && drop.counts.accepted == 520 && restarts > 3)
        #expect(try rig.results(drop).map { $0["index"]?.integer } == (0..<520).map { Int64($0) })
        #expect(try rig.orders().count == 520 && rig.orders().allSatisfy { $0.stage == .done })
        try rig.check()
        try rig.audit()
    }

    /// Each piece that was looked at goes to the device at once: the sync before the commit would hold everybody up for all of it.
    @Test func largeFileIsWrittenBackPieceByPiece() async throws {
        let calls = Mutex<[String]>([])
        let rig = try Rig(files: RiggedFiles { call in calls.withLock { $0.append(call) } })
        try rig.drop("many.ndjson", text(lines(1000), isArray: false))
        try await rig.run()
        let sequence = calls.withLock { $0.filter { $0 == "writeBack" || $0 == "syncData" || $0 == "syncAll" } }
        let pieces = sequence.count { $0 == "writeBack" }
        #expect(pieces >= 2, "\(pieces) of 9 MB")
        #expect(try rig.lastDrop().counts.accepted == 1000)
    }

    @Test func aLargeFileThatCannotBeSyncedStopsAllAndTheNextStartGoesOn() async throws {
        let fails = Mutex(false)
        let rig = try Rig(
            files: RiggedFiles { (call) throws(FileError) in
                guard call == "syncData", fails.withLock({ $0 }) else { return }
                fails.withLock { $0 = false }
                throw FileError(call: "fdatasync", path: "rigged", code: 5)
            })
        try rig.drop("many.ndjson", text(lines(520), isArray: false))
        fails.withLock { $0 = true }
        #expect(throws: PipelineError.self) { try rig.settle() }
        #expect(try !fails.withLock { $0 } && rig.drops().isEmpty)
        try rig.crashAndStart()
        try await rig.run()
        #expect(try rig.lastDrop().counts.accepted == 520)
        try rig.check()
    }

    @Test func largeFileThatBreaksOffIsRejectedWhole() async throws {
        let rig = try Rig()
        let whole = text(lines(520), isArray: true)
        try rig.drop("cut.json", String(whole.dropLast(100)))
        try await rig.run()
        let drop = try rig.lastDrop()
        #expect(drop.verdict == .rejected && drop.counts.entries == 0)
        #expect(try rig.orders().isEmpty)
        #expect(rig.exists("rejected/2026-11-22/\(drop.id.text)"))
        try rig.check()
    }

    @Test func smallFilesDoNotWaitForALargeOne() async throws {
        let rig = try Rig(partners: ["acme", "bolt"]) { $0.slice = 40 }
        try rig.drop("many.ndjson", text(lines(520), isArray: false))
        try rig.pipeline.turn()
        try rig.drop("a.json", order("small"))
        try rig.drop("b.json", order("other"), partner: "bolt")
        try rig.pipeline.turn()
        #expect(try !rig.ledger.queries.openDrops().isEmpty)
        #expect(try rig.order("small").stage == .done && rig.order("other").stage == .done)
        try await rig.run()
        try rig.check()
    }

    @Test func cardNumbersOfALargeFileAreMasked() async throws {
        let rig = try Rig()
        try rig.drop("many.ndjson", text(lines(520) + [order("C", extra: ",\"notes\":\"4111111111111111\"")], isArray: false))
        try await rig.run()
        let drop = try rig.lastDrop()
        #expect(drop.verdict == .partial)
        let kept = try rig.content("done/2026-11-22/files/\(drop.id.text)")
        #expect(!kept.contains("4111111111111111"))
        #expect(kept.split(separator: "\n").count == 521)
    }
}
