import Crypto
import Ledger
import Orders
import Spool

/// A dropped file that is the daemon's now: it lies in `claimed/`.
struct TakenFile {
    let directory: DropDirectory
    let name: FileName
    let status: FileStatus
    let completeness: String
    /// Its content, where it was small enough to be read at once.
    let bytes: [UInt8]
    /// When the upload was whole: the time of its last change before it was claimed, nanoseconds since 1970. The claim itself is a change of
    /// the file too; where only what came after it is known, that is taken.
    let finished: Int64

    init(
        directory: DropDirectory, name: FileName, status: FileStatus, completeness: String, bytes: [UInt8], finished: Int64? = nil
    ) {
        self.directory = directory
        self.name = name
        self.status = status
        self.completeness = completeness
        self.bytes = bytes
        self.finished = finished ?? status.changeTime
    }

    /// What the ledger keeps of it.
    func facts(received: Timestamp, sha: [UInt8]) -> DropFacts {
        // The kernel's clock for files runs a little behind the one that events go by, and never ahead but where one was set.
        let finished = finished > 0 ? min(Timestamp(milliseconds: finished / 1_000_000), received) : nil
        return DropFacts(
            partner: directory.partner, directory: directory.drop, name: Array(name.bytes), device: status.device, inode: status.inode,
            birth: status.birthTime, size: status.size, sha: sha, received: received,
            completeness: completeness, finished: finished)
    }
}

/// What names one upload: its inode and birth, and its name. Not its device, whose number may be another after a restart.
struct DropIdentity: Hashable {
    let inode: UInt64
    let birth: Int64
    let name: [UInt8]

    init(inode: UInt64, birth: Int64, name: [UInt8]) {
        self.inode = inode
        self.birth = birth
        self.name = name
    }

    init(_ status: FileStatus, _ name: FileName) {
        inode = status.inode
        birth = status.birthTime
        self.name = Array(name.bytes)
    }

    init(_ facts: DropFacts) {
        inode = facts.inode
        birth = facts.birth
        name = facts.name
    }
}

/// What is to be done with a dropped file once the batch that judged it is on disk.
enum Disposal {
    /// Its one order has a file of its own.
    case remove
    /// Keep it whole in a directory, under a name.
    case keep(directory: String, as: FileName)
    /// Keep this in its place: the same with card numbers masked.
    case replace(directory: String, as: FileName, bytes: [UInt8])
    /// Keep a large file with card numbers masked.
    case mask(directory: String, as: FileName)
}

/// A file in `claimed/` and what is to be done with it.
struct PendingDisposal {
    let directory: DropDirectory
    let name: FileName
    let disposal: Disposal
}

func sha256(_ bytes: [UInt8]) -> [UInt8] {
    var hasher = SHA256()
    bytes.withUnsafeBytes { hasher.update(bufferPointer: $0) }
    return hasher.finalize().withUnsafeBytes { [UInt8]($0) }
}

func sha256(_ bytes: UnsafeBufferPointer<UInt8>) -> [UInt8] {
    var hasher = SHA256()
    hasher.update(bufferPointer: UnsafeRawBufferPointer(bytes))
    return hasher.finalize().withUnsafeBytes { [UInt8]($0) }
}
