import Ledger
import Orders
import Testing

@testable import Stages

/// Many charges at once, a gateway that is down, and crashes with a charge out.
@Suite struct ManyChargesTests {
    @Test func noMoreCallsAreOutThanConfigured() async throws {
        let gateway = ScriptedGateway()
        gateway.hold()
        let rig = try Rig(gateway: gateway) { $0.paymentConcurrency = 3 }
        try rig.drop("many.ndjson", (0..<20).map { order("R\($0)") + "\n" }.joined())
        try rig.settle()
        #expect(rig.pipeline.callsInFlight == 3)
        for round in 1...6 {
            try await gateway.untilWaiting(3)
            #expect(gateway.count("charge") == 3 * round && rig.pipeline.callsInFlight == 3)
            gateway.answerAll(.done(reference: "x"))
            try await rig.run { try rig.orders().count { $0.stage == .done } == 3 * round }
            #expect(rig.pipeline.callsInFlight == min(3, 20 - 3 * round))
        }
        gateway.letGo(.done(reference: "x"))
        try await rig.run()
        #expect(try rig.orders().allSatisfy { $0.stage == .done })
        #expect(Set(gateway.asked).count == 20 && gateway.asked.count == 20)
        try rig.check()
    }

    @Test func breakerKeepsCallsFromAGatewayThatFailsAndUsesUpNoAttempts() async throws {
        let gateway = ScriptedGateway()
        gateway.script("charge", .unavailable("down"))
        let rig = try Rig(gateway: gateway) {
            $0.breakerThreshold = 3
            $0.breakerPause = 30_000
            $0.paymentConcurrency = 1
        }
        try rig.drop("many.ndjson", (0..<10).map { order("R\($0)") + "\n" }.joined())
        try await rig.run()
        #expect(gateway.count("charge") == 3)
        let orders = try rig.orders()
        #expect(orders.allSatisfy { $0.stage == .deferred })
        #expect(orders.count { $0.reason == "payment-breaker-open" && $0.attempts == 0 } == 7)
        try await rig.pass(milliseconds: 29_000)
        #expect(gateway.count("charge") == 3)
        #expect(try rig.orders().allSatisfy { $0.attempts <= 1 })
        // One call is enough to see that it is still down.
        for _ in 0..<40 { try await rig.pass(milliseconds: 100) }
        #expect(gateway.count("charge") == 4)
        gateway.script("charge", .done(reference: "x"))
        for _ in 0..<60 { try await rig.pass(milliseconds: 1000) }
        #expect(try rig.orders().allSatisfy { $0.stage == .done })
        #expect(gateway.count("charge") == 14)
        try rig.check()
    }

    @Test func pausedChargeMakesNoCall() async throws {
        let gateway = ScriptedGateway()
        let rig = try Rig(gateway: gateway)
        try rig.command(.pause("charge"))
        try await rig.take(order("A"))
        try await rig.pass(milliseconds: 60_000)
        #expect(gateway.asked.isEmpty)
        try rig.command(.resume("charge"))
        try await rig.run()
        #expect(try rig.order("A").stage == .done)
    }

    // MARK: Crashes

    @Test func crashWhileAChargeIsOutAsksAgainWithTheSameKey() async throws {
        let gateway = ScriptedGateway()
        gateway.hold()
        let rig = try Rig(gateway: gateway)
        try rig.drop("a.json", order("A"))
        try rig.settle()
        try await gateway.untilWaiting(1)
        rig.kill()
        gateway.letGo(.done(reference: "lost"))
        try rig.open()
        try await rig.run()
        #expect(try rig.order("A").stage == .done)
        #expect(Set(gateway.asked).count == 1)
        #expect(try rig.events(rig.order("A").id).count { $0 == "effect.requested" } == 1)
        try rig.check()
    }

    @Test func cleanStopWhileAChargeIsOutAsksAgainWithTheSameKey() async throws {
        let gateway = ScriptedGateway()
        gateway.hold()
        let rig = try Rig(gateway: gateway)
        try rig.drop("a.json", order("A"))
        try rig.settle()
        try await gateway.untilWaiting(1)
        try rig.stop()
        gateway.letGo(.done(reference: "lost"))
        try rig.open()
        try await rig.run()
        #expect(try rig.order("A").stage == .done)
        #expect(Set(gateway.asked).count == 1)
    }
}
