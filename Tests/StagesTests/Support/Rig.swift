import Foundation
import Ledger
import Logging
import Orders
import Spool
import TestSupport
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
