import Foundation
import Ledger
import Orders
import Spool
import Testing

@testable import Stages

/// A crash at every single change to the disk, one after another, each followed by a start: nothing lost, nothing twice.
@Suite struct CrashPointTests {
    /// What is dropped, one file of each kind; which orders come of it, and where each ends.
    private static let drops: [(name: String, text: String)] = [
        ("one.json", order("one")),
        (
            "many.json",
            "[\(order("held", [("GIFT", 1, 0)])),\(order("declined", [("PEN", 2, 100)], token: "tok_declined")),{},\(order("late", token: "tok_late"))]"
        ),
        ("again.json", order("one")),
        ("bad.json", "{\"customerId\":"),
        ("other.txt", "hello"),
    ]
    private static let ends = ["one": "done", "held": "cancelled", "declined": "rejected", "late": "done"]

    /// Drops all files and does what is to be done; the machine may die in the middle of it.
    private func work(_ rig: Rig, _ files: MortalFiles) async throws {
        for _ in 0..<6 where !files.isDead {
            try rig.pipeline.turn()
            if rig.pipeline.callsInFlight > 0 { try await rig.wakeup() }
        }
        guard !files.isDead, let held = try rig.orders().first(where: { $0.stage == .hold }) else { return }
        try rig.command(.cancel(held.id))
        rig.clock.advance(milliseconds: 10_000)
        for _ in 0..<4 where !files.isDead {
            try rig.pipeline.turn()
            if rig.pipeline.callsInFlight > 0 { try await rig.wakeup() }
        }
    }

    /// One crash at a change; false where the run ended before that change was reached.
    private func crash(at change: Int, alsoAtStart second: Int?) async throws -> Bool {
        let files = MortalFiles()
        let gateway = SimulatedGateway()
        let rig = try Rig(gateway: gateway, files: files)
        try rig.setStock(["PEN": 5])
        for drop in Self.drops { try rig.drop(drop.name, drop.text) }
        files.die(at: change)
        try? await work(rig, files)
        let wasReached = files.isDead
        rig.kill()
        files.revive()
        if let second {
            files.die(at: second)
            try? rig.open()
            rig.kill()
            files.revive()
        }
        try rig.open()
        try rig.rescan()
        for _ in 0..<3 { try await rig.pass(milliseconds: 700_000) }
        // Held still where the crash came before the cancel.
        if let held = try rig.orders().first(where: { $0.stage == .hold }) { try rig.command(.cancel(held.id)) }
        try await rig.run()
        let ends = try rig.orders().map { ($0.order.orderReference ?? "", $0.stage.name) }
        let found = Dictionary(ends, uniquingKeysWith: { $0 + " and " + $1 })
        #expect(found == Self.ends, "change \(change)")
        let verdicts = try rig.drops().map { (String(decoding: $0.facts.name, as: UTF8.self), $0.verdict?.rawValue ?? "open") }
        #expect(verdicts.count == Self.drops.count, "change \(change)")
        let byName = Dictionary(verdicts, uniquingKeysWith: { $0 + " and " + $1 })
        // Which of two equal orders came first may differ after a crash.
        #expect(Set([byName["one.json"], byName["again.json"]]) == ["accepted", "duplicate"], "change \(change)")
        #expect(
            byName["many.json"] == "partial" && byName["bad.json"] == "rejected" && byName["other.txt"] == "rejected", "change \(change)")
        #expect(try #require(try rig.stock("PEN")) == (3, 0), "change \(change)")
        try rig.check()
        try rig.audit()
        return wasReached
    }

    @Test(arguments: 0..<4) func everyChangeToTheDiskMayBeTheLast(_ lane: Int) async throws {
        var change = 1 + lane
        while try await crash(at: change, alsoAtStart: nil) { change += 4 }
        #expect(change > 40)
    }

    @Test(arguments: 0..<2) func startMayCrashToo(_ lane: Int) async throws {
        var change = 3 + 7 * lane
        while try await crash(at: change, alsoAtStart: 1 + change % 9) { change += 14 }
    }
}
