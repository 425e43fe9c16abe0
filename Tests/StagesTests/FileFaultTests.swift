import Foundation
import Glibc
import Ledger
import Orders
import Spool
import Testing

@testable import Stages

/// Each single file operation fails, in each of four ways: what can go on goes on, what cannot stops with its reason, and the next start
/// recovers.
@Suite struct FileFaultTests {
    static let codes = [EIO, ENOSPC, EMFILE, EACCES]

    private func drop(_ rig: Rig) throws {
        try rig.drop("many.json", "[\(order("held", [("GIFT", 1, 0)])),\(order("one")),{}]")
        try rig.drop("bad.json", "{\"customerId\":")
        try rig.drop("other.txt", "hello")
        try rig.drop("two.json", order("two"), partner: "other")
    }

    /// Some turns, and a look at everything by hand; false where orderd stopped.
    private func work(_ rig: Rig, _ stop: inout PipelineError?) {
        do throws(PipelineError) {
            for _ in 0..<3 where try !rig.pipeline.turn() { break }
            rig.pipeline.needsQueueScan = true
            for _ in 0..<3 where try !rig.pipeline.turn() { break }
        } catch {
            stop = error
        }
    }

    /// What must come of it in the end, whatever failed.
    ///
    /// - Parameters:
    ///   - unreadable: an open was refused: what its owner keeps to himself is rejected with a receipt that says so.
    ///   - twice: a rename was refused: what cannot be moved is refused where it lies, and again once it can be moved.
    private func expectAllWell(_ rig: Rig, _ what: String, unreadable: Bool = false, twice: Bool = false) throws {
        if unreadable {
            let drops = try rig.drops()
            #expect(drops.count == 4 && drops.allSatisfy { $0.verdict != nil }, "\(what)")
            return try rig.check()
        }
        let ends = try rig.orders().map { "\($0.order.orderReference ?? "") \($0.stage)" }.sorted()
        #expect(ends == ["held hold", "one done", "two done"], "\(what)")
        let verdicts = try rig.drops().map { "\(String(decoding: $0.facts.name, as: UTF8.self)) \($0.verdict?.rawValue ?? "open")" }
            .sorted()
        #expect(
            (twice ? Set(verdicts).sorted() : verdicts) == [
                "bad.json rejected", "many.json partial", "other.txt rejected", "two.json accepted",
            ], "\(what)")
        try rig.check()
    }

    /// The trouble is over: a start where it stopped, then time.
    private func recover(_ rig: Rig, stopped: Bool) async throws {
        if stopped {
            rig.kill()
            try rig.open()
            try rig.rescan()
        }
        for _ in 0..<3 { try await rig.pass(milliseconds: 700_000) }
    }

    private func expectClear(_ stop: PipelineError, _ trap: Trap, _ what: String) {
        // It names the call that failed, or the ledger that says so, and why.
        #expect(stop.description.contains("errno") && stop.description.contains("trapped"), "\(what): \(stop)")
    }

    @Test(arguments: codes) func anyCallMayFailOnce(_ code: Int32) async throws {
        var number = 1
        var stops: Set<String> = []
        var goesOn: Set<String> = []
        while true {
            let trap = Trap()
            let rig = try Rig(partners: ["acme", "other"], files: trap.files)
            try drop(rig)
            trap.fail(at: number, code: code)
            var stop: PipelineError?
            work(rig, &stop)
            trap.disarm()
            guard let hit = trap.hits.first else { break }
            let what = "call \(number), \(hit), errno \(code)"
            if let stop {
                expectClear(stop, trap, what)
                stops.insert(hit)
            } else {
                goesOn.insert(hit)
                // One of the two partners at least is served at once.
                try rig.settle()
                let done = try rig.orders().filter { $0.stage == .done }
                #expect(!done.isEmpty, "\(what)")
            }
            try await recover(rig, stopped: stop != nil)
            try expectAllWell(
                rig, what, unreadable: hit == "openForReading" && code == EACCES,
                twice: hit == "rename" && code == EACCES)
            number += 1
        }
        #expect(number > 100)
        // Nothing but the journal, and an order's own file, stops orderd.
        #expect(
            stops.isSubset(of: ["close", "create", "makeDirectory", "openDirectory", "rename", "setMode", "syncData", "write"]), "\(stops)")
        #expect(stops.contains("syncData") && goesOn.isSuperset(of: ["list", "openForReading", "read", "remove", "status"]))
    }

    /// Every call, each in one of the ways.
    @Test(arguments: 0..<4) func anyCallOfAStartMayFailOnce(_ lane: Int) async throws {
        var number = 1 + lane
        while true {
            let code = Self.codes[number / 4 % 4]
            let trap = Trap()
            let rig = try Rig(partners: ["acme", "other"], files: trap.files)
            try drop(rig)
            try await rig.run()
            let path = try rig.path(rig.order("held"))
            rig.kill()
            try rig.remove(path)
            try rig.write(order("three"), to: "claimed/other/orders/three.json")
            trap.fail(at: number, code: code)
            var failure: (any Error)?
            do { try rig.open() } catch { failure = error }
            trap.disarm()
            guard let hit = trap.hits.first else { break }
            let what = "start, call \(number), \(hit), errno \(code)"
            if let failure {
                #expect("\(failure)".contains("trapped"), "\(what): \(failure)")
                rig.kill()
                try rig.open()
            }
            try rig.rescan()
            for _ in 0..<3 { try await rig.pass(milliseconds: 700_000) }
            #expect(try rig.orders().map(\.stage.name).sorted() == ["done", "done", "done", "hold"], "\(what)")
            try rig.check()
            number += 4
        }
        #expect(number > 50)
    }

    @Test(arguments: codes) func aCallThatGoesOnFailingIsNoBusyLoopAndIsMadeGood(_ code: Int32) async throws {
        let all = Trap()
        let sample = try Rig(partners: ["acme", "other"], files: all.files)
        try drop(sample)
        try await sample.run()
        for call in all.names.subtracting(["dropLease", "leaseHeld", "takeReadLease"]).sorted() {
            let trap = Trap()
            let rig = try Rig(partners: ["acme", "other"], files: trap.files)
            try drop(rig)
            trap.fail(every: call, code: code)
            var stop: PipelineError?
            var turns = 0
            do throws(PipelineError) {
                while turns < 500, try rig.pipeline.turn() { turns += 1 }
            } catch {
                stop = error
            }
            #expect(turns < 500, "\(call), errno \(code): it turns and turns")
            if let stop { expectClear(stop, trap, "\(call), errno \(code)") }
            trap.disarm()
            try await recover(rig, stopped: stop != nil)
            try expectAllWell(
                rig, "\(call), errno \(code)", unreadable: call == "openForReading" && code == EACCES,
                twice: call == "rename" && code == EACCES)
        }
    }
}
