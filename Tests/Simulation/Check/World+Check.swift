import Crypto
import Foundation
import Ledger
import Orders
import Reports
import Spool
import Stages

/// The promises, looked at from outside.
extension World {
    /// After every start: what is counted adds up, and after an unclean stop every file lies where the ledger says.
    func checkStart() throws {
        guard let daemon else { return }
        try checkCounts(daemon.ledger.queries)
        if !daemon.opening.wasClean { try checkFiles(daemon.ledger.queries, ends: false) }
    }

    /// At rest: everything.
    func checkAll() throws {
        guard let daemon else { throw Violation("the daemon is down") }
        trace.note("check")
        let queries = daemon.ledger.queries
        try checkCounts(queries)
        try checkFiles(queries, ends: true)
        try checkUploads(queries)
        try checkPublished(queries)
        try checkMoney(queries)
        try checkStock(queries)
        try audit()
    }

    // MARK: Counts

    private func checkCounts(_ queries: Queries) throws {
        let counted = try queries.countedDrops()
        let kept = try queries.dropTotals()
        try expect(counted.count == kept.count, "files of \(counted.count) kinds are counted, of \(kept.count) kept")
        for (left, right) in zip(counted, kept) {
            try expect(
                left.partner == right.partner && left.verdict == right.verdict && left.drops == right.drops && left.counts == right.counts,
                "\(left.partner), \(left.verdict): counted \(left.drops) files, kept \(right.drops)")
        }
        let entries = try queries.countedEntries()
        try expect(
            entries.entries == entries.accepted + entries.duplicate + entries.conflict + entries.rejected,
            "verdicts do not add up to orders")
        let orders = try queries.countedOrders()
        let stages = try queries.stageCounts().filter { $0.orders != 0 }
        try expect(
            orders.map { "\($0.stage) \($0.partner) \($0.orders)" }.sorted()
                == stages.map { "\($0.stage) \($0.partner) \($0.orders)" }.sorted(),
            "orders by stage: counted \(orders), kept \(stages)")
        try expect(orders.reduce(0) { $0 + $1.orders } == entries.accepted, "not every accepted order is there, or one too many")
        try expect(try queries.unevenDrops().isEmpty, "drops and their orders do not agree: \(try queries.unevenDrops())")
        try expect(try queries.unevenStock().isEmpty, "stock set aside is not the sum of reservations: \(try queries.unevenStock())")
        try expect(try queries.unevenReservations().isEmpty, "pieces are set aside for orders that need none")
    }

    func expect(_ condition: Bool, _ what: @autoclosure () throws -> String) throws {
        if !condition { throw Violation(try what()) }
    }

    // MARK: Files

    /// Every order has exactly one file, in the directory of its state, with its own bytes.
    private func checkFiles(_ queries: Queries, ends: Bool) throws {
        var places: [OrderID: [String]] = [:]
        var reasons: [OrderID: [String]] = [:]
        for directory in Self.queues.map({ "queue/" + $0 }) + days() {
            for name in disk.find("spool/" + directory)?.entries.keys.sorted() ?? [] where name.hasPrefix("ord_") {
                guard let id = OrderID(utf8: name.bytes.prefix(30)) else { continue }
                if name.hasSuffix(".reason.json") { reasons[id, default: []].append(directory) }
                if name.count == 35 { places[id, default: []].append(directory) }
            }
        }
        for order in try queries.orders(limit: 100_000) {
            let proper = Self.directory(order)
            if order.stage.isTerminal, !ends { continue }
            let found = places.removeValue(forKey: order.id) ?? []
            try expect(
                order.stage.isTerminal || !ends ? found.contains(proper) : found == [proper],
                "\(order.id) belongs in \(proper) and lies in \(found)")
            try expect(!ends || found.count == 1, "\(order.id) lies in \(found)")
            let bytes = disk.find("spool/\(proper)/\(order.id.text).json")?.content ?? []
            try expect(order.isContent(bytes), "the file of \(order.id) in \(proper) is not what was accepted")
            guard ends else { continue }
            let waits = order.stage == .hold || order.stage == .failed
            try expect(
                (reasons[order.id] ?? []) == (waits ? [proper] : []),
                "the reason of \(order.id), which is in \(order.stage), lies in \(reasons[order.id] ?? [])")
        }
        if ends { try expect(places.isEmpty, "files of orders that the ledger does not know: \(places)") }
    }

    private func days() -> [String] {
        ["done", "cancelled", "rejected"].flatMap { end in
            (disk.find("spool/" + end)?.entries ?? [:]).filter { $0.value.kind == .directory }.keys.sorted().map { "\(end)/\($0)" }
        }
    }

    // MARK: What is published

    private func checkPublished(_ queries: Queries) throws {
        var newest: [String: DropRecord] = [:]
        let drops = try queries.drops(after: 0)
        for drop in drops { newest["\(drop.facts.partner)/\(drop.facts.directory)/\(drop.facts.name)"] = drop }
        for drop in drops {
            guard let name = FileName(bytes: drop.facts.name)?.text else { continue }
            let isNewest = newest["\(drop.facts.partner)/\(drop.facts.directory)/\(drop.facts.name)"]?.seq == drop.seq
            let folder = "spool/" + SpoolTree.receiptDirectory(drop.facts.directory, of: drop.facts.partner)
            let told = disk.find(folder + "/" + name + (isNewest ? ".receipt.json" : ".\(drop.id.text).receipt.json"))?.content
            if deletedReceipts.contains(drop.id.text) { continue }
            // Where somebody has deleted the newest one, an earlier one that was late has the plain name.
            if told == nil, disk.find(folder + "/" + name + ".receipt.json")?.content == (try ReceiptFile.bytes(drop, queries)) { continue }
            try expect(told != nil, "the receipt of \(drop.id), \(name), is missing")
            try expect(told == (try ReceiptFile.bytes(drop, queries)), "the receipt of \(drop.id), \(name), is not what the ledger says")
        }
        let known = Set(drops.map(\.id.text))
        for id in witness.receipts.keys.sorted() { try expect(known.contains(id), "\(id) was acknowledged and is not in the ledger") }
        for order in try queries.orders(limit: 100_000) {
            let folder = "spool/" + SpoolTree.readDirectory("status", of: order.partner)
            let status = disk.find("\(folder)/\(order.id.text).json")?.content
            try expect(
                status == StatusFile.bytes(order, history: true) + [10], "the status file of \(order.id) is not what the ledger says")
            let pick = disk.find("spool/partners/\(Self.warehouse)/pick/\(order.id.text).pick.json")
            try expect(
                (pick != nil) == (witness.stories[order.id]?.steps.contains("fulfil") == true),
                "the warehouse was asked wrongly for \(order.id)")
        }
    }

    /// The journal verifies, and gives the same tables as the ledger has.
    private func audit() throws {
        var findings: [Finding] = []
        let scratch = scratch + "/audit.sqlite"
        defer { for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: scratch + suffix) } }
        let tree = try SpoolTree(root: SimulatedFiles.mount + "/spool", files: files)
        _ = try Audit.verify(
            try LedgerReader(path: ledgerPath), journal: try tree.directory("journal"), files: files, scratch: scratch, progress: { _ in },
            finding: { findings.append($0) })
        try expect(findings.isEmpty, "the audit found \(findings[0].place): \(findings[0].message)")
    }
}

func sha256(_ bytes: [UInt8]) -> [UInt8] { SHA256.hash(data: bytes).withUnsafeBytes { [UInt8]($0) } }
