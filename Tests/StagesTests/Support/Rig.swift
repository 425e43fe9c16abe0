import Foundation
import Ledger
import Logging
import Orders
import Spool
import Testing

@testable import Stages

/// A spool of a test's own with its ledger and pipeline, clocks that stand still, and a partner `acme`. Removed at the end.
///
/// A pipeline belongs to one thread at a time: a test uses its rig from one task.
final class Rig {
    let root: String
    let clock = ManualClock()
    let random: SeededRandom
    let watcher = ToldWatcher()
    /// What orderd works with; partners and tests work with `hand`.
    let files: any FileOperations
    let hand = SystemFiles()
    var gateway: (any PaymentGateway)?
    var steps: [any Step]
    var policy: Policy
    private var parts: (tree: SpoolTree, ledger: Ledger, pipeline: Pipeline)?
    private(set) var opening: Ledger.Opening?
    private var lastTag = 0

    init(
        gateway: (any PaymentGateway)? = nil, steps: [any Step] = Steps.standard, seed: UInt64 = 1, partners: [String] = ["acme"],
        files: any FileOperations = SystemFiles(), _ change: (inout Policy) -> Void = { _ in }
    ) throws {
        // In memory where that can be had: what is tried here is what is written, not what a disk makes of it.
        let memory = "/dev/shm"
        let base = FileManager.default.isWritableFile(atPath: memory) ? memory : FileManager.default.temporaryDirectory.path
        root = base + "/orderd-stages-test-\(UUID().uuidString.prefix(13))"
        self.gateway = gateway
        self.files = files
        self.steps = steps
        random = SeededRandom(seed)
        policy = Policy()
        policy.diskReserve = 0
        policy.retryBase = 1000
        change(&policy)
        try SpoolTree.create(root: root, steps: steps.map(\.name), files: files)
        try open()
        for partner in partners {
            let result = try command(.partner(PartnerChange(name: partner, role: "shop", state: "active")))
            guard result.isDone else { throw Trouble(result.message) }
        }
    }

    deinit {
        kill()
        try? FileManager.default.removeItem(atPath: root)
    }

    var tree: SpoolTree { live.tree }
    var ledger: Ledger { live.ledger }
    var pipeline: Pipeline { live.pipeline }
    private var live: (tree: SpoolTree, ledger: Ledger, pipeline: Pipeline) {
        guard let parts else { preconditionFailure("the rig is stopped") }
        return parts
    }

    // MARK: Start and stop

    /// Starts, as `orderd run` does.
    func open() throws {
        let tree = try SpoolTree(root: root, files: files)
        let hasHistory = FileManager.default.subpaths(atPath: root)?.contains { $0.contains("/ord_") } == true
        let (ledger, opening) = try Ledger.open(
            path: ledgerPath, journal: try tree.directory("journal"), files: files, random: random,
            now: Timestamp(milliseconds: clock.wallMilliseconds()), hasHistory: hasHistory)
        self.opening = opening
        let pipeline = try Pipeline(
            tree: tree, ledger: ledger, steps: steps, policy: policy, gateway: gateway, watcher: watcher, clock: clock, random: random,
            log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        parts = (tree, ledger, pipeline)
        try pipeline.start(opening)
    }

    /// What a crash leaves: nothing is finished, nothing is marked.
    func kill() {
        parts?.ledger.close()
        parts = nil
    }

    func stop() throws {
        try pipeline.stop()
        kill()
    }

    func crashAndStart() throws {
        kill()
        try open()
    }

    // MARK: Turns

    /// Turns until nothing can be done at once.
    func settle() throws {
        for _ in 0..<100_000 where try !pipeline.turn() { return }
        throw Trouble("the pipeline never comes to rest")
    }

    /// Turns until nothing can be done and no call is out.
    func run() async throws {
        try settle()
        while pipeline.callsInFlight > 0 {
            try await wakeup()
            try settle()
        }
    }

    /// Waits until something is in the pipeline's box. On a thread of its own: the calls need those of the pool.
    func wakeup() async throws {
        let descriptor = pipeline.inbox.wakeup.descriptor
        let isReady = await withCheckedContinuation { continuation in
            Thread.detachNewThread {
                let ready = try? waitForInput([descriptor], timeoutMilliseconds: 120_000)
                continuation.resume(returning: ready == [descriptor])
            }
        }
        guard isReady else { throw Trouble("no answer came within two minutes") }
    }

    /// Runs until this holds.
    func run(until condition: () throws -> Bool) async throws {
        try settle()
        while try !condition() {
            try await wakeup()
            try settle()
        }
    }

    /// Lets time pass, and does what is due then.
    func pass(milliseconds: Int64) async throws {
        clock.advance(milliseconds: milliseconds)
        try await run()
    }

    /// Hands in a command, and does it.
    @discardableResult
    func command(_ command: Command, reason: String = "test") throws -> CommandResult {
        lastTag += 1
        pipeline.inbox.put(CommandRequest(command, by: "uid 0", reason: reason), tag: lastTag)
        try pipeline.turn()
        guard let reply = pipeline.takeReplies().first(where: { $0.tag == lastTag }) else { throw Trouble("no reply") }
        return reply.result
    }

    /// Looks through all directories, as the timer does now and then.
    func rescan() throws {
        try command(.rescan)
        try settle()
    }

    // MARK: Dropping

    /// Drops a file as most clients do: written under another name, renamed into place.
    func drop(_ name: FileName, _ bytes: [UInt8], partner: String = "acme", into drop: String = "orders") throws {
        let directory = try tree.directory(SpoolTree.dropDirectory(drop, of: partner))
        let temporary = try named(".upload.tmp")
        let file = try hand.create(in: directory, temporary, mode: 0o644, exclusive: true, truncate: true)
        try hand.write(file, bytes)
        try hand.close(file)
        try hand.rename(from: directory, temporary, to: directory, name, replacing: true)
        try watcher.tell(.renamedIn, name, in: directory)
    }

    func drop(_ name: String, _ text: String, partner: String = "acme", into drop: String = "orders") throws {
        try self.drop(named(name), Array(text.utf8), partner: partner, into: drop)
    }

    /// Drops one order and does all that can be done with it.
    @discardableResult
    func take(_ text: String, as name: String = "o.json", partner: String = "acme") async throws -> OrderRecord {
        let before = try ledger.queries.head().seq
        try drop(name, text, partner: partner)
        try await run()
        return try #require(try orders(after: before).first, "no order was accepted")
    }

    // MARK: Looking

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
            #expect(
                places(order.id).filter { !$0.hasPrefix("rejected/") || order.stage == .rejected } == [path(order)],
                sourceLocation: location)
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

/// A name that a test spells out.
func named(_ text: String) throws -> FileName { try #require(FileName(text)) }

/// An order's text. Prices are in pence; the total is their sum.
func order(
    _ reference: String? = nil, _ items: [(product: String, quantity: Int64, pence: Int64)] = [("PEN", 1, 100)], customer: String = "demo",
    token: String? = nil, key: String? = nil, extra: String = ""
) -> String {
    func money(_ pence: Int64) -> String { "\(pence / 100).\(pence % 100 < 10 ? "0" : "")\(pence % 100)" }
    var text = "{\"customerId\":\"\(customer)\""
    if let reference { text += ",\"orderReference\":\"\(reference)\"" }
    if let key { text += ",\"idempotencyKey\":\"\(key)\"" }
    let lines = items.map { "{\"productId\":\"\($0.product)\",\"quantity\":\($0.quantity),\"price\":\(money($0.pence))}" }
    text += ",\"items\":[\(lines.joined(separator: ","))]"
    if let token { text += ",\"payment\":{\"method\":\"card\",\"token\":\"\(token)\"}" }
    return text + extra + ",\"totalAmount\":\(money(items.reduce(0) { $0 + $1.quantity * $1.pence }))}"
}
