import Ledger
import Orders
import Spool
import Testing

@testable import Stages

/// Charges through a gateway: every answer, and none.
@Suite struct ChargeTests {
    @Test func chargeBearsWhatTheGatewayMustKnow() async throws {
        let gateway = ScriptedGateway()
        let rig = try Rig(gateway: gateway)
        let record = try await rig.take(order("A", [("PEN", 2, 150)], token: "tok_1"))
        #expect(
            gateway.requests == [
                PaymentRequest(
                    key: record.id.text + ":charge", orderID: record.id.text, amount: 300, currency: "GBP", method: "card", token: "tok_1")
            ])
        #expect(try rig.order(record.id).stage == .done && rig.order(record.id).charge == "captured")
        #expect(try rig.events(record.id).filter { $0.hasPrefix("effect.") } == ["effect.requested", "effect.settled"])
        try rig.check()
    }

    @Test func intentIsCommittedBeforeTheCall() async throws {
        let gateway = ScriptedGateway()
        gateway.hold()
        let rig = try Rig(gateway: gateway)
        try rig.drop("a.json", order("A"))
        try rig.settle()
        let effects = try rig.ledger.queries.effects(order: rig.order("A").seq)
        #expect(effects.map(\.state) == ["requested"])
        #expect(try rig.order("A").stage.name == "charge" && rig.pipeline.callsInFlight == 1)
        #expect(!rig.pipeline.isDrained)
        gateway.letGo(.done(reference: "x"))
        try await rig.run()
        #expect(try rig.order("A").stage == .done && rig.pipeline.isDrained)
    }

    @Test func freeOrderIsNotCharged() async throws {
        let gateway = ScriptedGateway()
        let rig = try Rig(gateway: gateway) { $0.zeroPrice = .accept }
        let record = try await rig.take(order("A", [("GIFT", 1, 0)]))
        #expect(try rig.order(record.id).stage == .done && gateway.asked.isEmpty)
    }

    @Test func declineAfterReserveGivesThePiecesBackAndRejects() async throws {
        let rig = try Rig(gateway: SimulatedGateway())
        try rig.setStock(["PEN": 5])
        let record = try await rig.take(order("A", [("PEN", 2, 100)], token: "tok_declined"))
        let now = try rig.order(record.id)
        #expect(now.stage == .rejected && now.charge == "declined" && now.reason == "payment-declined" && now.status == .rejected)
        #expect(try #require(try rig.stock("PEN")) == (5, 0))
        #expect(rig.places(record.id) == ["rejected/2026-11-22/\(record.id.text).json"])
        try rig.check()
    }

    @Test func declineWithoutReservationRejectsAtOnce() async throws {
        let rig = try Rig(gateway: SimulatedGateway())
        let record = try await rig.take(order("A", token: "tok_declined"))
        #expect(try rig.stage(record.id) == "rejected")
        try rig.check()
    }

    // MARK: Faults that pass

    @Test func faultIsPutOffLongerAndLongerThenFails() async throws {
        let gateway = ScriptedGateway()
        gateway.script("charge", .unavailable("closed"))
        let rig = try Rig(gateway: gateway) {
            $0.retryLimit = 6
            $0.retryCap = 4000
            $0.breakerThreshold = 100
        }
        let id = try await rig.take(order("A")).id
        var bound: Int64 = 1000
        for attempt in 1...5 {
            let record = try rig.order(id)
            #expect(record.stage == .deferred && record.attempts == attempt && record.reason == "charge-unavailable")
            #expect(record.step == "charge" && record.status == .processing)
            let next = try #require(record.nextAttempt).milliseconds
            let wait = next - rig.clock.wallMilliseconds()
            #expect((1...bound).contains(wait))
            bound = min(4000, bound * 2)
            #expect(rig.places(id) == ["queue/deferred/\(id.text).json"])
            // Not a moment too early.
            try await rig.pass(milliseconds: wait - 1)
            #expect(gateway.count("charge") == attempt)
            try await rig.pass(milliseconds: 1)
            #expect(gateway.count("charge") == attempt + 1)
        }
        let record = try rig.order(id)
        #expect(record.stage == .failed && record.attempts == 6 && record.status == .failed)
        #expect(record.detail == "closed; 6 attempts")
        try await rig.pass(milliseconds: 100_000)
        #expect(gateway.count("charge") == 6)
        gateway.script("charge", .done(reference: "x"))
        #expect(try rig.command(.retry(id)).isDone)
        try await rig.run()
        #expect(try rig.stage(id) == "done")
        #expect(Set(gateway.requests.map(\.key)).count == 1)
        try rig.check()
    }

    @Test func waitIsTheFilesTime() async throws {
        let rig = try Rig(gateway: SimulatedGateway())
        let id = try await rig.take(order("A", token: "tok_unavailable")).id
        let record = try rig.order(id)
        let status = try rig.files.status(in: rig.tree.directory("queue/deferred"), Places.fileName(id))
        #expect(status?.modifyTime == (record.nextAttempt?.milliseconds ?? 0) * 1_000_000)
    }

    @Test func attemptsOfOneStepDoNotCountForTheNext() async throws {
        let rig = try Rig(gateway: SimulatedGateway())
        let id = try await rig.take(order("A", token: "tok_flaky")).id
        for _ in 0..<2 { try await rig.pass(milliseconds: 10_000) }
        #expect(try rig.order(id).stage == .done && rig.order(id).attempts == 0)
    }

    @Test func unknownOutcomeIsAskedAgainWithTheSameKey() async throws {
        let gateway = ScriptedGateway()
        gateway.script("charge", .unknown("no answer"), .done(reference: "x"))
        let rig = try Rig(gateway: gateway)
        let id = try await rig.take(order("A")).id
        #expect(try rig.order(id).reason == "charge-uncertain")
        try await rig.pass(milliseconds: 10_000)
        #expect(try rig.stage(id) == "done")
        #expect(gateway.asked == ["charge \(id.text):charge", "charge \(id.text):charge"])
        #expect(try rig.events(id).count { $0 == "effect.requested" } == 1)
    }

    @Test func outcomeThatNobodyKnowsIsHeldAsUncertainNotFailed() async throws {
        let rig = try Rig(gateway: SimulatedGateway()) {
            $0.retryLimit = 3
            $0.breakerThreshold = 100
        }
        let id = try await rig.take(order("A", token: "tok_timeout")).id
        for _ in 0..<2 { try await rig.pass(milliseconds: 20_000) }
        let record = try rig.order(id)
        #expect(record.stage == .hold && record.reason == "charge-uncertain" && record.charge == "requested")
        try rig.check()
    }

    @Test func keyPastItsLifeIsLookedUpNeverChargedAnew() async throws {
        let gateway = ScriptedGateway()
        gateway.script("charge", .unknown("no answer"))
        gateway.script("lookup", .done(reference: "x"))
        let rig = try Rig(gateway: gateway) {
            $0.keyLife = 60_000
            $0.retryBase = 1
        }
        let id = try await rig.take(order("A")).id
        rig.clock.advance(milliseconds: 60_001)
        try await rig.run()
        #expect(gateway.asked == ["charge \(id.text):charge", "lookup \(id.text):charge"])
        #expect(try rig.order(id).stage == .done && rig.order(id).charge == "captured")
    }

    @Test func keyPastItsLifeThatTheGatewayDoesNotKnowIsHeldUntilAPersonSaysThatItWasNotDone() async throws {
        let gateway = ScriptedGateway()
        gateway.script("charge", .unknown("no answer"), .done(reference: "x"))
        gateway.script("lookup", .notFound)
        let rig = try Rig(gateway: gateway) { $0.keyLife = 60_000 }
        let id = try await rig.take(order("A")).id
        rig.clock.advance(milliseconds: 60_001)
        try await rig.run()
        #expect(try rig.stage(id) == "hold")
        #expect(try rig.order(id).reason == "charge-not-found")
        #expect(gateway.count("charge") == 1)
        try rig.command(.release(id))
        try await rig.run()
        #expect(try rig.stage(id) == "done")
        #expect(gateway.count("charge") == 2 && Set(gateway.requests.map(\.key)).count == 1)
        try rig.check()
        try rig.audit()
    }

    @Test func releaseOfAnOrderWhoseAttemptsWereUsedUpSaysNothingOfAnUnknownKey() async throws {
        let gateway = ScriptedGateway()
        gateway.script("charge", .unknown("no answer"))
        gateway.script("lookup", .notFound)
        let rig = try Rig(gateway: gateway) {
            $0.keyLife = 60_000
            $0.retryLimit = 1
        }
        let id = try await rig.take(order("A")).id
        #expect(try rig.stage(id) == "hold")
        // Somebody lets it try again. That the gateway knows nothing of the key comes out only then: nobody has judged that.
        rig.clock.advance(milliseconds: 60_001)
        try rig.command(.release(id))
        try await rig.run()
        #expect(try rig.stage(id) == "hold")
        #expect(gateway.count("charge") == 1 && gateway.count("lookup") == 1)
    }

    @Test func chargeThatIsOutWhenTheGatewayIsTakenAwayIsHeld() async throws {
        let gateway = ScriptedGateway()
        gateway.script("charge", .unknown("no answer"))
        let rig = try Rig(gateway: gateway)
        let id = try await rig.take(order("A")).id
        try rig.stop()
        rig.gateway = nil
        try rig.open()
        try await rig.pass(milliseconds: 10_000)
        let record = try rig.order(id)
        #expect(record.stage == .hold && record.reason == "payment-no-gateway" && record.charge == "requested")
        try rig.check()
    }
}
