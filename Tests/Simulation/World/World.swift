import Foundation
import Ledger
import Orders
import Spool
import Stages

/// One run: partners, people, a bank, a disk, clocks, and the daemon in the middle of them, all driven by one seed.
///
/// Everything happens on one thread, but for the calls to the bank, for which the world waits. So nothing but the seed decides.
final class World {
    static let partners = ["acme", "bolt"]
    static let warehouse = "warehouse"
    static let stock: [String: Int64] = ["PEN": 25, "INK": 12, "CAP": 300]

    let seed: UInt64
    let dice: Dice
    let profile: Profile
    let trace: Trace
    let clock = SimulatedClock()
    let random: SeededRandom
    let disk: Disk
    let faults = FaultPlan()
    let files: SimulatedFiles
    let bank: Bank
    /// Where the ledger of each process lies in the real file system.
    let scratch: String

    var daemon: DaemonProcess?
    /// Processes so far.
    var lives = 0
    /// The ledger as a process that has ended in the middle of a call has left it is copied: what it does while it unwinds is not seen.
    var ledgerFolder: String
    /// The power was cut, and the disk is to be brought to what a cut leaves.
    var isPowerCut = false
    /// Trouble is over: nothing fails, and everybody finishes.
    var isQuiet = false
    /// Why the followers have given up.
    var followersTrouble: String?
    /// Where the next process finds the ledger that the last one has left.
    var nextFolder: String?
    private var isInterrupted = false
    private var callsToInterruption = Int.max

    var makers: [String: ContentMaker] = [:]
    var uploads: [Upload] = []
    /// Uploads whose partners have more to do with them.
    var busy: [Upload] = []
    /// Receipts that somebody deleted, by drop.
    var deletedReceipts: Set<String> = []
    let witness: Witness
    /// What was found wrong where nothing can be thrown.
    var found: [String] = []

    init(seed: UInt64, scratch: String, keepsTrace: Bool) throws {
        self.seed = seed
        self.scratch = scratch
        dice = Dice(seed)
        random = SeededRandom(seed ^ 0x5DEE_CE66_D1CE_4E5B)
        profile = Profile(dice)
        trace = Trace(keeping: keepsTrace)
        disk = Disk(clock: clock)
        _ = disk.make(.directory, FileName(unchecked: "spool"), in: disk.root, mode: 0o755)
        files = SimulatedFiles(disk: disk, faults: faults, trace: trace, dice: dice.fork())
        files.hasLeases = profile.hasLeases
        bank = Bank(clock: clock, keyLife: profile.policy.keyLife)
        ledgerFolder = scratch + "/0"
        witness = Witness()
        try FileManager.default.createDirectory(atPath: ledgerFolder, withIntermediateDirectories: true)
        for partner in Self.partners { makers[partner] = ContentMaker(dice: dice.fork()) }
        files.onEnd = { [unowned self] in processEnds() }
        files.onCall = { [unowned self] in interrupt() }
        files.onPublished = { [unowned self] node, path in witness.published(node, path, self) }
        trace.note("profile", "\(profile)")
    }

    var ledgerPath: String { ledgerFolder + "/ledger.sqlite" }
    var bootMilliseconds: Int64 { clock.trueMilliseconds }

    // MARK: The run

    /// The whole run: trouble for a while, then peace until everything rests, then all promises are looked at.
    func run() throws {
        try setUp()
        callsToInterruption = nextInterruption()
        for _ in 0..<profile.steps {
            try step()
            try check()
        }
        try comeToRest()
        try checkAll()
        // A stop and a start change nothing of what has come to rest.
        if dice.once(in: 2) { try stop() } else { try end(cuttingPower: dice.once(in: 2)) }
        try startUntilItRuns()
        try comeToRest()
        try checkAll()
    }

    /// Throws what was found where nothing can be thrown.
    func check() throws {
        if let first = found.first { throw Violation(first) }
        if let first = bank.faults.first { throw Violation(first) }
    }

    private func setUp() throws {
        try startUntilItRuns()
        for partner in Self.partners { try command(.partner(PartnerChange(name: partner, role: "shop", state: "active"))) }
        try command(.stockSet(Self.stock.sorted { $0.key < $1.key }.map { StockCount(product: $0.key, quantity: $0.value) }))
        try settle()
    }

    /// Something happens.
    private func step() throws {
        clock.advance(milliseconds: Int64(dice.within(1...40)))
        if daemon == nil { try startUntilItRuns() }
        if profile.endRate > 0, dice.once(in: profile.endRate) { planEnd() }
        if profile.errorRate > 0, dice.once(in: profile.errorRate) {
            faults.fail(atCall: dice.within(1...60), times: dice.pick([1, 1, 1, 2, 10]), code: dice.pick(FaultPlan.codes))
            trace.note("errors are coming")
        }
        if profile.jumpRate > 0, dice.once(in: profile.jumpRate) {
            let hours = dice.pick([-24, -1, 1, 24])
            trace.note("clock jumps", "\(hours)")
            clock.jump(milliseconds: Int64(hours) * 3_600_000)
        }
        switch dice.weighted([22, 10, 6, 30, 12, 14, 3, 2]) {
        case 0: partnersAct()
        case 1: pass()
        case 2: if dice.once(in: profile.handRate) { try operatorActs() } else { try operatorSpeaks() }
        case 3: try settle()
        case 4: try daemonDoes { try $0.turn() }
        case 5: try answerSome()
        case 6: try disturb()
        default: try stop()
        }
    }

    /// Time goes on: a moment, the settle time, or a long while.
    private func pass() {
        let milliseconds = max(1, min(patience, Int64(dice.pick([200, 1100, 1100, 5000, 31_000, 31_000, 650_000]))))
        trace.note("time passes", "\(milliseconds)")
        clock.advance(milliseconds: milliseconds)
    }

    /// Surroundings that change: directories go and come back, the disk fills, events are lost.
    private func disturb() throws {
        switch dice.below(4) {
        case 0: takeReceiptsAway()
        case 1: bringReceiptsBack()
        case 2: files.free = FreeSpace(bytes: files.free.bytes > 1 << 30 ? 1000 : 1 << 40, inodes: 1 << 30)
        default: daemon?.watcher.overflow()
        }
    }

    // MARK: Interruptions

    private func nextInterruption() -> Int { profile.interruptionRate == 0 ? .max : dice.within(1...2 * profile.interruptionRate) }

    /// Before a call of the daemon's: somebody else may be faster.
    private func interrupt() {
        callsToInterruption -= 1
        guard callsToInterruption <= 0, !isInterrupted, !isQuiet, lives > 1 || !uploads.isEmpty else { return }
        isInterrupted = true
        clock.advance(milliseconds: 5)
        trace.note("meanwhile")
        partnersAct()
        isInterrupted = false
        callsToInterruption = nextInterruption()
    }
}

extension FileName {
    /// A name that a program spells out.
    init(unchecked text: String) {
        guard let name = FileName(text) else { preconditionFailure("\(text) is no file name") }
        self = name
    }
}
