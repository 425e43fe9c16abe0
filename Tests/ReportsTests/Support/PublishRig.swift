import Foundation
import Ledger
import Orders
import Spool

@testable import Reports

/// A spool of a test's own with a ledger, followers, and a partner `acme`. Removed at the end.
final class PublishRig {
    let root: String
    let tree: SpoolTree
    let ledger: Ledger
    private(set) var followers: Followers
    private(set) var now = Timestamp(milliseconds: 1_772_409_000_000)
    private var ids = IDGenerator()
    private let random = SystemRandom()
    private var inode: UInt64 = 1

    init() throws {
        let memory = "/dev/shm"
        let base = FileManager.default.isWritableFile(atPath: memory) ? memory : FileManager.default.temporaryDirectory.path
        root = base + "/orderd-reports-test-\(UUID().uuidString)"
        let files = SystemFiles()
        tree = try SpoolTree.create(root: root, steps: ["validate", "fulfil"], files: files)
        try tree.createPartner("acme")
        try tree.createPartner("warehouse")
        ledger = try Ledger.open(
            path: root + "/state/ledger.sqlite", journal: try tree.directory(SpoolTree.journal), files: files, random: random, now: now,
            hasHistory: false
        ).ledger
        followers = try Self.followers(tree, root, ledger, cursor: 0)
    }

    deinit {
        ledger.close()
        try? FileManager.default.removeItem(atPath: root)
    }

    private static func followers(_ tree: SpoolTree, _ root: String, _ ledger: Ledger, cursor: Int64) throws -> Followers {
        // A digest that can be told apart in a name: the number of bytes, eight times.
        Followers(
            tree: tree, reader: try LedgerReader(path: root + "/state/ledger.sqlite"), gate: ledger.gate, cursor: cursor,
            warehouse: "warehouse", sha256: { bytes in [UInt8](repeating: UInt8(truncatingIfNeeded: bytes.count), count: 32) })
    }

    /// Commits, and publishes all that is committed.
    func publish() throws {
        try ledger.commit()
        while try followers.pass(through: ledger.committed.seq) {}
    }

    /// What an unclean stop before any cursor was committed comes to.
    func publishAgainFromTheStart() throws {
        followers = try Self.followers(tree, root, ledger, cursor: 0)
        try publish()
    }

    func pass(seconds: Int64) { now = Timestamp(milliseconds: now.milliseconds + seconds * 1000) }

    @discardableResult
    func record(_ body: EventBody, _ subject: String, document: [UInt8]? = nil) throws -> Int64 {
        now = Timestamp(milliseconds: now.milliseconds + 1000)
        return try ledger.record(body, subject: subject, at: now, document: document)
    }

    func newOrderID() -> OrderID { ids.orderID(milliseconds: now.milliseconds, random: random.next) }
    func newDropID() -> DropID { ids.dropID(milliseconds: now.milliseconds, random: random.next) }

    func facts(_ name: [UInt8], partner: String = "acme") -> DropFacts {
        inode += 1
        return DropFacts(
            partner: partner, directory: "orders", name: name, device: 1, inode: inode, birth: 7, size: 120,
            sha: [UInt8](repeating: 0xab, count: 32), received: now, completeness: "renamed")
    }

    /// A dropped file with these verdicts, none where the file itself is at fault.
    @discardableResult
    func drop(_ name: [UInt8], partner: String = "acme", _ results: [EntryResult], faults: [Fault] = []) throws -> DropID {
        var counts = EntryCounts()
        for result in results { counts.add(result.verdict) }
        let id = newDropID()
        try record(
            .dropJudged(facts(name, partner: partner), DropResult(verdict: counts.verdict, results: results, faults: faults)), id.text)
        return id
    }

    @discardableResult
    func drop(_ name: String, partner: String = "acme", _ results: [EntryResult] = []) throws -> DropID {
        try drop(Array(name.utf8), partner: partner, results)
    }

    func result(_ index: Int, _ verdict: Verdict, _ id: OrderID? = nil, faults: [Fault] = []) -> EntryResult {
        EntryResult(index: index, line: nil, orderID: id, reference: nil, verdict: verdict, firstOrderID: nil, faults: faults)
    }

    func accept(
        _ id: OrderID, partner: String = "acme", currency: Currency = .gbp, total: Int64 = 250,
        document: String = #"{"shipTo":{"city":"Bath"},"notes":null}"#
    ) throws {
        let lines = [OrderLine(productId: "a\u{e9}", quantity: 2, price: 100), OrderLine(productId: "b", quantity: 1, price: 50)]
        let order = Order(customerId: "demo", lines: lines, currency: currency, totalAmount: total, priority: 3)
        let acceptance = Acceptance(
            drop: 2, entry: 0, partner: partner, key: "k:" + id.text, content: nil, order: order, size: document.utf8.count,
            sha: [UInt8](repeating: 1, count: 32), to: Stage("validate"), step: "validate")
        try record(.orderAccepted(acceptance), id.text, document: Array(document.utf8))
    }

    func move(_ id: OrderID, _ kind: MoveKind, _ step: String, to: String, next: String, reason: String? = nil) throws {
        try record(.orderMoved(Move(kind, step: step, to: Stage(to), next: next, reason: reason)), id.text)
    }

    // MARK: What is published

    func names(_ directory: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: root + "/" + directory).sorted()
    }

    func text(_ path: String) throws -> String { try String(contentsOfFile: root + "/" + path, encoding: .utf8) }

    func json(_ path: String) throws -> JSONValue { try JSONValue.parse(Array(try text(path).utf8)) }

    func receipt(_ name: String, partner: String = "acme") throws -> JSONValue {
        try json("partners/\(partner)/receipts/orders/\(name)")
    }

    /// Everything that partners read, by path.
    func published() throws -> [String: String] {
        var found: [String: String] = [:]
        for partner in ["acme", "warehouse"] {
            for directory in ["receipts/orders", "status", "pick"] {
                for name in try names("partners/\(partner)/\(directory)") {
                    let path = "partners/\(partner)/\(directory)/\(name)"
                    found[path] = String(decoding: try Data(contentsOf: URL(fileURLWithPath: root + "/" + path)), as: UTF8.self)
                }
            }
        }
        return found
    }
}
