public import Ledger
public import Logging
import Orders
public import Spool

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
    /// An order's file that last changed before this, in nanoseconds of the wall clock, is as orderd left it: after a clean stop, where
    /// nobody has set the clock or started the machine anew since. Else nil, and the start reads every file.
    var unchangedBefore: Int64?

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
}
