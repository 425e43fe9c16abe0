public import Ledger
public import Logging
import Orders
public import Spool
import Synchronization

/// The one thread that owns the watches, the ledger's writer and the moves. It works in turns: what has come in is taken, judged and taken
/// through the steps; one commit makes it durable; then files move, followers are told, and calls to the outside are made.
///
/// Everything here is for that one thread, but for `Inbox`, through which other threads hand in what they have.
public final class Pipeline {
    let tree: SpoolTree
    let files: any FileOperations
    let ledger: Ledger
    let clock: any Clock
    let log: Logger
    let intake: Intake
    let engine: Engine
    let places: Places
    let watcher: any Watcher
    var policy: Policy
    /// What other threads hand in.
    public let inbox: Inbox
    /// Told after each commit, on the pipeline's thread: the last event, whose files have been moved by then.
    public var committed: (Int64) -> Void = { _ in }
    /// Told at the end of a turn where one of the gauges has changed, on the pipeline's thread.
    public var gaugesChanged: ([Gauge]) -> Void = { _ in }
    /// Given what was counted since the start, after each commit, on the pipeline's thread.
    public var measured: (Meters) -> Void = { _ in }
    /// Told of a partner whose uploads that ended too soon have changed, or may have, on the pipeline's thread: at most once a second each.
    public var uploadsChanged: (String, WaitingUploads) -> Void = { _, _ in }
    /// When ``uploadsChanged`` may be told again, in nanoseconds of the boot clock.
    var nextUploadsTelling: Int64 = 0
    /// Whether it was told of every partner once.
    var hasToldUploads = false
    var lastGauges: [Gauge] = []
    /// The last event that followers have published, and that is on disk with all moves before it.
    var published: Int64
    /// Roles of partners, active ones only.
    var partners: [String: PartnerChange] = [:]
    /// Whose order was drawn last, by stage.
    var lastServed: [Stage: String] = [:]
    var isIntakePaused = false
    /// Set while there is less free space than the reserve.
    public internal(set) var isDiskLow = false
    var nextRescan: Int64 = 0
    var nextDiskLook: Int64 = 0
    var queueTags: [WatchedDirectory: Stage] = [:]
    /// A sync that failed outside of a commit: nothing may be trusted after it.
    var syncFailure: FileError?
    /// Those of the suspects that the ledger's mark counts crashes of.
    var countedSuspects: [Suspect] = []
    /// The suspect that was taken last; it is finished with once no call is out.
    var tried: Thing?
    /// The note of what is in hand.
    var inHand: InHand?
    var hasComplained = false
    /// sshd's log of each partner that has one.
    var transferLogs: [String: TransferLog] = [:]
    /// Partners whose log could not be opened; told once.
    var transferTroubles: Set<String> = []
    /// Whether sshd's logs are read; a command that does one thing leaves them to the daemon. Set before `start`.
    public var readsTransferLogs = true
    /// Names in resting directories that events told of, to be compared with the ledger.
    var moved: Set<OrderID> = []
    /// More events wait than the last turn took.
    var hasMoreEvents = false
    var needsQueueScan = false
    /// The change time of each queue file when its content was last compared with the ledger.
    var comparedAt: [OrderID: Int64] = [:]
    var ends = EndsScan()
    var commandReplies: [(Int, CommandResult)] = []
    var currentDay = ""
    /// Orders whose retry is due are looked for when this time has come; nil when none waits.
    var nextDue: Timestamp?
    var knowsNextDue = false
    let startWall: Int64
    let startBoot: Int64
    /// See ``changeTimeClock``.
    var distanceAtStop: Int64?

    /// What other threads hand to the pipeline, and how they wake it.
    public final class Inbox: Sendable {
        struct Content {
            var results: [CallResult] = []
            var commands: [(Int, CommandRequest)] = []
            var published: Int64 = 0
            var deliveries: [(follower: String, subject: String, delivery: Delivery?)] = []
        }

        /// Readable when there is something in the box.
        public let wakeup: Wakeup
        private let content = Mutex(Content())

        init() throws(FileError) { wakeup = try Wakeup() }

        func put(_ result: CallResult) {
            content.withLock { $0.results.append(result) }
            wakeup.signal()
        }

        /// Hands in a command; its answer comes with the same tag from `Pipeline.takeReplies`.
        public func put(_ request: CommandRequest, tag: Int) {
            content.withLock { $0.commands.append((tag, request)) }
            wakeup.signal()
        }

        /// Says how far followers have published, all of it on disk.
        public func published(through seq: Int64) {
            content.withLock { $0.published = max($0.published, seq) }
            wakeup.signal()
        }

        /// Says that something could not be published, to be remembered over a restart; nil that it is published now.
        public func put(follower: String, subject: String, delivery: Delivery?) {
            content.withLock { $0.deliveries.append((follower, subject, delivery)) }
            wakeup.signal()
        }

        func take() -> Content {
            wakeup.clear()
            return content.withLock { content in
                defer {
                    content.results = []
                    content.commands = []
                    content.deliveries = []
                }
                return content
            }
        }
    }

    /// Makes a pipeline on an opened ledger. `start` comes next.
    ///
    /// - Parameters:
    ///   - tree: the spool.
    ///   - ledger: opened for writing, under the spool's lock.
    ///   - steps: the steps in their order.
    ///   - policy: the configuration.
    ///   - gateway: takes charges; nil puts them on account.
    ///   - watcher: tells of dropped files.
    public init(
        tree: SpoolTree, ledger: Ledger, steps: [any Step], policy: Policy, gateway: (any PaymentGateway)?, watcher: any Watcher,
        clock: any Clock, random: any RandomSource, log: Logger
    ) throws(FileError) {
        self.tree = tree
        files = tree.files
        self.ledger = ledger
        self.policy = policy
        self.clock = clock
        self.watcher = watcher
        self.log = log
        inbox = try Inbox()
        places = Places(tree: tree, steps: steps.map(\.name))
        engine = Engine(steps: steps, ledger: ledger, places: places, policy: policy, gateway: gateway, random: random, clock: clock)
        intake = Intake(
            tree: tree, ledger: ledger, places: places, policy: policy, random: random, firstStep: steps.first?.name ?? "", log: log)
        startWall = clock.wallMilliseconds()
        startBoot = clock.bootNanoseconds()
        published = 0
        lendNote()
    }

    /// The wall clock, for what is recorded.
    var now: Timestamp { Timestamp(milliseconds: clock.wallMilliseconds()) }

    /// The wall clock as it was at the start, run on by the boot clock: a jump of the wall clock makes no retry early or late.
    var steadyNow: Timestamp {
        Timestamp(milliseconds: startWall + (clock.bootNanoseconds() - startBoot) / 1_000_000)
    }

    /// Adopts what a reload of the configuration has changed.
    public func adopt(_ policy: Policy) {
        self.policy = policy
        intake.adopt(policy, now: clock.bootNanoseconds())
        engine.policy = policy
    }

    /// What to wait on between turns.
    public var descriptors: [Descriptor] {
        [inbox.wakeup.descriptor] + (watcher.descriptor.map { [$0] } ?? []) + transferLogs.values.map(\.descriptor)
    }

    /// The answers to commands since the last call, by tag.
    public func takeReplies() -> [(tag: Int, result: CommandResult)] {
        defer { commandReplies = [] }
        return commandReplies.map { (tag: $0.0, result: $0.1) }
    }

    // MARK: A turn

    /// Does one turn's work.
    ///
    /// - Parameter takingFiles: whether dropped files are taken; a command without a daemon does only what it is for.
    /// - Returns: true when there is more to do at once.
    /// - Throws: an error after which nothing may be trusted: stop, and let the next start recover.
    @discardableResult
    public func turn(takingFiles: Bool = true) throws(PipelineError) -> Bool {
        do throws(LedgerError) {
            try ledger.begin()
            try work(takingFiles)
        } catch {
            ledger.abandon()
            places.abandon()
            throw .ledger(error)
        }
        try finish()
        tellGauges()
        if takingFiles { tellUploads() }
        return hasWork
    }

    private func work(_ takesFiles: Bool) throws(LedgerError) {
        let now = self.now
        let boot = clock.bootNanoseconds()
        engine.steady = steadyNow
        let content = inbox.take()
        published = max(published, content.published)
        for item in content.deliveries { ledger.setDelivery(follower: item.follower, subject: item.subject, item.delivery) }
        drainEvents(boot)
        drainTransferLogs(boot)
        // Before anything is recorded: until then every file lies where the ledger says, but for what was done by hand.
        if boot >= nextRescan { rescan(boot) }
        if needsQueueScan { try scanQueue(at: now) }
        try examineMoved(at: now)
        for result in content.results { try engine.take(result, at: now) }
        for (tag, request) in content.commands { commandReplies.append((tag, try execute(request, at: now))) }
        if boot >= nextDiskLook { lookAtDisk(boot) }
        let takesFiles = takesFiles && !isIntakePaused && !isDiskLow
        if try takeSuspect(takesFiles, at: now, boot: boot) { return }
        try wakeDeferred(at: now)
        try drawBacklog(at: now)
        if takesFiles {
            intake.scan(now: boot, changeTimeClock: changeTimeClock)
            intake.ripen(now: boot)
            let accepted = try intake.takeBatch(now: now, boot: boot)
            if !accepted.isEmpty { try engine.run(accepted, at: now) }
        }
    }

    /// Makes the turn's batch durable, then does what had to wait for that.
    private func finish() throws(PipelineError) {
        if let failure = syncFailure ?? intake.syncFailure { throw .file(failure) }
        if !ledger.hasUncommitted { ledger.abandon() }
        if ledger.hasUncommitted {
            if published > 0, intake.failedDisposals.isEmpty { ledger.setCursor("publish", to: published) }
            let (began, before) = (clock.bootNanoseconds(), ledger.committed.seq)
            do throws(LedgerError) { try ledger.commit() } catch {
                places.abandon()
                throw .ledger(error)
            }
            engine.meters.commitTimes.observe(clock.bootNanoseconds() - began)
            engine.meters.commitEvents.observe(ledger.committed.seq - before)
            knowsNextDue = false
            let day = ledger.committed.at.day
            if day != currentDay {
                // One directory a day and end: the old ones need not stay open.
                for end in [SpoolTree.done, SpoolTree.cancelled, SpoolTree.rejected] { tree.forget(end) }
                currentDay = day
            }
            do throws(PlacingError) {
                try places.settle { (record) throws(LedgerError) in try ledger.document(of: record) }
            } catch {
                throw .placing("\(error)")
            }
            dispose()
            measured(engine.meters)
            committed(ledger.committed.seq)
        }
        // Files of drops that were known already: nothing was recorded of them.
        if !intake.disposals.isEmpty { dispose() }
        makeCalls()
        restNote()
    }

    /// Something can be done at once.
    var hasWork: Bool {
        if tried != nil || suspects.firstOrder != nil { return !waitsForSuspect }
        if !isIntakePaused, !isDiskLow, intake.hasWork(now: clock.bootNanoseconds()) { return true }
        if needsQueueScan || !moved.isEmpty || hasMoreEvents { return true }
        return engine.backlog.contains { !engine.paused.contains($0.name) } && engine.inFlight.count < policy.paymentConcurrency
            && !(engine.breaker.isTripped && !engine.inFlight.isEmpty)
    }

    /// How long the next turn may wait for something to happen, in milliseconds; -1 where nothing but an event can bring work.
    public func patience() -> Int {
        if hasWork { return 0 }
        let boot = clock.bootNanoseconds()
        var next = nextRescan
        if !isIntakePaused, !isDiskLow, !waitsForSuspect, let deadline = intake.nextDeadline(after: boot) { next = min(next, deadline) }
        if isDiskLow { next = min(next, nextDiskLook) }
        if let uploads = nextUploads { next = min(next, uploads) }
        var milliseconds = max(0, (next - boot + 999_999) / 1_000_000)
        if let due = try? knownNextDue() { milliseconds = min(milliseconds, max(0, due.milliseconds - steadyNow.milliseconds) + 1) }
        return Int(clamping: milliseconds)
    }

    /// Nothing is left to do now: no file waits, no call is out, no order can go on. Deferred orders are no matter.
    public var isDrained: Bool {
        let takesNothing = isIntakePaused || isDiskLow
        return (takesNothing || intake.isIdle(within: 2 * policy.settle + 1_000_000_000, of: clock.bootNanoseconds()))
            && engine.inFlight.isEmpty && !hasWork
            && !ledger.hasUncommitted
            && !engine.backlog.contains { !engine.paused.contains($0.name) }
    }

    private func lookAtDisk(_ boot: Int64) {
        nextDiskLook = boot + 1_000_000_000
        guard let free = try? files.freeSpace(tree.rootDescriptor) else { return }
        let isLow = free.bytes < policy.diskReserve || free.inodes < 1000
        guard isLow != isDiskLow else { return }
        isDiskLow = isLow
        if isLow {
            log.critical(
                "intake is paused: the disk is nearly full",
                metadata: ["free": "\(free.bytes)", "inodes": "\(free.inodes)", "reserve": "\(policy.diskReserve)"])
        } else {
            log.notice("intake goes on: the disk has room again", metadata: ["free": "\(free.bytes)"])
        }
    }

    private func makeCalls() {
        guard let gateway = engine.gateway else {
            engine.wantedCalls = []
            return
        }
        for var wanted in engine.wantedCalls {
            wanted.began = clock.bootNanoseconds()
            let call = wanted
            // A command of the same turn may have put it to rest: what rests is not charged.
            guard let order = try? ledger.order(call.orderID), order.stage.isStep || order.stage == .compensate else { continue }
            engine.inFlight[call.orderID] = call
            let inbox = self.inbox
            Task.detached(executorPreference: CallExecutor.shared) {
                let answer: PaymentAnswer
                switch (call.looksUp, call.request.effect) {
                case (true, _): answer = await gateway.lookup(call.payment)
                case (false, "refund"): answer = await gateway.refund(call.payment)
                default: answer = await gateway.charge(call.payment)
                }
                inbox.put(CallResult(call: call, answer: answer))
            }
        }
        engine.wantedCalls = []
    }
}

/// An error after which the daemon must stop; its next start recovers.
public enum PipelineError: Error, Sendable, CustomStringConvertible {
    /// The ledger or the journal failed.
    case ledger(LedgerError)
    /// A file operation failed on which everything rests.
    case file(FileError)
    /// An order's file could not be put in its place.
    case placing(String)

    /// What failed, and what to do.
    public var description: String {
        switch self {
        case .ledger(let error): error.description
        case .file(let error): error.description
        case .placing(let text): text
        }
    }
}
