import Ledger
import Orders
import Testing

@testable import Stages

/// A step, or intake, that stands still by hand.
@Suite struct PauseTests {
    @Test func pausedStepKeepsItsOrdersAcrossARestart() async throws {
        let rig = try Rig()
        try rig.command(.pause("fulfil"))
        let record = try await rig.take(order("A"))
        #expect(record.stage.name == "fulfil")
        try rig.stop()
        try rig.open()
        try await rig.run()
        #expect(try rig.stage(record.id) == "fulfil")
        #expect(try rig.command(.resume("fulfil")).isDone)
        try await rig.run()
        #expect(try rig.stage(record.id) == "done")
    }

    @Test func pausedIntakeLeavesDropsWhereTheyAreAndOrdersGoOn() async throws {
        let rig = try Rig()
        try rig.command(.pause("notify"))
        let record = try await rig.take(order("A"))
        #expect(try rig.command(.pause("intake")).isDone)
        try rig.command(.resume("notify"))
        try rig.drop("b.json", order("B"))
        try await rig.pass(milliseconds: 60_000)
        #expect(try rig.stage(record.id) == "done")
        #expect(try rig.list("partners/acme/orders") == ["b.json"])
        try rig.crashAndStart()
        try await rig.pass(milliseconds: 60_000)
        #expect(try rig.list("partners/acme/orders") == ["b.json"])
        try rig.command(.resume("intake"))
        try await rig.pass(milliseconds: 60_000)
        #expect(try rig.order("B").stage == .done)
    }

    @Test func pausesOfWhatIsNotThereAreRefused() throws {
        let rig = try Rig()
        #expect(try !rig.command(.pause("dance")).isDone)
        #expect(try !rig.command(.resume("charge")).isDone)
        #expect(try rig.command(.pause("charge")).isDone)
        #expect(try rig.command(.pause("charge")).message == "charge is paused already")
    }

    @Test func twoThousandOrdersPassAPausedStepInSlices() async throws {
        let rig = try Rig { $0.slice = 64 }
        try rig.command(.pause("reserve"))
        try rig.drop("many.ndjson", (0..<2000).map { order("R\($0)") + "\n" }.joined())
        try await rig.run()
        #expect(try rig.list("queue/2-reserve").count == 2000)
        try rig.command(.resume("reserve"))
        try await rig.run()
        #expect(try rig.orders().allSatisfy { $0.stage == .done })
        try rig.check()
    }
}
