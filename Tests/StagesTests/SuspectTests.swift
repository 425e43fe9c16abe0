import Foundation
import Ledger
import Orders
import Spool
import Synchronization
import TestSupport
import Testing

@testable import Stages

/// Something that makes orderd crash again and again is found, set aside with its evidence, and the rest goes on.
@Suite struct SuspectTests {
    /// A step at which orderd crashes over one order: as an error that ends the turn with nothing committed.
    private final class DeadlyStep: Step {
        let name = "validate"
        let reference: String
        let crashes = Mutex(0)

        init(_ reference: String) { self.reference = reference }

        func run(_ batch: [OrderRecord], _ context: StepContext) throws(LedgerError) -> [Outcome] {
            if batch.contains(where: { $0.order.orderReference == reference }) {
                crashes.withLock { $0 += 1 }
                throw LedgerError(.storage, "crashed over \(reference)")
            }
            return batch.map { _ in .advance(Advance()) }
        }
    }

    /// Runs as a supervisor does: starts again after every crash. Returns how many there were.
    private func supervise(_ rig: Rig, _ files: MortalFiles, atMost limit: Int = 20) throws -> Int {
        for crashes in 0...limit {
            do {
                var quiet = 0
                // Nothing is done on a machine that has died, though a turn may have ended without an error.
                while !files.isDead, quiet < 5 {
                    if try rig.pipeline.turn() { continue }
                    rig.clock.advance(milliseconds: 2000)
                    quiet += 1
                }
                if !files.isDead { return crashes }
            } catch {}
            files.endOfCrash()
            try rig.crashAndStart()
        }
        throw Trouble("it crashes for ever")
    }

    private func steps(_ deadly: DeadlyStep) -> [any Step] { [deadly] + Steps.standard.dropFirst() }

    @Test func oneFileAmong256ThatCrashesTheReaderIsSetAside() async throws {
        let files = MortalFiles()
        let rig = try Rig(files: files)
        for number in 0..<256 { try rig.drop("f\(number).json", order(number == 100 ? "POISON" : "F-\(number)")) }
        files.die(reading: "POISON")
        #expect(try supervise(rig, files) == 4, "one unknown, three alone")
        files.die(reading: nil)
        #expect(try rig.orders().count == 255)
        #expect(try rig.orders().allSatisfy { $0.stage == .done })
        let drop = try #require(try rig.drops().first { $0.verdict == .rejected })
        #expect(drop.facts.name == Array("f100.json".utf8))
        #expect(try JSONValue.parse(drop.faults).items?.first?["code"]?.text == "set-aside")
        #expect(try rig.content("rejected/2026-11-22/\(drop.id.text)").contains("POISON"), "kept as it came")
        try rig.check()
        try rig.audit()
    }

    @Test func oneOrderOfASmallFileThatCrashesAStepIsSetAsideByItself() async throws {
        let deadly = DeadlyStep("POISON")
        let files = MortalFiles()
        let rig = try Rig(steps: steps(deadly), files: files)
        try rig.drop("many.json", "[\((0..<20).map { order($0 == 7 ? "POISON" : "F-\($0)") }.joined(separator: ","))]")
        _ = try supervise(rig, files)
        #expect(deadly.crashes.withLock { $0 } <= 5)
        let failed = try rig.order("POISON")
        #expect(failed.stage == .failed && failed.reason == "set-aside" && failed.detail?.contains("3 times") == true)
        #expect(try rig.orders().count { $0.stage == .done } == 19)
        #expect(rig.exists("queue/failed/\(failed.id.text).reason.json"))
        try rig.check()
        try rig.audit()
    }

    @Test func oneLineOfALargeFileIsSetAsideAndTheRestIsDone() async throws {
        let deadly = DeadlyStep("POISON")
        let files = MortalFiles()
        let rig = try Rig(steps: steps(deadly), files: files) { $0.slice = 50 }
        let lines = (0..<1200).map { order($0 == 777 ? "POISON" : "L-\($0)") }
        try rig.drop("all.ndjson", lines.joined(separator: "\n") + "\n")
        let crashes = try supervise(rig, files)
        #expect(crashes == 4)
        let failed = try rig.order("POISON")
        #expect(failed.stage == .failed && failed.reason == "set-aside")
        #expect(try rig.lastDrop().verdict == .accepted && rig.lastDrop().counts.accepted == 1200)
        #expect(try rig.orders().count { $0.stage == .done } == 1199)
        try rig.check()
        try rig.audit()
    }

    @Test func oneOrderAmong256WhoseCallCrashesIsSetAside() async throws {
        let gateway = CrashingGateway(token: "tok_poison")
        let rig = try Rig(gateway: gateway) { $0.paymentConcurrency = 8 }
        for number in 0..<256 { try rig.drop("f\(number).json", order("F-\(number)", token: number == 100 ? "tok_poison" : nil)) }
        var crashes = 0
        while crashes < 20 {
            try rig.settle()
            while rig.pipeline.callsInFlight > 0, !gateway.hasCrashed {
                let answers = [rig.pipeline.inbox.wakeup.descriptor]
                while try !gateway.hasCrashed && waitForInput(answers, timeoutMilliseconds: 0).isEmpty { await Task.yield() }
                if !gateway.hasCrashed { try rig.settle() }
            }
            guard gateway.hasCrashed else { break }
            crashes += 1
            gateway.hasCrashed = false
            try rig.crashAndStart()
        }
        #expect(crashes == 4)
        let failed = try rig.order("F-100")
        #expect(failed.stage == .failed && failed.reason == "set-aside" && failed.step == "charge")
        for _ in 0..<5 { try await rig.pass(milliseconds: 2000) }
        #expect(try rig.orders().count { $0.stage == .done } == 255)
        try rig.check()
    }

    /// The order of a file that has crashed the reader three times at one place, whole files and large ones alike.
    @Test(arguments: [20, 1200]) func anOrderThatCrashesTheReaderIsRefusedUnreadAndTheRestIsTaken(_ count: Int) async throws {
        let rig = try Rig { $0.slice = 50 }
        let lines = (0..<count).map { order("L-\($0)") }
        try rig.write(lines.joined(separator: "\n") + "\n", to: "partners/acme/orders/all.ndjson")
        let directory = try rig.tree.directory("partners/acme/orders")
        let upload = DropIdentity(try #require(try rig.hand.status(in: directory, named("all.ndjson"))), try named("all.ndjson"))
        let thing = Thing.file(partner: "acme", drop: "orders", upload: upload)
        rig.ledger.setMark(Suspects.mark, to: "3 7 \(thing.text)")
        try rig.ledger.commit()
        try rig.crashAndStart()
        try rig.rescan()
        for _ in 0..<5 { try await rig.pass(milliseconds: 1000) }
        let drop = try rig.lastDrop()
        #expect(drop.verdict == .partial && drop.counts.accepted == count - 1 && drop.counts.rejected == 1)
        let refused = try #require(try rig.results(drop).first { $0["verdict"]?.text == "rejected" })
        #expect(refused["errors"]?.items?.first?["code"]?.text == "set-aside")
        #expect(try !rig.orders().contains { $0.order.orderReference == "L-7" })
        #expect(try rig.orders().allSatisfy { $0.stage == .done })
        #expect(try rig.ledger.queries.mark("suspects") == "")
        try rig.check()
        try rig.audit()
    }

    @Test func aPersonMayLetItTryAgain() async throws {
        let deadly = DeadlyStep("POISON")
        let files = MortalFiles()
        let rig = try Rig(steps: steps(deadly), files: files)
        try rig.drop("o.json", order("POISON"))
        try rig.drop("p.json", "[\(order("POISON")),\(order("B"))]")
        _ = try supervise(rig, files)
        let rejected = try rig.drops().count { $0.verdict == .rejected }
        let failed = try rig.orders().filter { $0.stage == .failed }
        #expect(rejected + failed.count >= 1)
        rig.steps = Steps.standard
        try rig.stop()
        try rig.open()
        for order in failed { #expect(try rig.command(.retry(order.id)).isDone) }
        try await rig.run()
        #expect(try rig.orders().allSatisfy { $0.stage == .done })
        try rig.check()
    }

    @Test func crashesAtOtherPlacesSetNothingAside() async throws {
        let files = MortalFiles()
        let rig = try Rig(files: files) { $0.slice = 20 }
        let lines = (0..<800).map { order("L-\($0)") }
        try rig.drop("all.ndjson", lines.joined(separator: "\n") + "\n")
        let random = SeededRandom(7)
        var crashes = 0
        while crashes < 30 {
            files.die(at: 1 + Int(random.next() % 60))
            do {
                try await rig.run()
                break
            } catch {
                crashes += 1
                files.revive()
                rig.kill()
                // The start may be killed as well.
                if crashes.isMultiple(of: 5) {
                    files.die(at: 1 + Int(random.next() % 9))
                    try? rig.open()
                    rig.kill()
                    files.revive()
                }
                try rig.open()
            }
        }
        files.revive()
        try await rig.run()
        for _ in 0..<3 { try await rig.pass(milliseconds: 2000) }
        let drop = try rig.lastDrop()
        #expect(drop.verdict == .accepted && drop.counts.accepted == 800)
        #expect(try rig.orders().allSatisfy { $0.stage == .done })
        try rig.check()
        try rig.audit()
    }

    @Test(arguments: [false, true]) func aFileUnderSuspicionIsTakenWhileCallsAreOutAndMakesNoBusyLoop(_ isClaimed: Bool) async throws {
        let gateway = ScriptedGateway()
        let rig = try Rig(gateway: gateway)
        let place = isClaimed ? "claimed/acme/orders" : "partners/acme/orders"
        try rig.write(order("S"), to: place + "/s.json")
        let upload = DropIdentity(try #require(try rig.hand.status(in: rig.tree.directory(place), named("s.json"))), try named("s.json"))
        let thing = Thing.file(partner: "acme", drop: "orders", upload: upload)
        gateway.hold()
        try rig.drop("other.json", order("O"))
        try rig.settle()
        try await gateway.untilWaiting(1)
        rig.pipeline.suspects.add(thing)
        if isClaimed {
            let directory = try #require(rig.pipeline.intake.directories.values.first { $0.path == "partners/acme/orders" })
            rig.pipeline.intake.waitingClaimed.append(
                WaitingClaim(directory: directory, name: try named("s.json"), how: .found, since: 0, due: 0, drop: nil))
        }
        try rig.rescan()
        rig.clock.advance(milliseconds: 2000)
        var turns = 0
        while turns < 100, try rig.pipeline.turn() { turns += 1 }
        #expect(turns < 100 && rig.pipeline.patience() > 0)
        #expect(try rig.drops().count == 2)
        gateway.letGo(.done(reference: "r"))
        for _ in 0..<4 { try await rig.pass(milliseconds: 2000) }
        #expect(try rig.orders().count { $0.stage == .done } == 2)
        try rig.check()
    }

    @Test func cleanStopsCountNothing() async throws {
        let files = MortalFiles()
        let rig = try Rig(files: files)
        try rig.drop("o.json", order("POISON"))
        for _ in 0..<2 {
            files.die(reading: "POISON")
            while !files.isDead { try rig.pipeline.turn() }
            files.die(reading: nil)
            files.revive()
            try rig.crashAndStart()
        }
        for _ in 0..<5 {
            try rig.stop()
            try rig.open()
        }
        for _ in 0..<3 { try await rig.pass(milliseconds: 1000) }
        #expect(try rig.order("POISON").stage == .done)
        #expect(try rig.ledger.queries.mark("suspects") == "")
        try rig.check()
    }
}

/// A gateway over one of whose calls the process dies: that call has no answer.
private final class CrashingGateway: PaymentGateway {
    private struct State {
        var hasCrashed = false
        var unanswered: [CheckedContinuation<PaymentAnswer, Never>] = []
    }

    let name = "crashing"
    private let token: String
    private let state = Mutex(State())

    init(token: String) { self.token = token }

    deinit { for call in state.withLock({ $0.unanswered }) { call.resume(returning: .unknown("the test is over")) } }

    var hasCrashed: Bool {
        get { state.withLock { $0.hasCrashed } }
        set { state.withLock { $0.hasCrashed = newValue } }
    }

    func charge(_ request: PaymentRequest) async -> PaymentAnswer {
        guard request.token == token else { return .done(reference: "r") }
        return await withCheckedContinuation { call in
            state.withLock {
                $0.hasCrashed = true
                $0.unanswered.append(call)
            }
        }
    }
    func refund(_ request: PaymentRequest) async -> PaymentAnswer { .done(reference: "r") }
    func lookup(_ request: PaymentRequest) async -> PaymentAnswer { await charge(request) }
}
