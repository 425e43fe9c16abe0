import Foundation
import Ledger
import Orders
import Spool
import Testing

@testable import Stages

/// Things that somebody puts where orderd is about to put an order's file.
@Suite struct HandObstacleTests {
    private func obstacle(_ thing: HandMatrixTests.Thing, _ rig: Rig, _ id: OrderID, in directory: String) throws {
        try FileManager.default.createDirectory(atPath: rig.root + "/" + directory, withIntermediateDirectories: true)
        try Outside().put(thing, rig.root + "/\(directory)/\(id.text).json", rig)
    }

    @Test(arguments: HandMatrixTests.Thing.allCases, [true, false])
    func nothingInTheWayOfAnOrderStopsIt(_ thing: HandMatrixTests.Thing, _ isCrashed: Bool) async throws {
        let rig = try Rig()
        try rig.command(.pause("charge"))
        let waiting = try await rig.take(order("A"))
        let held = try await rig.take(order("B", [("GIFT", 1, 0)]), as: "b.json")
        for record in [waiting, held] {
            for directory in ["queue/4-fulfil", "queue/deferred", "done/2026-11-22"] { try obstacle(thing, rig, record.id, in: directory) }
        }
        try rig.command(.resume("charge"))
        try rig.command(.release(held.id))
        try await rig.run()
        if isCrashed {
            for record in try rig.orders() {
                let path = rig.path(record)
                rig.kill()
                try rig.remove(path)
                try obstacle(thing, rig, record.id, in: String(path.prefix(upTo: path.lastIndex(of: "/") ?? path.endIndex)))
                try rig.open()
            }
        }
        try rig.rescan()
        #expect(try rig.orders().allSatisfy { $0.stage == .done })
        try rig.check()
    }

    @Test func aWholeQueueDeletedComesBackInPieces() async throws {
        let rig = try Rig()
        try rig.command(.pause("charge"))
        try rig.drop("many.ndjson", (0..<2500).map { order("R\($0)") + "\n" }.joined())
        try await rig.run()
        try rig.remove("queue/3-charge")
        try FileManager.default.createDirectory(atPath: rig.root + "/queue/3-charge", withIntermediateDirectories: false)
        try rig.command(.rescan)
        // Another partner's order waits for a piece only.
        var turns = 0
        while try rig.list("queue/3-charge").count < 2500, turns < 20 {
            try rig.pipeline.turn()
            turns += 1
        }
        #expect(turns > 1 && turns < 20)
        let last = try rig.order("R2499")
        #expect(try rig.content(rig.path(last)) == order("R2499"))
    }

    @Test func deletedReasonComesBack() async throws {
        let rig = try Rig()
        let record = try await rig.take(order("B", [("GIFT", 1, 0)]))
        let path = "queue/hold/\(record.id.text).reason.json"
        let text = try rig.content(path)
        try rig.remove(path)
        try rig.rescan()
        #expect(try rig.content(path) == text)
    }
}
