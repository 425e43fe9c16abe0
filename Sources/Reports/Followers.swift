public import Ledger
import Orders
public import Spool

/// What partners and scripts read, made from the ledger's events: receipts, pick requests, status files.
///
/// Followers only follow: they have a cursor, and after an unclean stop they publish again from it; the same event gives the same bytes
/// under the same name. One `syncfs` covers a pass; the cursor moves on after it. Owned by one thread.
public final class Followers {
    /// A file that could not be published: whose, what, and why.
    public struct Failure: Sendable {
        /// `receipt`, `pick`, `status` or `uploads`, which are tried again; `metrics` or `state`, which are written anew anyway.
        public let follower: String
        /// The drop's or order's id; for `uploads` the partner's name.
        public let subject: String
        /// Why.
        public let error: String
    }

    /// The step whose end asks the warehouse to pick.
    static let pickStep = Array(#"{"step":"fulfil""#.utf8)
    /// The end of the last step.
    private static let completion = Array(#""to":"done""#.utf8)
    /// Events of one pass: bounds memory, and how long a receipt waits for status files.
    static let passLength = 4096

    private let tree: SpoolTree
    private let files: any FileOperations
    private let reader: LedgerReader
    private let publisher: Publisher
    private let warehouse: String
    private let sha256: ([UInt8]) -> [UInt8]
    private let gate: CommitGate?
    private let clock: any Clock
    private var meters = FollowerMeters()
    private var partners: PartnerCap
    /// When it is next looked how long orders have been where they are: with very many that takes its time.
    private var nextAges: Int64 = 0
    private var ages: [(stage: Stage, since: Timestamp)] = []

    /// Orders whose status was published with events that are still to come: the last event that it knows of.
    ///
    /// A pass reads orders as they are now, and may end in the middle of what one commit brought: the rest of it tells nothing new of them.
    private var told: [OrderID: Int64] = [:]

    /// The last event whose files are on disk.
    public private(set) var cursor: Int64
    /// Files that could not be published since the last time this was taken.
    private var failures: [Failure] = []

    /// Followers of a spool.
    ///
    /// - Parameters:
    ///   - tree: the spool.
    ///   - reader: the ledger, for this thread alone.
    ///   - gate: the writer's gate, where a writer is at work.
    ///   - cursor: the last event that was published.
    ///   - warehouse: the partner who gets the pick requests.
    ///   - sha256: the digest for names that are too long.
    ///   - clock: for the metrics.
    ///   - maximumPartners: how many partners have a label of their own in the metrics.
    public init(
        tree: SpoolTree, reader: LedgerReader, gate: CommitGate?, cursor: Int64, warehouse: String,
        sha256: @escaping ([UInt8]) -> [UInt8], clock: any Clock = SystemClock(), maximumPartners: Int = 50
    ) {
        self.clock = clock
        partners = PartnerCap(limit: maximumPartners)
        self.tree = tree
        files = tree.files
        self.reader = reader
        self.cursor = cursor
        self.warehouse = warehouse
        self.sha256 = sha256
        self.gate = gate
        publisher = Publisher(owner: "orderd", files: tree.files)
    }

    /// Publishes what some events have changed, and waits until it is on disk.
    ///
    /// - Parameter head: the last event whose files were moved.
    /// - Returns: whether there is more to publish up to `head`.
    /// - Throws: where the ledger cannot be read, or the disk refuses to sync: nothing may be trusted then.
    public func pass(through head: Int64) throws(FollowerError) -> Bool {
        let last: Int64?
        let began = clock.bootNanoseconds()
        do throws(LedgerError) {
            last = try reader.snapshot(gate: gate) { (queries) throws(LedgerError) in
                let changes = try queries.published(after: cursor, through: head, limit: Self.passLength)
                try publish(changes, of: try queries.head().seq)
                return changes.last?.seq
            }
        } catch {
            throw .ledger(error)
        }
        guard let last else {
            cursor = max(cursor, head)
            return false
        }
        do throws(FileError) { try files.syncFileSystem(tree.rootDescriptor) } catch { throw .sync(error) }
        meters.passed(nanoseconds: clock.bootNanoseconds() - began, at: Timestamp(milliseconds: clock.wallMilliseconds()))
        cursor = last
        told = told.filter { $0.value > last }
        return cursor < head
    }

    /// The files that could not be published since the last call.
    public func takeFailures() -> [Failure] {
        defer { failures = [] }
        return failures
    }

    /// Tries again what could not be published, and waits until what now is published is on disk: nobody remembers it after that.
    ///
    /// - Parameter items: what to try, each as ``Failure`` names it.
    /// - Returns: for each, whether it is published now.
    /// - Throws: where the ledger cannot be read, or the disk refuses to sync: nothing may be trusted then.
    public func retry(_ items: [(follower: String, subject: String)]) throws(FollowerError) -> [Bool] {
        var isDone: [Bool] = []
        do throws(LedgerError) {
            for item in items { isDone.append(try retry(item.follower, item.subject)) }
        } catch {
            throw .ledger(error)
        }
        guard isDone.contains(true) else { return isDone }
        do throws(FileError) { try files.syncFileSystem(tree.rootDescriptor) } catch { throw .sync(error) }
        return isDone
    }

    private func retry(_ follower: String, _ subject: String) throws(LedgerError) -> Bool {
        let before = failures.count
        switch follower {
        case "receipt": if let drop = try reader.queries.drop(id: subject) { try publishReceipt(drop) }
        case "pick": if let order = try order(subject) { try publishPick(order) }
        default: if let order = try order(subject) { publishStatus(order) }
        }
        let isDone = failures.count == before
        failures.removeLast(failures.count - before)
        return isDone
    }

    private func order(_ id: String) throws(LedgerError) -> OrderRecord? {
        guard let id = OrderID(id) else { return nil }
        return try reader.queries.order(id)
    }

    /// - Parameter head: the last event of the moment that orders are read at.
    private func publish(_ changes: [Change], of head: Int64) throws(LedgerError) {
        // A partner waits for the receipt first.
        for change in changes where change.kind == "drop.judged" || change.kind == "drop.closed" {
            let drop = change.kind == "drop.judged" ? try reader.queries.drop(change.seq) : try reader.queries.drop(id: change.subject)
            if let drop {
                meters.publishing(drop)
                try publishReceipt(drop)
            }
        }
        // Events of one order mostly stand together, and all of a pass tell of one moment: the order is read once for them.
        var last: (subject: String, id: OrderID?, order: OrderRecord?) = ("", nil, nil)
        for change in changes where change.kind.hasPrefix("order.") || change.kind.hasPrefix("effect.") {
            let advances = change.kind == "order.advanced"
            let picks = advances && change.data.starts(with: Self.pickStep)
            let completes = advances && Self.begins(change.data, with: Self.completion)
            if change.subject != last.subject { last = (change.subject, OrderID(change.subject), nil) }
            guard let id = last.id else { continue }
            let isNew = told[id, default: 0] < change.seq
            guard isNew || picks || completes else { continue }
            if last.order == nil { last.order = try order(change.subject) }
            guard let order = last.order else { continue }
            if completes { meters.completed(order) }
            if picks { try publishPick(order) }
            if isNew {
                publishStatus(order)
                told[id] = head
            }
        }
    }

    /// Whether the first members of an event's data have these bytes. By hand: the library's search of a collection in another cost a twelfth
    /// of all the work there is.
    private static func begins(_ data: [UInt8], with words: [UInt8]) -> Bool {
        data.withUnsafeBufferPointer { data in
            words.withUnsafeBufferPointer { words in
                var start = 0
                let last = min(data.count, 128) - words.count
                while start <= last {
                    var matched = 0
                    while matched < words.count, data[start + matched] == words[matched] { matched += 1 }
                    if matched == words.count { return true }
                    start += 1
                }
                return false
            }
        }
    }

    // MARK: Files

    private func publishReceipt(_ drop: DropRecord) throws(LedgerError) {
        guard let name = FileName(bytes: drop.facts.name) else { return }
        let bytes = try ReceiptFile.bytes(drop, reader.queries)
        attempt("receipt", drop.id.text) { () throws(FileError) in
            let directory = try tree.directory(SpoolTree.receiptDirectory(drop.facts.directory, of: drop.facts.partner))
            let receipt = cutName(name, suffix: ".receipt.json", digest: sha256)
            if try publisher.publishIfAbsent(bytes, in: directory, as: receipt) { return }
            // An earlier drop of this name has its receipt here; it stays beside the new one, under its own id.
            let known = try files.readAll(in: directory, receipt, limit: 1 << 30).flatMap { try? JSONValue.parse($0) }
            if let text = known?["dropId"]?.text, let other = DropID(text), other != drop.id {
                if other > drop.id {
                    try publisher.publish(bytes, in: directory, as: cutName(name, suffix: ".\(drop.id.text).receipt.json", digest: sha256))
                    return
                }
                let kept = cutName(name, suffix: ".\(other.text).receipt.json", digest: sha256)
                try files.rename(from: directory, receipt, to: directory, kept, replacing: true)
            }
            try publisher.publish(bytes, in: directory, as: receipt)
        }
    }

    private func publishPick(_ order: OrderRecord) throws(LedgerError) {
        let bytes = PickFile.bytes(
            order, lines: try reader.queries.lines(of: order), document: try reader.queries.document(event: order.seq))
        attempt("pick", order.id.text) { () throws(FileError) in
            let directory = try tree.directory(SpoolTree.readDirectory("pick", of: warehouse))
            guard let name = FileName(order.id.text + ".pick.json") else { return }
            try publisher.publish(bytes, in: directory, as: name)
        }
    }

    private func publishStatus(_ order: OrderRecord) {
        let bytes = StatusFile.bytes(order, history: true) + [10]
        attempt("status", order.id.text) { () throws(FileError) in
            let directory = try tree.directory(SpoolTree.readDirectory("status", of: order.partner))
            guard let name = FileName(order.id.text + ".json") else { return }
            try publisher.publish(bytes, in: directory, as: name)
        }
    }

    /// A destination that fails goes to a list of its own; no other partner waits for it.
    private func attempt(_ follower: String, _ subject: String, _ body: () throws(FileError) -> Void) {
        do throws(FileError) { try body() } catch {
            meters.failed(follower)
            failures.append(Failure(follower: follower, subject: subject, error: "\(error)"))
        }
    }

    // MARK: The daemon's own state

    /// Writes `metrics/orderd.prom`.
    ///
    /// - Parameters:
    ///   - gauges: numbers that only the pipeline knows.
    ///   - samples: what the pipeline has counted.
    public func writeMetrics(gauges: [Gauge], samples: [Sample] = []) throws(LedgerError) {
        var metrics = Metrics()
        metrics.add(try LedgerMetrics.samples(reader.queries, published: cursor) + samples, partners: &partners)
        metrics.add(meters.samples + (try look()), partners: &partners)
        metrics.add(gauges, partners: &partners)
        let bytes = metrics.bytes
        attempt("metrics", "") { () throws(FileError) in
            let directory = try tree.directory(SpoolTree.metrics)
            guard let name = FileName("orderd.prom") else { return }
            try publisher.publish(bytes, in: directory, as: name, mode: 0o644)
        }
    }

    /// What is looked at when the metrics are written: ages, sizes, free space.
    private func look() throws(LedgerError) -> [Sample] {
        let began = clock.bootNanoseconds()
        if began >= nextAges {
            ages = try reader.queries.oldestByStage()
            let ended = clock.bootNanoseconds()
            nextAges = ended + (ended - began) * 20
        }
        var samples = ages.map {
            Sample("orderd_oldest_order_timestamp_seconds", [("stage", $0.stage.name)], .number($0.since.milliseconds / 1000))
        }
        for (name, path) in [("orderd_ledger_bytes", "ledger.sqlite"), ("orderd_ledger_log_bytes", "ledger.sqlite-wal")] {
            guard let status = try? files.status(at: tree.rootDescriptor, path: Path("\(SpoolTree.state)/\(path)")) else { continue }
            samples.append(Sample(name, .number(status.size)))
        }
        if let free = try? files.freeSpace(tree.rootDescriptor) {
            samples.append(Sample("orderd_disk_free_bytes", .number(free.bytes)))
            samples.append(Sample("orderd_disk_free_inodes", .number(free.inodes)))
        }
        samples.append(Sample("orderd_written_timestamp_seconds", .number(clock.wallMilliseconds() / 1000)))
        return samples
    }

    /// Writes `state/status.json`.
    public func writeState(_ state: DaemonState) throws(LedgerError) {
        let bytes = try state.bytes(reader.queries, published: cursor)
        attempt("state", "") { () throws(FileError) in
            let directory = try tree.directory(SpoolTree.state)
            guard let name = FileName("status.json") else { return }
            try publisher.publish(bytes, in: directory, as: name)
        }
    }
}

/// An error after which nothing may be trusted: the daemon stops, and its next start publishes again.
public enum FollowerError: Error, Sendable, CustomStringConvertible {
    /// The ledger cannot be read.
    case ledger(LedgerError)
    /// The file system did not sync.
    case sync(FileError)

    /// What failed, and what to do.
    public var description: String {
        switch self {
        case .ledger(let error): error.description
        case .sync(let error): "what was published may not be on disk: \(error)"
        }
    }
}
