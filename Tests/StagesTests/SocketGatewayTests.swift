import Foundation
import Ledger
import Orders
import Spool
import Testing

@testable import Stages

/// Orders charged through a program in another process, which counts at its own side. Its log outlives every crash of ours.
@Suite(.enabled(if: packageRoot() != nil, "the sources are not where the tests were built"))
struct SocketGatewayTests {
    /// A rig whose gateway is a process; calls time out after 300 ms, late answers come after 600.
    private func rig(timeout: Int = 300, killing victim: Int32? = nil, _ change: (inout Policy) -> Void = { _ in }) throws -> (
        Rig, GatewayProcess
    ) {
        let rig = try Rig { policy in
            policy.breakerThreshold = 1000
            change(&policy)
        }
        let process = try GatewayProcess(in: rig.root + "/state", lateMilliseconds: 600, killing: victim)
        try rig.stop()
        rig.gateway = try SocketGateway(path: process.socket, timeout: .milliseconds(timeout))
        try rig.open()
        return (rig, process)
    }

    /// Lets waits end until the order rests for good.
    private func finish(_ rig: Rig, _ id: OrderID) async throws {
        try await rig.run()
        for _ in 0..<20 where try rig.stage(id) == "deferred" { try await rig.pass(milliseconds: 900_000) }
    }

    @Test(arguments: ["tok_ok", "tok_twice", "tok_slow-50", "tok_late", "tok_never", "tok_drop"])
    func whateverTheGatewayDoesItChargesOnceAndTheOrderIsDone(_ token: String) async throws {
        let (rig, process) = try rig()
        let id = try await rig.take(order("A", [("PEN", 3, 433)], token: token)).id
        try await finish(rig, id)
        let record = try rig.order(id)
        #expect(record.stage == .done && record.charge == "captured")
        #expect(try process.performed() == [id.text + ":charge": 1])
        let charge = try #require(try process.entries("performed").first)
        #expect(charge["amount"]?.integer == 1299 && charge["currency"]?.text == "GBP" && charge["digits"]?.integer == 2)
        let isRepeated = ["tok_late", "tok_never", "tok_drop"].contains(token)
        #expect(try process.asked("charge") == (isRepeated ? 2 : 1))
        try rig.check()
        rig.kill()
        process.end()
    }

    @Test func declineReachesTheOrder() async throws {
        let (rig, process) = try rig()
        try rig.setStock(["PEN": 5])
        let id = try await rig.take(order("A", token: "tok_declined")).id
        try await finish(rig, id)
        let record = try rig.order(id)
        #expect(record.stage == .rejected && record.detail == "insufficient funds")
        #expect(try #require(try rig.stock("PEN")) == (5, 0))
        #expect(try process.performed().isEmpty)
        process.end()
    }

    @Test func unavailableGatewayUsesUpTheAttemptsAndChargesNothing() async throws {
        let (rig, process) = try rig { $0.retryLimit = 3 }
        let id = try await rig.take(order("A", token: "tok_unavailable")).id
        try await finish(rig, id)
        #expect(try rig.order(id).stage == .failed && rig.order(id).reason == "charge-unavailable")
        #expect(try process.asked("charge") == 3 && process.performed().isEmpty)
        process.end()
    }

    @Test func manyOrdersOfEveryKindAreChargedOnceEach() async throws {
        let (rig, process) = try rig(timeout: 2000)
        let tokens = ["tok_ok", "tok_twice", "tok_slow-5", "tok_drop", "tok_never", "tok_declined"]
        try rig.drop("many.ndjson", (0..<60).map { order("R\($0)", token: tokens[$0 % 6]) + "\n" }.joined())
        try await rig.run()
        for _ in 0..<20 where try rig.orders().contains(where: { $0.stage == .deferred }) { try await rig.pass(milliseconds: 900_000) }
        let orders = try rig.orders()
        #expect(orders.count { $0.stage == .done } == 50 && orders.count { $0.stage == .rejected } == 10)
        let done = orders.filter { $0.stage == .done }.map { $0.id.text + ":charge" }
        #expect(try process.performed() == Dictionary(uniqueKeysWithValues: done.map { ($0, 1) }))
        try rig.check()
        try rig.audit()
        process.end()
    }

    @Test func crashAfterTheChargeBeforeItsAnswerChargesOnce() async throws {
        let (rig, process) = try rig(timeout: 10_000)
        try rig.drop("a.json", order("A", token: "tok_slow-200"))
        try rig.settle()
        let id = try rig.order("A").id
        #expect(try await eventually { try process.performed() == [id.text + ":charge": 1] })
        rig.kill()
        try rig.open()
        try await finish(rig, id)
        #expect(try rig.stage(id) == "done")
        #expect(try process.performed() == [id.text + ":charge": 1])
        process.end()
    }

    @Test func gatewayThatKillsItsClientHasChargedByThen() async throws {
        // The daemon's part is played by a process that only waits: the tests' own must go on.
        let victim = Process()
        victim.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        victim.arguments = ["sleep", "600"]
        try victim.run()
        let (rig, process) = try rig(killing: victim.processIdentifier)
        let id = try await rig.take(order("A", token: "tok_crash-after")).id
        victim.waitUntilExit()
        #expect(victim.terminationReason == .uncaughtSignal && victim.terminationStatus == SIGKILL)
        try await finish(rig, id)
        #expect(try rig.stage(id) == "done")
        #expect(try process.performed() == [id.text + ":charge": 1])
        process.end()
    }

    @Test func cancelAfterChargeGivesBackOnce() async throws {
        let (rig, process) = try rig()
        try rig.command(.pause("fulfil"))
        let id = try await rig.take(order("A")).id
        try rig.command(.cancel(id))
        try await finish(rig, id)
        #expect(try rig.stage(id) == "cancelled")
        #expect(try process.performed("refund") == [id.text + ":refund": 1])
        #expect(try process.entries("performed").last?["chargeKey"]?.text == id.text + ":charge")
        process.end()
    }

    @Test func gatewayThatComesBackIsReachedAgain() async throws {
        let (rig, first) = try rig()
        first.end()
        let id = try await rig.take(order("A")).id
        #expect(try rig.order(id).reason == "charge-unavailable")
        #expect(try rig.order(id).detail?.contains("is its program running?") == true)
        let second = try GatewayProcess(in: rig.root + "/state")
        try await finish(rig, id)
        #expect(try rig.stage(id) == "done")
        #expect(try second.performed() == [id.text + ":charge": 1])
        second.end()
    }
}

/// Waits until a condition holds; false where it does not within two minutes.
func eventually(_ condition: () throws -> Bool) async rethrows -> Bool {
    let deadline = ContinuousClock.now.advanced(by: .seconds(120))
    while ContinuousClock.now < deadline {
        if try condition() { return true }
        await Task.yield()
    }
    return false
}
