import Foundation
import Ledger
import Orders
import Spool
import Testing

@testable import Stages

/// All that can be done by hand to an order's file, from every directory to every directory, while orderd runs, after a clean stop, and
/// after an unclean one.
@Suite struct HandMatrixTests {
    enum Moment: CaseIterable {
        case runningWithEvents
        case running
        case stoppedCleanly
        case killed
    }

    /// What is done by hand to one order's file.
    enum Deed: CustomStringConvertible {
        case move(HandPlace)
        /// Into an end's directory without a day, or of another day.
        case moveInto(String)
        case moveAndChange(HandPlace)
        case delete
        case takeAway
        case copy(HandPlace)
        case copyInto(String)
        case change(String)
        case putInItsPlace(Thing)

        var description: String {
            switch self {
            case .move(let place): "moved to \(place.rawValue)"
            case .moveInto(let directory): "moved to \(directory)"
            case .moveAndChange(let place): "changed and moved to \(place.rawValue)"
            case .delete: "deleted"
            case .takeAway: "moved out of the spool"
            case .copy(let place): "copied to \(place.rawValue)"
            case .copyInto(let directory): "copied to \(directory)"
            case .change(let text): "overwritten with \"\(text.prefix(8))\""
            case .putInItsPlace(let thing): "replaced by \(thing)"
            }
        }
    }

    /// What may stand where a file should.
    enum Thing: CaseIterable {
        case emptyDirectory
        case directory
        case symbolicLink
        case danglingLink
        case hardLink
        case pipe
    }

    private static func deeds(at place: HandPlace) -> [Deed] {
        let others = HandPlace.allCases.filter { $0 != .holdAfterFulfilment && $0.directory != place.directory }
        return others.map { .move($0) } + others.map { .copy($0) }
            + [.moveInto("done"), .moveInto("rejected/2020-02-02"), .copyInto("cancelled"), .delete, .takeAway]
            + [.change(""), .change("short"), .change(String(repeating: "x", count: order("R00").utf8.count))]
            + [HandPlace.validate, .hold, .failed, .compensate].filter { $0.directory != place.directory }.map { .moveAndChange($0) }
            + Thing.allCases.map { .putInItsPlace($0) }
    }

    @Test(arguments: HandPlace.allCases, Moment.allCases)
    func whateverIsDoneByHandComesOutAsTheTableSays(_ place: HandPlace, _ moment: Moment) async throws {
        let deeds = Self.deeds(at: place)
        let gateway = ScriptedGateway()
        let rig = try Rig(gateway: gateway) {
            $0.paymentConcurrency = 1000
            $0.breakerThreshold = 1000
            $0.retryLimit = place == .failed ? 1 : 100
            $0.retryBase = 3_600_000
            $0.retryCap = 3_600_000
        }
        try rig.setStock(["PEN": 1000])
        let orders = try await bring(deeds.count, to: place, rig, gateway)
        #expect(orders.allSatisfy { $0.stage.name == place.stage })
        let outside = try Outside()
        let paths = orders.map { rig.path($0) }
        if moment == .stoppedCleanly { try rig.stop() }
        if moment == .killed { rig.kill() }
        for (path, deed) in zip(paths, deeds) { try outside.do(deed, path, rig) }
        if moment == .runningWithEvents {
            for (record, deed) in zip(orders, deeds) { try tell(rig, record, place, deed) }
            try rig.settle()
        }
        switch moment {
        case .running, .runningWithEvents: try rig.rescan()
        case .stoppedCleanly, .killed:
            try rig.open()
            try rig.settle()
        }
        // What a rescan had no time for, the next one does.
        try rig.rescan()

        let steps = gateway.waiting
        #expect(place == .compensate ? steps >= deeds.count : steps == 0)
        for (record, deed) in zip(orders, deeds) {
            let now = try rig.order(record.id)
            let isPutBack = Self.meaning(of: deed, at: place, moment) == .putBack
            // Steps are paused where the orders lie, so that what was put back lies there still.
            if isPutBack { #expect(now.stage.name == place.stage, "\(deed)") }
        }
        try rig.check()
        try rig.audit()

        // Then all that kept them is taken away.
        gateway.letGo(.done(reference: "x"))
        for pause in try rig.ledger.queries.pauses() { try rig.command(.resume(pause.pause.what)) }
        try await rig.run()
        for _ in 0..<2 { try await rig.pass(milliseconds: 7_200_000) }
        for (record, deed) in zip(orders, deeds) {
            let expected = HandTable.end(of: place, meaning: Self.meaning(of: deed, at: place, moment))
            #expect(try rig.stage(record.id) == expected, "\(deed)")
            try expectEachStepOnce(rig, record.id, "\(deed)")
        }
        try expectSetAside(rig, orders, deeds)
        try rig.check()
        try rig.audit()
        try outside.expectUntouched()
        try expectEachChargeOnce(rig, gateway)
    }

    @Test func thePageSaysWhatTheTableSays() throws {
        let root = try #require(packageRoot())
        let page = try String(contentsOfFile: root + "/docs/operate.md", encoding: .utf8)
        #expect(page.contains(HandTable.page), "docs/operate.md must have this table:\n\(HandTable.page)")
    }

    // MARK: What is expected

    private static func meaning(of deed: Deed, at place: HandPlace, _ moment: Moment) -> HandMeaning {
        guard moment != .killed else { return .putBack }
        switch deed {
        case .move(let target), .moveAndChange(let target): return HandTable.meaning(from: place, to: target)
        default: return .putBack
        }
    }

    /// No step is skipped, none is done twice.
    private func expectEachStepOnce(_ rig: Rig, _ id: OrderID, _ deed: String) throws {
        let history = try JSONValue.parse([91] + rig.order(id).history + [93]).items ?? []
        let done = history.filter { ["advanced", "completed"].contains($0["event"]?.text) }.compactMap { $0["stage"]?.text }
        #expect(done == Array(Steps.standard.map(\.name).prefix(done.count)), "\(deed)")
        if try rig.stage(id) == "done" { #expect(done.count == Steps.standard.count, "\(deed)") }
    }

    /// A second file is not thrown away, it lies in `rejected/`.
    private func expectSetAside(_ rig: Rig, _ orders: [OrderRecord], _ deeds: [Deed]) throws {
        let names = try rig.list("rejected").flatMap { try rig.list("rejected/" + $0) }
        for (record, deed) in zip(orders, deeds) {
            let expected: Bool
            switch deed {
            case .copy, .copyInto: expected = true
            case .putInItsPlace(let thing): expected = thing == .directory
            default: continue
            }
            #expect(names.contains { $0.hasPrefix(record.id.text + ".") && $0 != record.id.text + ".json" } == expected, "\(deed)")
        }
    }

    private func expectEachChargeOnce(_ rig: Rig, _ gateway: ScriptedGateway) throws {
        for order in try rig.orders() {
            let effects = try rig.ledger.queries.effects(order: order.seq)
            #expect(effects.count { $0.effect == "charge" } <= 1 && effects.count { $0.effect == "refund" } <= 1)
            let isCharged = order.stage == .done && order.order.totalAmount > 0
            #expect(effects.contains { $0.effect == "charge" && $0.state == "captured" } || !isCharged)
            if order.stage == .cancelled, effects.contains(where: { $0.effect == "charge" && $0.state == "captured" }) {
                #expect(effects.contains { $0.effect == "refund" && $0.state == "refunded" })
            }
        }
    }

    // MARK: Bringing orders to a place

    private func bring(_ count: Int, to place: HandPlace, _ rig: Rig, _ gateway: ScriptedGateway) async throws -> [OrderRecord] {
        var items: [(product: String, quantity: Int64, pence: Int64)] = [("PEN", 1, 100)]
        switch place {
        case .validate, .reserve, .charge, .fulfil, .notify: try rig.command(.pause(place.stage))
        case .holdAfterFulfilment: try rig.command(.pause("notify"))
        case .compensate: try rig.command(.pause("fulfil"))
        case .deferred, .failed: gateway.script("charge", .unavailable("down"))
        case .rejected: gateway.script("charge", .declined("no"))
        case .hold, .cancelled: items[0].pence = 0
        case .done: break
        }
        try rig.drop("all.ndjson", (0..<count).map { order("R\($0 < 10 ? "0" : "")\($0)", items) + "\n" }.joined())
        try await rig.run()
        gateway.script("charge", .done(reference: "x"))
        let ids = try rig.orders().map(\.id)
        switch place {
        case .holdAfterFulfilment: for id in ids { try rig.command(.hold(id)) }
        case .cancelled: for id in ids { try rig.command(.cancel(id)) }
        case .compensate:
            gateway.hold()
            for id in ids { try rig.command(.cancel(id)) }
            try await gateway.untilWaiting(count)
        default: break
        }
        try rig.settle()
        return try rig.orders()
    }

    /// What inotify tells of the watched directories.
    private func tell(_ rig: Rig, _ record: OrderRecord, _ place: HandPlace, _ deed: Deed) throws {
        let name = Places.fileName(record.id)
        switch deed {
        case .move(let target), .moveAndChange(let target), .copy(let target):
            guard target.directory.hasPrefix("queue/") else { return }
            try rig.watcher.tell(.renamedIn, name, in: rig.tree.directory(target.directory))
        case .change, .putInItsPlace:
            guard place.directory.hasPrefix("queue/") else { return }
            try rig.watcher.tell(.closedAfterWriting, name, in: rig.tree.directory(place.directory))
        default: break
        }
    }
}
