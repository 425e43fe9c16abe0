import Foundation
import Ledger
import Orders
import Spool
import Testing

@testable import Stages

/// What a busy partner may do to a quiet one: nothing that lasts longer than a slice.
@Suite struct FairnessTests {
    /// Drops many files at once, as a partner who empties a year's backlog does.
    private func flood(_ rig: Rig, _ count: Int, partner: String = "acme") throws {
        for number in 0..<count { try rig.drop("f\(number).json", order("F-\(partner)-\(number)"), partner: partner) }
    }

    private func turns(_ rig: Rig, until condition: () throws -> Bool) throws -> Int {
        for turn in 1...10_000 {
            try rig.pipeline.turn()
            if try condition() { return turn }
        }
        throw Trouble("never")
    }

    private func isDone(_ rig: Rig, _ reference: String) throws -> Bool {
        try rig.orders().contains { $0.order.orderReference == reference && $0.stage == .done }
    }

    private func gauge(_ rig: Rig, _ name: String) -> Int64? {
        rig.pipeline.gauges.first { $0.name == name && $0.partner == "acme" }?.value
    }

    @Test func aFloodOfFilesDelaysAnothersOrderByOneSlice() async throws {
        let rig = try Rig(partners: ["acme", "zenith"]) { $0.slice = 8 }
        try flood(rig, 500)
        try rig.pipeline.turn()
        try rig.drop("z.json", order("Z"), partner: "zenith")
        #expect(try turns(rig, until: { try isDone(rig, "Z") }) == 1)
        #expect(try rig.orders().count < 40)
    }

    @Test func aLargeFileDelaysAnothersOrderByOneSlice() async throws {
        let rig = try Rig(partners: ["acme", "zenith"]) { $0.slice = 8 }
        try rig.drop("all.ndjson", (0..<2000).map { order("L-\($0)") + "\n" }.joined())
        for _ in 0..<3 { try rig.pipeline.turn() }
        try rig.drop("z.json", order("Z"), partner: "zenith")
        #expect(try turns(rig, until: { try isDone(rig, "Z") }) == 1)
        #expect(try rig.orders().count < 40)
    }

    @Test func aFullWindowHasRoomForAnother() async throws {
        let rig = try Rig(partners: ["acme", "zenith"]) {
            $0.slice = 4
            $0.window = 16
        }
        try flood(rig, 200)
        try rig.pipeline.turn()
        try rig.drop("z.json", order("Z"), partner: "zenith")
        #expect(try turns(rig, until: { try isDone(rig, "Z") }) <= 2)
        // What found no room is found by a scan, and settles.
        while try rig.orders().count < 201 { try await rig.pass(milliseconds: 1000) }
        #expect(try rig.orders().count == 201)
        try rig.check()
    }

    @Test func whereCallsAreFewAnothersOrderIsCalledForNext() async throws {
        let gateway = ScriptedGateway()
        gateway.hold()
        let rig = try Rig(gateway: gateway, partners: ["acme", "zenith"]) { $0.paymentConcurrency = 2 }
        try flood(rig, 50)
        try rig.settle()
        try await gateway.untilWaiting(2)
        try rig.drop("z.json", order("Z"), partner: "zenith")
        try rig.settle()
        // The two that are out are answered, and two more may be asked for: one of each partner.
        gateway.answerAll(.done(reference: "r"))
        // Their answers may come one by one.
        while try rig.orders().count(where: { $0.stage == .done }) < 2 {
            try await rig.wakeup()
            try rig.settle()
        }
        try await gateway.untilWaiting(2)
        #expect(gateway.asked.count == 4)
        let asked = gateway.requests.suffix(2).map(\.orderID)
        #expect(try asked.contains(rig.order("Z").id.text))
        gateway.letGo(.done(reference: "r"))
        try await rig.run()
        #expect(try rig.orders().allSatisfy { $0.stage == .done })
        try rig.check()
    }

    @Test func whatIsMoreThanTheLimitWaitsInTheInbox() async throws {
        let rig = try Rig(partners: ["acme", "zenith"]) {
            $0.partnerRateLimits["acme"] = .some(RateLimit(ordersPerMinute: 60, burst: 5))
        }
        try flood(rig, 20)
        try flood(rig, 20, partner: "zenith")
        try await rig.run()
        #expect(try rig.orders().count { $0.partner == "acme" } == 5)
        #expect(try rig.orders().count { $0.partner == "zenith" } == 20)
        #expect(try rig.list("partners/acme/orders").count == 15)
        #expect(rig.pipeline.patience() > 0 && rig.pipeline.patience() <= 1000)
        #expect(gauge(rig, "orderd_rate_limited") == 1)
        #expect(gauge(rig, "orderd_rate_limit_waiting") == 15)
        #expect(rig.pipeline.isDrained, "a drain does not wait for a limit")
        try await rig.pass(milliseconds: 3000)
        #expect(try rig.orders().count { $0.partner == "acme" } == 8)
        try await rig.pass(milliseconds: 60_000)
        #expect(try rig.orders().count { $0.partner == "acme" } == 13, "no more than the burst after a quiet time")
        for _ in 0..<7 { try await rig.pass(milliseconds: 1000) }
        #expect(try rig.orders().count { $0.partner == "acme" } == 20)
        #expect(gauge(rig, "orderd_rate_limited") == 0)
        try rig.check()
    }

    @Test func aLargeFileKeepsToTheLimit() async throws {
        let rig = try Rig { $0.rateLimit = RateLimit(ordersPerMinute: 60, burst: 10) }
        try rig.drop("all.ndjson", (0..<2000).map { order("L-\($0)") + "\n" }.joined())
        try await rig.run()
        let first = try rig.orders().count
        #expect(first == 10)
        try await rig.pass(milliseconds: 5000)
        #expect(try rig.orders().count == 15)
    }

    @Test func aLimitThatIsTakenAwayLetsAllThrough() async throws {
        let rig = try Rig { $0.rateLimit = RateLimit(ordersPerMinute: 1, burst: 1) }
        try flood(rig, 5)
        try await rig.run()
        #expect(try rig.orders().count == 1)
        var policy = rig.policy
        policy.rateLimit = nil
        rig.pipeline.adopt(policy)
        try await rig.run()
        #expect(try rig.orders().count == 5)
    }

    @Test func aBucketNeverHoldsMoreThanItsBurstAndForgetsNothing() {
        var bucket = TokenBucket(RateLimit(ordersPerMinute: 7, burst: 3), now: 0)
        #expect(bucket.orders(at: 0) == 3)
        bucket.take(3)
        var taken = 0
        // A minute in steps that do not divide it: seven orders, not six.
        for step in 1...601 {
            let free = bucket.orders(at: Int64(step) * 100_000_000)
            bucket.take(free)
            taken += free
        }
        #expect(taken == 7)
        #expect(bucket.orders(at: .max) == 3)
        bucket.take(.max)
        #expect(bucket.orders(at: .max) == 0)
    }
}
