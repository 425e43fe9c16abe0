import Foundation
import Ledger
import Orders
import Spool
import Testing

@testable import Stages

/// What a test sees of its spool, and what it does to it by hand.
extension Rig {
    var ledgerPath: String { root + "/state/ledger.sqlite" }

    func orders(after: Int64 = 0) throws -> [OrderRecord] { try ledger.queries.orders(after: after, limit: 1_000_000) }

    func order(_ id: OrderID) throws -> OrderRecord { try #require(try ledger.queries.order(id)) }

    /// The order of a reference.
    func order(_ reference: String) throws -> OrderRecord {
        try #require(try orders().first { $0.order.orderReference == reference }, "no order \(reference)")
    }

    func stage(_ id: OrderID) throws -> String { try order(id).stage.name }

    /// The kinds of events about a subject, in order.
    func events(_ subject: String) throws -> [String] {
        try ledger.queries.changes(after: 0, limit: .max).filter { $0.subject == subject }.map(\.kind)
    }

    func events(_ id: OrderID) throws -> [String] { try events(id.text) }

    func drops() throws -> [DropRecord] { try ledger.queries.drops(after: 0) }

    /// The last drop, and its verdicts.
    func lastDrop() throws -> DropRecord { try #require(try drops().last, "nothing was dropped") }

    func results(_ drop: DropRecord) throws -> [JSONValue] {
        if !drop.results.isEmpty { return try JSONValue.parse(drop.results).items ?? [] }
        return try (0..<drop.slices).flatMap { number in
            try JSONValue.parse(try ledger.queries.slice(drop: drop.seq, number: number) ?? []).items ?? []
        }
    }

    func stock(_ product: String) throws -> (onHand: Int64, reserved: Int64)? {
        try ledger.queries.stock().first { $0.product == product }.map { ($0.onHand, $0.reserved) }
    }

    func setStock(_ counts: [String: Int64]) throws {
        try command(.stockSet(counts.map { StockCount(product: $0.key, quantity: $0.value) }))
    }

    /// Where a file lies that bears an order's id, below the spool's root; partners' directories do not count.
    func places(_ id: OrderID) -> [String] {
        let all = FileManager.default.subpaths(atPath: root) ?? []
        return all.filter { !$0.hasPrefix("partners/") && $0.contains(id.text) && !$0.hasSuffix(".reason.json") }.sorted()
    }

    func path(_ order: OrderRecord) -> String {
        pipeline.places.path(of: Place(order)) + "/" + order.id.text + ".json"
    }

    func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: root + "/" + path) }

    func content(_ path: String) throws -> String { try String(contentsOfFile: root + "/" + path, encoding: .utf8) }

    func write(_ text: String, to path: String) throws { try Data(text.utf8).write(to: URL(fileURLWithPath: root + "/" + path)) }

    func remove(_ path: String) throws { try FileManager.default.removeItem(atPath: root + "/" + path) }

    func list(_ path: String) throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: root + "/" + path).sorted() }

    /// What `mv` by hand does: from where the order lies into a directory of `queue/`, or any other.
    func moveByHand(_ order: OrderRecord, to directory: String) throws {
        try FileManager.default.moveItem(
            atPath: root + "/" + path(order), toPath: root + "/" + directory + "/" + order.id.text + ".json")
    }

    /// The chain of the journal is whole, and gives the same tables as the ledger has.
    func audit(_ location: SourceLocation = #_sourceLocation) throws {
        var findings: [Finding] = []
        let scratch = "/audit-\(UUID().uuidString.prefix(8))"
        _ = try Audit.verify(
            try LedgerReader(path: ledgerPath), journal: try tree.directory("journal"), files: hand, scratch: root + scratch,
            progress: { _ in }, finding: { findings.append($0) })
        #expect(findings == [], sourceLocation: location)
    }

    /// Every order has exactly one file, with its own bytes, where the ledger says; nothing is left in `claimed/`; what is counted adds up.
    func check(_ location: SourceLocation = #_sourceLocation) throws {
        for order in try orders() {
            // What was set aside in `rejected/` bears a longer name.
            let file = "/" + order.id.text + ".json"
            #expect(places(order.id).filter { !$0.hasPrefix("rejected/") || $0.hasSuffix(file) } == [path(order)], sourceLocation: location)
            let bytes = try Array(Data(contentsOf: URL(fileURLWithPath: root + "/" + path(order))))
            #expect(sha256(bytes) == order.sha && bytes.count == order.size, sourceLocation: location)
        }
        for partner in try ledger.queries.partners() {
            for drop in SpoolTree.dropDirectories {
                #expect(try list(SpoolTree.claimedDirectory(drop, of: partner.name)) == [], sourceLocation: location)
            }
        }
        let counted = try ledger.queries.stageCounts().reduce(into: [String: Int64]()) { $0[$1.stage.name, default: 0] += $1.orders }
            .filter { $0.value != 0 }
        let found = try orders().reduce(into: [String: Int64]()) { $0[$1.stage.name, default: 0] += 1 }
        #expect(counted == found, sourceLocation: location)
        var reserved: [String: Int64] = [:]
        for order in try orders() {
            for item in try ledger.queries.reservations(order: order.seq) where item.state == "reserved" {
                reserved[item.product, default: 0] += item.quantity
            }
        }
        for row in try ledger.queries.stock() { #expect(row.reserved == reserved[row.product, default: 0], sourceLocation: location) }
    }
}
