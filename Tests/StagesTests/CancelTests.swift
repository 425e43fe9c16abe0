import Ledger
import Orders
import Testing

@testable import Stages

/// Cancelling: what was done for an order is undone, each once.
@Suite struct CancelTests {
    @Test func afterReserveThePiecesAreFreedOnce() async throws {
        let rig = try Rig()
        try rig.setStock(["PEN": 5])
        try rig.command(.pause("charge"))
        let record = try await rig.take(order("A", [("PEN", 2, 100)]))
        #expect(try rig.command(.cancel(record.id), reason: "changed their mind").status == .cancelled)
        #expect(try #require(try rig.stock("PEN")) == (5, 0))
        let now = try rig.order(record.id)
        #expect(now.stage == .cancelled && now.reason == "cancelled" && now.detail == "changed their mind")
        let again = try rig.command(.cancel(record.id))
        #expect(!again.isDone && again.message.contains("cancelled already"))
        #expect(try #require(try rig.stock("PEN")) == (5, 0))
        try rig.crashAndStart()
        try await rig.run()
        #expect(try #require(try rig.stock("PEN")) == (5, 0))
        try rig.check()
        try rig.audit()
    }

    @Test func afterChargeTheMoneyIsGivenBackOnce() async throws {
        let gateway = ScriptedGateway()
        let rig = try Rig(gateway: gateway)
        try rig.setStock(["PEN": 5])
        try rig.command(.pause("fulfil"))
        let record = try await rig.take(order("A", [("PEN", 2, 100)]))
        #expect(try rig.command(.cancel(record.id)).isDone)
        try await rig.run()
        let now = try rig.order(record.id)
        #expect(now.stage == .cancelled && now.charge == "refunded")
        #expect(gateway.asked == ["charge \(record.id.text):charge", "refund \(record.id.text):refund"])
        #expect(gateway.requests.last?.chargeKey == record.id.text + ":charge")
        #expect(gateway.requests.last?.amount == 200)
        #expect(try #require(try rig.stock("PEN")) == (5, 0))
        try rig.check()
        try rig.audit()
    }

    @Test func onAccountIsCredited() async throws {
        let rig = try Rig()
        try rig.command(.pause("fulfil"))
        let record = try await rig.take(order("A"))
        try rig.command(.cancel(record.id))
        #expect(try rig.order(record.id).charge == "credited" && rig.stage(record.id) == "cancelled")
    }

    @Test(arguments: [
        (PaymentAnswer.done(reference: "x"), 1), (.declined("no money"), 0),
    ])
    func whileAChargeIsOutItIsMadeDefiniteFirst(_ answer: PaymentAnswer, _ refunds: Int) async throws {
        let gateway = ScriptedGateway()
        gateway.hold()
        let rig = try Rig(gateway: gateway)
        try rig.setStock(["PEN": 5])
        try rig.drop("a.json", order("A"))
        try rig.settle()
        let id = try rig.order("A").id
        let result = try rig.command(.cancel(id))
        #expect(result.isDone && result.message.contains("is being cancelled"))
        #expect(try rig.stage(id) == "compensate")
        try await gateway.untilWaiting(1)
        gateway.letGo(answer)
        try await rig.run()
        #expect(try rig.stage(id) == "cancelled")
        #expect(gateway.count("refund") == refunds && gateway.count("charge") == 1)
        #expect(try #require(try rig.stock("PEN")) == (5, 0))
        try rig.check()
        try rig.audit()
    }

    @Test func whileAnUncertainChargeWaitsTheSameKeyIsAskedThenGivenBack() async throws {
        let gateway = ScriptedGateway()
        gateway.script("charge", .unknown("no answer"), .unknown("no answer"), .done(reference: "x"))
        let rig = try Rig(gateway: gateway)
        let id = try await rig.take(order("A")).id
        #expect(try rig.stage(id) == "deferred")
        try rig.command(.cancel(id))
        try await rig.run()
        #expect(try rig.stage(id) == "deferred")
        #expect(try rig.order(id).ending == .cancelled)
        try await rig.pass(milliseconds: 10_000)
        #expect(try rig.stage(id) == "cancelled")
        #expect(gateway.count("charge") == 3 && gateway.count("refund") == 1)
        #expect(Set(gateway.asked).count == 2)
        try rig.check()
    }

    @Test func refundThatFailsIsTriedAgain() async throws {
        let gateway = ScriptedGateway()
        gateway.script("refund", .unavailable("down"), .unknown("no answer"), .done(reference: "x"))
        let rig = try Rig(gateway: gateway)
        try rig.command(.pause("fulfil"))
        let id = try await rig.take(order("A")).id
        try rig.command(.cancel(id))
        try await rig.run()
        for _ in 0..<2 { try await rig.pass(milliseconds: 10_000) }
        #expect(try rig.stage(id) == "cancelled")
        #expect(gateway.count("refund") == 3)
        #expect(try rig.events(id).count { $0 == "effect.requested" } == 2)
    }

    @Test func refundThatIsDeclinedGoesToAPersonInTheEnd() async throws {
        let gateway = ScriptedGateway()
        gateway.script("refund", .declined("account closed"))
        let rig = try Rig(gateway: gateway) { $0.retryLimit = 2 }
        try rig.command(.pause("fulfil"))
        let id = try await rig.take(order("A")).id
        try rig.command(.cancel(id))
        try await rig.pass(milliseconds: 10_000)
        try await rig.pass(milliseconds: 10_000)
        #expect(try rig.stage(id) == "failed")
        #expect(try rig.order(id).reason == "refund-declined")
        gateway.script("refund", .done(reference: "x"))
        #expect(try rig.command(.retry(id)).isDone)
        try await rig.run()
        #expect(try rig.stage(id) == "cancelled")
        try rig.check()
    }

    @Test func crashWhileARefundIsOutGivesBackOnce() async throws {
        let gateway = ScriptedGateway()
        let rig = try Rig(gateway: gateway)
        try rig.command(.pause("fulfil"))
        let id = try await rig.take(order("A")).id
        gateway.hold()
        try rig.command(.cancel(id))
        try rig.settle()
        try await gateway.untilWaiting(1)
        rig.kill()
        gateway.letGo(.done(reference: "lost"))
        try rig.open()
        try await rig.run()
        #expect(try rig.stage(id) == "cancelled")
        #expect(Set(gateway.asked) == ["charge \(id.text):charge", "refund \(id.text):refund"])
    }

    @Test func refundWithoutAGatewayIsHeld() async throws {
        let rig = try Rig(gateway: ScriptedGateway())
        try rig.command(.pause("fulfil"))
        let id = try await rig.take(order("A")).id
        try rig.stop()
        rig.gateway = nil
        try rig.open()
        try rig.command(.cancel(id))
        try await rig.run()
        let record = try rig.order(id)
        #expect(record.stage == .hold && record.reason == "payment-no-gateway" && record.ending == .cancelled)
        try rig.check()
    }

    @Test func afterFulfilItIsRefused() async throws {
        let rig = try Rig()
        try rig.command(.pause("notify"))
        let record = try await rig.take(order("A"))
        let result = try rig.command(.cancel(record.id))
        #expect(!result.isDone && result.message.contains("handed to fulfilment"))
        try rig.command(.resume("notify"))
        try await rig.run()
        #expect(try rig.stage(record.id) == "done")
        #expect(try !rig.command(.cancel(record.id)).isDone)
    }

    @Test func heldAndFailedOrdersCanBeCancelled() async throws {
        let gateway = ScriptedGateway()
        gateway.script("charge", .unavailable("down"))
        let rig = try Rig(gateway: gateway) { $0.retryLimit = 1 }
        let failed = try await rig.take(order("A"))
        let held = try await rig.take(order("B", [("GIFT", 1, 0), ("PEN", 1, 5)]))
        #expect(try rig.stage(failed.id) == "failed" && rig.stage(held.id) == "hold")
        for id in [failed.id, held.id] { #expect(try rig.command(.cancel(id)).isDone) }
        try await rig.run()
        #expect(try rig.stage(failed.id) == "cancelled" && rig.stage(held.id) == "cancelled")
        // The gateway said of its only request that nothing was done: nothing is open there.
        #expect(gateway.count("charge") == 1 && gateway.count("refund") == 0)
        try rig.check()
        try rig.audit()
    }

    @Test func orderHeldAsUncertainIsAskedForThenGivenBack() async throws {
        let gateway = ScriptedGateway()
        gateway.script("charge", .unknown("no answer"), .done(reference: "it was done"))
        let rig = try Rig(gateway: gateway) { $0.retryLimit = 1 }
        let id = try await rig.take(order("A")).id
        #expect(try rig.stage(id) == "hold")
        #expect(try rig.command(.cancel(id)).isDone)
        try await rig.run()
        #expect(try rig.stage(id) == "cancelled")
        #expect(gateway.asked == ["charge \(id.text):charge", "charge \(id.text):charge", "refund \(id.text):refund"])
        try rig.check()
    }

    @Test func holdWhileAChargeIsOutKeepsItsAnswer() async throws {
        let gateway = ScriptedGateway()
        gateway.hold()
        let rig = try Rig(gateway: gateway)
        try rig.drop("a.json", order("A"))
        try rig.settle()
        let id = try rig.order("A").id
        #expect(try rig.command(.hold(id)).isDone)
        gateway.letGo(.done(reference: "x"))
        try await rig.run()
        #expect(try rig.stage(id) == "hold")
        #expect(try rig.order(id).charge == "captured")
        try rig.command(.release(id))
        try await rig.run()
        #expect(try rig.stage(id) == "done")
        #expect(gateway.count("charge") == 1)
        try rig.check()
    }

    @Test func verbsThatDoNotFitAreRefusedWithTheReason() async throws {
        let rig = try Rig()
        let record = try await rig.take(order("A"))
        for command in [Command.hold(record.id), .release(record.id), .retry(record.id)] {
            let result = try rig.command(command)
            #expect(!result.isDone && result.message.contains("done") && result.status == .completed)
        }
        var ids = IDGenerator()
        let stranger = ids.orderID(milliseconds: 0, random: { 7 })
        #expect(try rig.command(.hold(stranger)).message.contains("not in the ledger"))
    }

    @Test func refundThatIsWantedIsNotDrawnOnceMore() async throws {
        let gateway = ScriptedGateway()
        gateway.script("charge", .unknown("no answer"))
        let rig = try Rig(gateway: gateway) { $0.paymentConcurrency = 2 }
        // Drawn behind the others: it must not take the free place before them.
        try await rig.take(order("C", extra: ",\"priority\":-3"))
        gateway.hold()
        for name in ["A", "B"] { try rig.drop(name + ".json", order(name)) }
        try rig.settle()
        let ids = try ["A", "B", "C"].map { try rig.order($0).id }
        for id in ids { #expect(try rig.command(.cancel(id)).isDone) }
        try await gateway.untilWaiting(2)
        let out = ids.compactMap { rig.pipeline.engine.inFlight[$0] }
        #expect(out.count == 2)
        // Both in one turn: one place is free, and compensate is in the backlog, for C's charge must be asked for again.
        rig.pipeline.inbox.put(CallResult(call: out[0], answer: .declined("no money")))
        rig.pipeline.inbox.put(CallResult(call: out[1], answer: .done(reference: "x")))
        try rig.settle()
        // What comes to the gateway only now is done as well.
        gateway.script("charge", .done(reference: "x"))
        gateway.letGo(.done(reference: "x"))
        try await rig.run()
        #expect(gateway.count("refund") == 2 && Set(gateway.asked).count == gateway.asked.count - 1)
        try rig.check()
    }

    @Test func secondAnswerToTheChargeDoesNotAnswerTheRefund() async throws {
        let gateway = ScriptedGateway()
        gateway.hold()
        let rig = try Rig(gateway: gateway)
        try rig.drop("a.json", order("A"))
        try rig.settle()
        let id = try rig.order("A").id
        let charge = try #require(rig.pipeline.engine.inFlight[id])
        #expect(try rig.command(.cancel(id)).isDone)
        try await gateway.untilWaiting(1)
        gateway.answerAll(.done(reference: "x"))
        try await rig.run { rig.pipeline.engine.inFlight[id]?.request.effect == "refund" }
        rig.pipeline.inbox.put(CallResult(call: charge, answer: .done(reference: "x")))
        try rig.settle()
        #expect(rig.pipeline.callsInFlight == 1)
        try await gateway.untilWaiting(1)
        gateway.letGo(.done(reference: "y"))
        try await rig.run()
        #expect(try rig.stage(id) == "cancelled")
        #expect(gateway.count("charge") == 1 && gateway.count("refund") == 1)
        try rig.check()
    }
}
