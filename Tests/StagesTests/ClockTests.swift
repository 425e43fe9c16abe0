import Ledger
import Orders
import Testing

@testable import Stages

/// Wall clocks that somebody sets while the daemon runs.
@Suite struct ClockTests {
    private static let day: Int64 = 86_400_000

    private func times(_ rig: Rig, _ id: OrderID) throws -> [String] {
        let history = try JSONValue.parse([UInt8(ascii: "[")] + rig.order(id).history + [UInt8(ascii: "]")])
        return (history.items ?? []).compactMap { $0["at"]?.text }
    }

    @Test func timesNeverRunBackWhenTheClockIsSetBack() async throws {
        let rig = try Rig()
        let record = try await rig.take(order("A", [("GIFT", 1, 0)]))
        rig.clock.jump(milliseconds: -Self.day)
        try rig.command(.release(record.id))
        let found = try times(rig, record.id)
        #expect(found == found.sorted() && found.count > 3)
        #expect(try rig.order(record.id).day == "2026-11-22")
        try rig.crashAndStart()
        let next = try await rig.take(order("B"))
        #expect(try next.created >= rig.order(record.id).updated)
        try rig.check()
    }

    @Test func retryComesNeitherEarlyNorLateWhenTheClockJumpsBeforeTheFault() async throws {
        for jump in [Self.day, -Self.day] {
            let gateway = ScriptedGateway()
            gateway.script("charge", .unavailable("down"))
            let rig = try Rig(gateway: gateway) {
                $0.breakerThreshold = 100
                // Else a forward jump makes the key look old, and it is looked up.
                $0.keyLife = 10 * Self.day
            }
            rig.clock.jump(milliseconds: jump)
            try await rig.take(order("A"))
            #expect(gateway.count("charge") == 1)
            let first = rig.pipeline.patience()
            #expect((1...1001).contains(first))
            try await rig.pass(milliseconds: Int64(first) + 1)
            #expect(gateway.count("charge") == 2)
        }
    }

    @Test func retryComesNeitherEarlyNorLateWhenTheClockJumpsDuringTheWait() async throws {
        for jump in [Self.day, -Self.day] {
            let gateway = ScriptedGateway()
            gateway.script("charge", .unavailable("down"))
            let rig = try Rig(gateway: gateway) {
                $0.breakerThreshold = 100
                // Else a forward jump makes the key look old, and it is looked up.
                $0.keyLife = 10 * Self.day
            }
            try await rig.take(order("A"))
            let wait = Int64(rig.pipeline.patience())
            rig.clock.jump(milliseconds: jump)
            try await rig.run()
            #expect(gateway.count("charge") == 1)
            if wait > 2 {
                try await rig.pass(milliseconds: wait - 2)
                #expect(gateway.count("charge") == 1)
            }
            try await rig.pass(milliseconds: 3)
            #expect(gateway.count("charge") == 2)
        }
    }

    @Test func breakerStaysOpenForItsPauseWhateverTheWallClockSays() async throws {
        for jump in [Self.day, -Self.day] {
            let gateway = ScriptedGateway()
            gateway.script("charge", .unavailable("down"))
            let rig = try Rig(gateway: gateway) {
                $0.breakerThreshold = 1
                $0.breakerPause = 30_000
            }
            try await rig.take(order("A"))
            rig.clock.jump(milliseconds: jump)
            for _ in 0..<29 { try await rig.pass(milliseconds: 1000) }
            #expect(gateway.count("charge") == 1)
            gateway.script("charge", .done(reference: "x"))
            for _ in 0..<3 { try await rig.pass(milliseconds: 1000) }
            #expect(try rig.order("A").stage == .done)
        }
    }

    @Test func keyDoesNotGrowYoungWhenTheClockIsSetBack() async throws {
        let gateway = ScriptedGateway()
        gateway.script("charge", .unknown("no answer"))
        gateway.script("lookup", .done(reference: "x"))
        let rig = try Rig(gateway: gateway) { $0.keyLife = 60_000 }
        try await rig.take(order("A"))
        rig.clock.jump(milliseconds: -Self.day)
        try await rig.pass(milliseconds: 61_000)
        #expect(gateway.count("charge") == 1 && gateway.count("lookup") == 1)
    }

    @Test func settleTimeRunsOnWhateverTheWallClockSays() async throws {
        let rig = try Rig()
        try rig.write(order("A"), to: "partners/acme/orders/a.json")
        try rig.rescan()
        rig.clock.jump(milliseconds: Self.day)
        try await rig.run()
        #expect(try rig.drops().isEmpty)
        try await rig.pass(milliseconds: 1000)
        #expect(try rig.order("A").stage == .done)
    }

    @Test func afterARestartTheWallClockRules() async throws {
        let gateway = ScriptedGateway()
        gateway.script("charge", .unavailable("down"), .done(reference: "x"))
        let rig = try Rig(gateway: gateway) { $0.retryBase = 900_000 }
        try await rig.take(order("A"))
        try rig.stop()
        rig.clock.jump(milliseconds: Self.day)
        try rig.open()
        try await rig.run()
        #expect(try rig.order("A").stage == .done)
    }
}
