import Ledger
import Orders
import Spool

/// What the doctor sees of a machine, and the one way in which it changes anything: by running a command that it has shown.
///
/// Paths are absolute. Tests put a machine in memory behind it, so that none of them needs root.
protocol MachineView: AnyObject {
    /// The user that asks.
    var user: UInt32 { get }
    /// Milliseconds since 1970 UTC.
    var now: Int64 { get }
    /// The status of a path, of a symbolic link itself; nil where there is none, or it may not be looked at.
    func status(_ path: String) -> PathStatus?
    /// Whether there surely is nothing at a path; false, too, where it may not be looked at.
    func isAbsent(_ path: String) -> Bool
    /// The status of a name in a directory, which need not be text.
    func status(in directory: String, _ name: FileName) -> PathStatus?
    /// The text of a file; nil where there is none, or it may not be read. At most 1 MiB.
    func text(_ path: String) -> String?
    /// The names in a directory, in order; nil where there is none, or it may not be read.
    func names(_ path: String) -> [FileName]?
    /// Where a symbolic link leads; nil where the path is none.
    func target(_ path: String) -> String?
    /// What the access control list of a path says beyond its mode; nil where it cannot be read.
    func accessList(_ path: String) -> AccessList?
    /// Free space where a path lies, as an ordinary user may use it.
    func freeSpace(_ path: String) -> FreeSpace?
    /// The mounts, in the order of the kernel's list.
    func mounts() -> [Mount]
    /// Whether the kernel takes its clock to be in step with a time source; nil where that cannot be asked.
    func isClockSynchronised() -> Bool?
    /// What the ledger of the spool at a path says.
    func ledger(inSpool root: String) -> Result<LedgerFacts, LedgerError>
    /// Runs a program without a shell and waits for it; nil where there is no such program.
    func run(_ words: [String]) -> ProgramOutcome?
}

/// What there is at a path.
struct PathStatus: Hashable {
    var kind: FileKind
    var owner: UInt32
    var group: UInt32
    /// All twelve bits.
    var mode: FileMode
    /// Milliseconds since 1970 UTC.
    var modified: Int64
}

/// One mount, as `/proc/self/mountinfo` has it.
struct Mount: Hashable {
    var point: String
    /// Such as `ext4`, `overlay`, `fuse.sshfs`.
    var kind: String
    /// Options of the mount and of the file system.
    var options: [String]
}

/// What the doctor asks the ledger.
struct LedgerFacts {
    /// Every partner, removed ones too.
    var partners: [PartnerChange] = []
    /// What is paused by hand.
    var pauses: [(pause: Pause, since: Timestamp)] = []
    /// The time of the last event.
    var lastEvent = Timestamp(milliseconds: 0)
    var stoppedCleanly = true
    var settings = LedgerSettings(journalMode: "wal", synchronous: 2, deletesSecurely: true, engine: "3.40.1", schema: "1")
}
