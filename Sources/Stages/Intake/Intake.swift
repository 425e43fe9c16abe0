import Ledger
import Logging
import Orders
import Spool

/// Takes dropped files: finds them, waits until they are whole, claims them, judges their orders, and says what is to be done with each
/// file once the batch is on disk.
///
/// Events are hints and the directory is the truth: what an event names is looked at, and what no event named is found by a scan.
final class Intake {
    /// Files up to this size are read at once.
    ///
    /// Small enough that the verdicts on as many orders as fit in it make an event of a sensible size.
    static let smallFile: Int64 = 64 << 10
    /// Large files of one partner that are open at once; the others wait.
    static let openLargeFiles = 2

    let tree: SpoolTree
    let files: any FileOperations
    let ledger: Ledger
    let places: Places
    let random: any RandomSource
    let firstStep: String
    let log: Logger
    var policy: Policy
    var claimer: Claimer
    var settle: SettleTable
    /// By the tag of their watch.
    var directories: [WatchedDirectory: DropDirectory] = [:]
    /// Work in hand, by partner, and the partners in turn.
    var lanes: [String: Lane] = [:]
    var turns: [String] = []
    /// Files in `claimed/` that must wait a little: a writer still has them open, or a call failed.
    var waitingClaimed: [WaitingClaim] = []
    /// What is to be done with files once the batch is committed.
    var disposals: [PendingDisposal] = []
    /// A sync of an upload that failed: the kernel then takes for clean what is not on disk, and the next sync says nothing of it.
    var syncFailure: FileError?
    /// Uploads that ended too soon, waiting for their resume.
    var unfinished = UnfinishedUploads()
    var ids = IDGenerator()
    var nextTag: WatchedDirectory = 1
    /// Work done in this batch: orders looked at, and files.
    var judged = 0
    /// Drops of an earlier run whose files may come up again: in `claimed/`, or in the drop directory where a power cut undid the claim.
    var known: [DropIdentity: DropRecord] = [:]
    /// Things that were refused and could not be moved out of a drop directory; told once.
    var refusedInPlace: [DropIdentity: DropID] = [:]
    /// Files that could not be put away after their verdict; tried again.
    var failedDisposals: [PendingDisposal] = []

    /// What was in hand at a crash; each file of it is taken in a turn of its own.
    var suspects = Suspects(text: "")
    /// Set while a file under suspicion is judged.
    var attempt: Attempt?
    /// Notes a file before it is touched.
    var noteFile: (Thing) -> Void = { _ in }
    /// Notes what is touched alone, and where in it.
    var noteAlone: (Thing, Int64) -> Void = { _, _ in }
    /// What is left of each partner's limit, where it has one.
    var buckets: [String: TokenBucket] = [:]

    init(
        tree: SpoolTree, ledger: Ledger, places: Places, policy: Policy, random: any RandomSource, firstStep: String, log: Logger
    ) {
        self.tree = tree
        files = tree.files
        self.ledger = ledger
        self.places = places
        self.random = random
        self.firstStep = firstStep
        self.log = log
        self.policy = policy
        claimer = Claimer(files: tree.files, maximumSize: policy.maximumFileSize)
        settle = SettleTable(settleNanoseconds: policy.settle, capacity: policy.window)
    }

    /// Adopts another configuration; `now` in nanoseconds of the boot clock.
    func adopt(_ policy: Policy, now: Int64) {
        self.policy = policy
        claimer = Claimer(files: files, maximumSize: policy.maximumFileSize)
        settle.settleNanoseconds = policy.settle
        adoptLimits(now: now)
    }

    /// Nothing is in hand, and what was found waits for longer than a span: for the resume of a broken upload, or for its partner's limit.
    func isIdle(within span: Int64, of now: Int64) -> Bool {
        (settle.nextDeadline ?? .max) > now + span && waitingClaimed.isEmpty
            && lanes.allSatisfy { ($1.isEmpty && $1.suspects.isEmpty) || limitedUntil($0, now: now) != nil }
            && directories.values.allSatisfy {
                (!$0.needsScan && $0.listing == nil && $0.leftover.isEmpty) || limitedUntil($0.partner, now: now) != nil
            }
    }

    /// Something can be worked on at once.
    func hasWork(now: Int64) -> Bool {
        if lanes.contains(where: { !$1.isEmpty && allowance($0, now: now) > 0 }) { return true }
        if let next = settle.nextDeadline, next <= now { return true }
        if waitingClaimed.contains(where: { $0.due <= now }) { return true }
        if lanes.values.contains(where: { !$0.suspects.isEmpty }) { return true }
        return directories.values.contains(where: wantsScan)
    }

    /// When the next file must be looked at again, in nanoseconds of the boot clock.
    func nextDeadline(after now: Int64) -> Int64? {
        ([settle.nextDeadline, waitingClaimed.map(\.due).min()] + lanes.keys.map { limitedUntil($0, now: now) }).compactMap(\.self).min()
    }

    func enlist(_ partner: String) {
        if lanes[partner] == nil {
            lanes[partner] = Lane()
            turns.append(partner)
        }
    }
}
