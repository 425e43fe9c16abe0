import Crypto
import Glibc
import Ledger
import Logging
import Orders
import Reports
import Spool
import Stages

/// One life of the daemon, put together as the program itself does it: production code throughout, on simulated files, clocks and gateway.
final class DaemonProcess {
    let tree: SpoolTree
    let ledger: Ledger
    let pipeline: Pipeline
    let watcher: SimulatedWatcher
    let gateway: SimulatedGateway?
    let opening: Ledger.Opening
    private let reader: LedgerReader
    private let followers: Followers
    private let uploads: UploadsFollower
    private let clock: SimulatedClock
    /// The last event whose files were moved.
    private(set) var target: Int64 = 0
    private(set) var waiting: [(follower: String, subject: String, delivery: Delivery)] = []
    /// Answers that are in the pipeline's box and that it has not taken yet.
    var answered = 0
    /// Peace has come: what could not be delivered is tried again without waiting.
    var retriesAtOnce = false
    private var lastTag = 0

    init(_ world: World) throws {
        clock = world.clock
        let files = world.files
        watcher = SimulatedWatcher(files: files)
        let profile = world.profile
        let dice = world.dice.fork()
        watcher.copies = { [unowned world] in
            guard profile.losesEvents, !world.isQuiet else { return 1 }
            return dice.pick([0, 1, 1, 1, 1, 2])
        }
        gateway = profile.hasGateway ? SimulatedGateway() : nil
        let root = SimulatedFiles.mount + "/spool"
        let steps = Steps.standard
        tree = try SpoolTree(root: root, files: files)
        _ = try SpoolTree.create(root: root, steps: steps.map(\.name), files: files)
        world.disk.onEvent = { [watcher] directory, kind, name in watcher.tell(directory, kind, name) }
        (ledger, opening) = try Ledger.open(
            path: world.ledgerPath, journal: try tree.directory(SpoolTree.journal), files: files, random: world.random,
            now: Timestamp(milliseconds: clock.wallMilliseconds()), hasHistory: world.hasHistory)
        do {
            pipeline = try Pipeline(
                tree: tree, ledger: ledger, steps: steps, policy: profile.policy, gateway: gateway, watcher: watcher, clock: clock,
                random: world.random, log: Logger(label: "simulation") { _ in SwiftLogNoOpLogHandler() })
            if try !ledger.queries.partners().contains(where: { $0.name == World.warehouse }) {
                try tree.createPartner(World.warehouse)
                try ledger.record(
                    .partnerChanged(PartnerChange(name: World.warehouse, role: "warehouse", state: "active")), subject: World.warehouse,
                    at: Timestamp(milliseconds: clock.wallMilliseconds()))
                try ledger.commit()
            }
            try pipeline.start(opening)
            reader = try LedgerReader(path: world.ledgerPath)
            followers = Followers(
                tree: tree, reader: reader, gate: ledger.gate, cursor: try ledger.queries.cursor("publish"), warehouse: World.warehouse,
                sha256: { SHA256.hash(data: $0).withUnsafeBytes { [UInt8]($0) } })
            uploads = UploadsFollower(tree: tree, clock: world.clock, grace: profile.policy.settle + 2_000_000_000)
            for item in try reader.queries.deliveries() {
                waiting.append((item.follower, item.subject, Delivery(attempts: item.attempts, next: item.next, error: item.error)))
            }
        } catch {
            ledger.close()
            throw error
        }
        let follows = profile.followsAtOnce
        pipeline.committed = { [unowned self, unowned world] head in
            target = max(target, head)
            guard follows, dice.once(in: 2) else { return }
            do { try publish() } catch { world.followersStopped(error) }
        }
        pipeline.uploadsChanged = { [uploads] partner, waiting in uploads.note(partner, waiting) }
        target = ledger.committed.seq
    }

    // MARK: What its threads do

    /// One turn of the pipeline; true when there is more to do at once.
    @discardableResult
    func turn() throws -> Bool {
        answered = 0
        return try pipeline.turn()
    }

    /// What the followers' thread does when it is woken.
    func publish() throws {
        var goesOn = target > followers.cursor
        while goesOn {
            goesOn = try followers.pass(through: target)
            for failed in followers.takeFailures() { note(failed) }
            pipeline.inbox.published(through: followers.cursor)
        }
        _ = uploads.write()
        let now = clock.wallMilliseconds()
        let due = waiting.indices.reversed().filter { retriesAtOnce || waiting[$0].delivery.next.milliseconds <= now }
        guard !due.isEmpty else { return }
        let isDone = try followers.retry(due.map { (waiting[$0].follower, waiting[$0].subject) })
        for (index, isDone) in zip(due, isDone) {
            var item = waiting[index]
            if isDone {
                waiting.remove(at: index)
                pipeline.inbox.put(follower: item.follower, subject: item.subject, delivery: nil)
            } else {
                item.delivery.attempts += 1
                item.delivery.next = later(item.delivery.attempts)
                waiting[index] = item
                pipeline.inbox.put(follower: item.follower, subject: item.subject, delivery: item.delivery)
            }
        }
    }

    private func note(_ failed: Followers.Failure) {
        waiting.removeAll { $0.follower == failed.follower && $0.subject == failed.subject }
        let delivery = Delivery(attempts: 1, next: later(1), error: failed.error)
        waiting.append((failed.follower, failed.subject, delivery))
        pipeline.inbox.put(follower: failed.follower, subject: failed.subject, delivery: delivery)
    }

    private func later(_ attempts: Int) -> Timestamp {
        Timestamp(milliseconds: clock.wallMilliseconds() + min(600_000, 1000 << Int64(min(attempts, 20) - 1)))
    }

    /// A command, and the turn that does it.
    func command(_ request: CommandRequest) throws -> CommandResult? {
        lastTag += 1
        pipeline.inbox.put(request, tag: lastTag)
        try turn()
        return pipeline.takeReplies().first { $0.tag == lastTag }?.result
    }

    /// A clean stop: publishes all that is left, then marks it.
    func stop() throws {
        pipeline.tellUploadsNow()
        while followers.cursor < target { try publish() }
        _ = uploads.write(isLast: true)
        try pipeline.stop()
        ledger.close()
    }

    // MARK: Calls

    /// Answers a call, and waits until the pipeline has the answer in its box.
    func deliver(_ answer: PaymentAnswer, to call: ParkedCall) throws {
        // The wakeup counts its signals: it is read, and what was read is put back with the one that is waited for.
        let descriptor = pipeline.inbox.wakeup.descriptor
        var before: UInt64 = 0
        if read(descriptor, &before, 8) != 8 { before = 0 }
        call.answer(answer)
        guard try waitForInput([descriptor], timeoutMilliseconds: 60_000) == [descriptor] else {
            throw Violation("an answer did not come through in a minute")
        }
        var count: UInt64 = 0
        _ = read(descriptor, &count, 8)
        count += before
        _ = write(descriptor, &count, 8)
    }
}
