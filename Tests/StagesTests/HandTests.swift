import Foundation
import Ledger
import Orders
import Spool
import Testing

@testable import Stages

/// Moves by hand: every row of the table in the design.
@Suite struct HandTests {
    /// An order that lies in hold, waiting at validate.
    private func held(_ rig: Rig, _ reference: String = "H") async throws -> OrderRecord {
        try await rig.take(order(reference, [("GIFT", 1, 0)]))
    }

    /// An order that lies at a paused step.
    private func paused(_ rig: Rig, at step: String, _ reference: String = "P") async throws -> OrderRecord {
        try rig.command(.pause(step))
        return try await rig.take(order(reference))
    }

    private func tell(_ rig: Rig, _ order: OrderRecord, in directory: String) throws {
        try rig.watcher.tell(.renamedIn, Places.fileName(order.id), in: rig.tree.directory(directory))
    }

    @Test(arguments: ["1-validate", "2-reserve", "4-fulfil"])
    func heldOrderPutIntoAStepsDirectoryGoesOn(_ directory: String) async throws {
        let rig = try Rig()
        let record = try await held(rig)
        try rig.moveByHand(record, to: "queue/" + directory)
        try rig.rescan()
        #expect(try rig.stage(record.id) == "done")
        #expect(try rig.list("queue/hold") == [])
        #expect(try rig.events(record.id).contains("order.released"))
        try rig.check()
    }

    /// The file of an order that was released goes on after the commit; until then it lies where it was, and that is no second move.
    @Test func aMoveThatARescanAndAnEventFindInOneTurnIsDoneOnce() async throws {
        let rig = try Rig(gateway: ScriptedGateway())
        let record = try await held(rig)
        try rig.command(.pause("charge"))
        try rig.moveByHand(record, to: "queue/3-charge")
        try tell(rig, record, in: "queue/hold")
        for _ in 0..<3 { try await rig.pass(milliseconds: 31_000) }
        #expect(try rig.stage(record.id) == "charge")
        #expect(try rig.events(record.id).filter { $0 == "order.held" || $0 == "order.released" } == ["order.held", "order.released"])
        #expect(try rig.list("queue/hold") == [])
        try rig.check()
    }

    @Test func noStepIsSkipped() async throws {
        let gateway = ScriptedGateway()
        let rig = try Rig(gateway: gateway)
        try rig.setStock(["PEN": 5])
        let record = try await paused(rig, at: "reserve")
        try rig.moveByHand(record, to: "queue/5-notify")
        try rig.rescan()
        #expect(try rig.stage(record.id) == "reserve" && gateway.asked.isEmpty)
        try rig.check()
    }

    @Test func noStepIsRepeated() async throws {
        let gateway = ScriptedGateway()
        let rig = try Rig(gateway: gateway)
        let record = try await paused(rig, at: "notify")
        try rig.moveByHand(record, to: "queue/3-charge")
        try rig.rescan()
        try rig.command(.resume("notify"))
        try await rig.run()
        #expect(try rig.stage(record.id) == "done" && gateway.count("charge") == 1)
        try rig.check()
    }

    @Test func failedAndDeferredOrdersPutIntoAStepsDirectoryAreTriedAgain() async throws {
        let gateway = ScriptedGateway()
        gateway.script("charge", .unavailable("down"))
        let rig = try Rig(gateway: gateway) { $0.retryLimit = 2 }
        let deferred = try await rig.take(order("A"))
        try rig.moveByHand(rig.order(deferred.id), to: "queue/3-charge")
        try rig.rescan()
        try await rig.run()
        #expect(try rig.order(deferred.id).attempts == 1 && gateway.count("charge") == 2)
        try await rig.pass(milliseconds: 10_000)
        #expect(try rig.stage(deferred.id) == "failed")
        gateway.script("charge", .done(reference: "x"))
        try rig.moveByHand(rig.order(deferred.id), to: "queue/3-charge")
        try rig.rescan()
        try await rig.run()
        #expect(try rig.stage(deferred.id) == "done")
        #expect(try rig.list("queue/failed") == [])
        try rig.check()
    }

    @Test func intoHoldHoldsAndIntoFailedGivesUp() async throws {
        let rig = try Rig()
        for (directory, kind) in [("hold", "order.held"), ("failed", "order.failed")] {
            let record = try await paused(rig, at: "charge", directory)
            try rig.moveByHand(record, to: "queue/" + directory)
            try tell(rig, record, in: "queue/" + directory)
            try rig.settle()
            let now = try rig.order(record.id)
            #expect(now.stage.name == directory && now.reason == directory.replacing("hold", with: "held") + "-by-hand")
            #expect(try rig.events(record.id).last == kind)
            #expect(rig.exists("queue/\(directory)/\(record.id.text).reason.json"))
        }
        try rig.check()
    }

    @Test func heldOrderPutIntoFailedIsGivenUp() async throws {
        let rig = try Rig()
        let record = try await held(rig)
        try rig.moveByHand(record, to: "queue/failed")
        try rig.rescan()
        #expect(try rig.stage(record.id) == "failed")
        #expect(try rig.list("queue/hold") == [])
        try rig.check()
    }

    @Test func intoCompensateCancels() async throws {
        let gateway = ScriptedGateway()
        let rig = try Rig(gateway: gateway)
        try rig.setStock(["PEN": 5])
        let record = try await paused(rig, at: "fulfil")
        try rig.moveByHand(record, to: "queue/compensate")
        try tell(rig, record, in: "queue/compensate")
        try await rig.run()
        #expect(try rig.stage(record.id) == "cancelled")
        #expect(gateway.count("refund") == 1)
        #expect(try #require(try rig.stock("PEN")) == (5, 0))
        try rig.check()
    }

    @Test func intoCompensateAfterFulfilIsPutBack() async throws {
        let rig = try Rig()
        let record = try await paused(rig, at: "notify")
        try rig.moveByHand(record, to: "queue/compensate")
        try rig.rescan()
        #expect(try rig.stage(record.id) == "notify")
        try rig.check()
    }

    @Test(arguments: ["done", "done/2026-11-22", "cancelled", "rejected", "rejected/2026-11-22"])
    func intoAnEndsDirectoryIsPutBack(_ directory: String) async throws {
        let rig = try Rig()
        let record = try await held(rig)
        try FileManager.default.createDirectory(atPath: rig.root + "/" + directory, withIntermediateDirectories: true)
        try rig.moveByHand(record, to: directory)
        try rig.rescan()
        #expect(try rig.stage(record.id) == "hold")
        #expect(rig.places(record.id) == ["queue/hold/\(record.id.text).json"])
        try rig.check()
    }

    @Test func intoDeferredIsPutBack() async throws {
        let rig = try Rig()
        let record = try await held(rig)
        try rig.moveByHand(record, to: "queue/deferred")
        try tell(rig, record, in: "queue/deferred")
        try rig.settle()
        #expect(try rig.stage(record.id) == "hold")
        try rig.check()
    }

    @Test func endedOrderPutBackIntoTheQueueReturnsToItsEnd() async throws {
        let rig = try Rig()
        let record = try await rig.take(order("A"))
        for directory in ["1-validate", "hold", "compensate"] {
            try rig.moveByHand(record, to: "queue/" + directory)
            try rig.rescan()
            #expect(try rig.stage(record.id) == "done")
            try rig.check()
        }
    }

    @Test func deletedFileIsPutBackAndNothingIsCancelled() async throws {
        let rig = try Rig()
        let resting = try await held(rig)
        let waiting = try await paused(rig, at: "charge")
        for record in [resting, waiting] { try rig.remove(rig.path(record)) }
        try await rig.pass(milliseconds: 30_000)
        #expect(try rig.stage(resting.id) == "hold" && rig.stage(waiting.id) == "charge")
        try rig.check()
    }

    @Test func secondFileGoesToRejected() async throws {
        let rig = try Rig()
        let record = try await held(rig)
        try rig.write("a copy", to: "queue/1-validate/\(record.id.text).json")
        try rig.rescan()
        #expect(try rig.stage(record.id) == "hold")
        #expect(try rig.list("rejected/2026-11-22").contains { $0.hasPrefix(record.id.text) })
        try rig.check()
    }

    @Test func fileOfAnUnknownOrderGoesToRejected() async throws {
        let rig = try Rig()
        var ids = IDGenerator()
        let stranger = ids.orderID(milliseconds: 0, random: { 7 }).text
        try rig.write("{}", to: "queue/3-charge/\(stranger).json")
        try rig.write("{}", to: "queue/3-charge/notes.txt")
        try rig.rescan()
        #expect(try rig.list("queue/3-charge") == ["notes.txt"])
        #expect(try rig.list("rejected/2026-11-22").contains { $0.hasPrefix(stranger) })
    }

    @Test func changedContentIsWrittenAgain() async throws {
        let rig = try Rig()
        let record = try await held(rig)
        try rig.write("{\"customerId\":\"mallory\"}", to: rig.path(record))
        try rig.watcher.tell(.closedAfterWriting, Places.fileName(record.id), in: rig.tree.directory("queue/hold"))
        try rig.settle()
        try rig.check()
    }

    @Test func contentChangedAtAStepIsWrittenAgainByTheRescan() async throws {
        let rig = try Rig()
        let record = try await paused(rig, at: "charge")
        try rig.write("{\"customerId\":\"mallory\"}", to: rig.path(record))
        try rig.rescan()
        try rig.check()
    }

    @Test func moveByHandIsRecordedAsByHand() async throws {
        let rig = try Rig()
        let record = try await paused(rig, at: "charge")
        try rig.moveByHand(record, to: "queue/hold")
        try rig.rescan()
        #expect(try rig.order(record.id).detail == "moved by hand to hold")
        let journal = try rig.list("journal/2026-11-22").map { try rig.content("journal/2026-11-22/" + $0) }.joined()
        #expect(journal.split(separator: "\n").contains { $0.contains("order.held") && $0.contains("\"by\":\"hand\"") })
    }

    @Test func moveWhileStoppedCleanlyIsACommand() async throws {
        let rig = try Rig()
        let record = try await held(rig)
        let path = rig.path(record)
        try rig.stop()
        try FileManager.default.moveItem(atPath: rig.root + "/" + path, toPath: rig.root + "/queue/1-validate/\(record.id.text).json")
        try rig.open()
        try await rig.run()
        #expect(try rig.stage(record.id) == "done")
        try rig.check()
    }

    @Test func moveBeforeAnUncleanStartIsUndone() async throws {
        let rig = try Rig()
        let record = try await held(rig)
        let path = rig.path(record)
        rig.kill()
        try FileManager.default.moveItem(atPath: rig.root + "/" + path, toPath: rig.root + "/queue/compensate/\(record.id.text).json")
        try rig.open()
        try await rig.run()
        #expect(try rig.stage(record.id) == "hold")
        try rig.check()
    }

    @Test func replacedDirectoryIsFoundAndItsFilesComeBack() async throws {
        let rig = try Rig()
        let record = try await held(rig)
        try rig.remove("queue/hold")
        try FileManager.default.createDirectory(atPath: rig.root + "/queue/hold", withIntermediateDirectories: false)
        try rig.rescan()
        #expect(try rig.stage(record.id) == "hold")
        try rig.check()
        try rig.remove("partners/acme/orders")
        try FileManager.default.createDirectory(atPath: rig.root + "/partners/acme/orders", withIntermediateDirectories: false)
        try rig.rescan()
        #expect(try await rig.take(order("N")).stage == .done)
    }

    @Test func contentChangedRightBeforeTheNextStepGoesOnAsItWasAccepted() async throws {
        let gateway = ScriptedGateway()
        gateway.hold()
        let rig = try Rig(gateway: gateway)
        try rig.drop("o.json", order("A"))
        try rig.settle()
        let record = try rig.order("A")
        try rig.write("changed", to: rig.path(record))
        gateway.letGo(.done(reference: "r"))
        try await rig.run()
        #expect(try rig.stage(record.id) == "done")
        try rig.check()
    }

    /// From where it rests into a step that calls: released once, charged once, and not held again by its own way back.
    @Test(arguments: ["hold", "failed"]) func fromARestIntoAStepThatCallsIsOneMove(_ rest: String) async throws {
        let gateway = ScriptedGateway()
        let rig = try Rig(gateway: gateway)
        try rig.command(.pause("charge"))
        let record = try await rig.take(order("A"))
        let resting = try named("\(record.id.text).json")
        try rig.moveByHand(record, to: "queue/\(rest)")
        try rig.rescan()
        #expect(try rig.stage(record.id) == rest)
        try rig.command(.resume("charge"))
        try rig.moveByHand(try rig.order(record.id), to: "queue/3-charge")
        try rig.watcher.tell(.movedOut, resting, in: rig.tree.directory("queue/\(rest)"))
        try await rig.run()
        #expect(try rig.stage(record.id) == "done")
        #expect(gateway.count("charge") == 1)
        try rig.check()
    }

    @Test func whatAPersonHoldsInTheTurnOfItsCallIsNotCharged() async throws {
        let gateway = ScriptedGateway()
        let rig = try Rig(gateway: gateway)
        try rig.command(.pause("charge"))
        let record = try await rig.take(order("A"))
        // Both in one turn: the call is wanted, then the order is held.
        rig.pipeline.inbox.put(CommandRequest(.cancel(record.id), by: "uid 0", reason: "test"), tag: 1)
        rig.pipeline.inbox.put(CommandRequest(.resume("charge"), by: "uid 0", reason: "test"), tag: 2)
        try await rig.run()
        #expect(try rig.stage(record.id) == "cancelled")
        #expect(gateway.count("charge") == 0)
    }

    @Test func aDeletedFileOfADeferredOrderStopsNothing() async throws {
        let gateway = ScriptedGateway()
        gateway.script("charge", .unavailable("down"), .unavailable("down"), .done(reference: "r"))
        let rig = try Rig(gateway: gateway) { $0.breakerThreshold = 1 }
        let record = try await rig.take(order("A"))
        #expect(try rig.stage(record.id) == "deferred")
        try rig.remove(rig.path(record))
        for _ in 0..<20 where try rig.stage(record.id) != "done" { try await rig.pass(milliseconds: 10_000) }
        #expect(try rig.stage(record.id) == "done")
        try rig.check()
    }

    /// A look lists one directory after the other: a file that is moved in between was in none of them.
    @Test func aMoveBetweenTheListingsOfTwoDirectoriesIsAMove() async throws {
        let rig = try Rig { $0.zeroPrice = .hold }
        let record = try await rig.take(order("A", [("PEN", 1, 0)]))
        #expect(try rig.stage(record.id) == "hold")
        try rig.moveByHand(record, to: "queue/1-validate")
        // What such a look makes of it.
        try rig.pipeline.restore(record.id, at: rig.pipeline.now)
        #expect(!rig.exists("queue/hold/\(record.id.text).json"))
        try await rig.run()
        #expect(try rig.stage(record.id) == "done")
        try rig.check()
    }
}
