import Foundation
import Glibc
import Ledger
import Spool

/// The machine that orderd runs on.
final class SystemMachineView: MachineView {
    private static let textLimit = 1 << 20
    private let files = SystemFiles()

    var user: UInt32 { geteuid() }
    var now: Int64 { SystemClock().wallMilliseconds() }

    func status(_ path: String) -> PathStatus? { status(Path(path)) }

    func isAbsent(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) != 0 && [ENOENT, ENOTDIR].contains(errno)
    }

    func status(in directory: String, _ name: FileName) -> PathStatus? { status(Path(directory).appending(name.bytes)) }

    private func status(_ path: Path) -> PathStatus? {
        var status = stat()
        guard path.withCString({ lstat($0, &status) }) == 0 else { return nil }
        let known = FileStatus(device: 0, inode: 0, mode: status.st_mode)
        return PathStatus(
            kind: known.kind, owner: status.st_uid, group: status.st_gid, mode: known.permissions,
            modified: Int64(status.st_mtim.tv_sec) * 1000)
    }

    func text(_ path: String) -> String? {
        // Not waiting: somebody may have put a pipe in the place of a file.
        let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while bytes.count <= Self.textLimit {
            let count = read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { return nil }
            if count == 0 { return String(decoding: bytes, as: UTF8.self) }
            bytes += buffer.prefix(count)
        }
        return nil
    }

    func names(_ path: String) -> [FileName]? {
        guard let directory = opendir(path) else { return nil }
        defer { closedir(directory) }
        var found: [FileName] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { FileName(bytes: $0.prefix { $0 != 0 }) }
            if let name { found.append(name) }
        }
        return found.sorted()
    }

    func target(_ path: String) -> String? {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlink(path, &buffer, buffer.count)
        return count < 0 ? nil : String(decoding: buffer.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    func accessList(_ path: String) -> AccessList? { try? AccessList(of: Path(path)) }

    func freeSpace(_ path: String) -> FreeSpace? {
        guard let directory = try? files.openDirectory(at: nil, path: Path(path)) else { return nil }
        defer { try? files.close(directory) }
        return try? files.freeSpace(directory)
    }

    func mounts() -> [Mount] { Mount.list(text("/proc/self/mountinfo") ?? "") }

    func isClockSynchronised() -> Bool? { SystemClock.isSynchronised() }

    func ledger(inSpool root: String) -> Result<LedgerFacts, LedgerError> {
        let path = SpoolSession.ledgerPath(root)
        let logs = ["-wal", "-shm"].allSatisfy { status(path + $0) != nil }
        // As the spool's user: SQLite makes the log's files where they are missing, and root's would be in the daemon's way.
        if let tree = try? SpoolTree(root: root, files: files), let identity = try? SpoolIdentity(of: tree) {
            defer { identity.restore() }
            let facts = Self.facts(path)
            if (try? facts.get()) != nil || !logs { return facts }
        }
        // Where its rights are what is wrong, root can look all the same.
        return Self.facts(path)
    }

    private static func facts(_ path: String) -> Result<LedgerFacts, LedgerError> {
        Result { () throws(LedgerError) in
            let reader = try LedgerReader(path: path)
            return LedgerFacts(
                partners: try reader.queries.partners(), pauses: try reader.queries.pauses(), lastEvent: try reader.queries.head().at,
                stoppedCleanly: try reader.stoppedCleanly(), settings: try reader.settings())
        }
    }

    func run(_ words: [String]) -> ProgramOutcome? { SystemProgram.run(words) }
}

extension Mount {
    /// The lines of `/proc/self/mountinfo`: `36 35 98:0 /root /mnt rw,noatime shared:1 - ext4 /dev/sda rw,errors=continue`.
    static func list(_ text: String) -> [Mount] {
        text.split(separator: "\n").compactMap { line in
            let words = line.split(separator: " ").map(String.init)
            guard words.count > 6, let dash = words[6...].firstIndex(of: "-"), words.count > dash + 1 else { return nil }
            let options = words[5].split(separator: ",") + (words.count > dash + 3 ? words[dash + 3].split(separator: ",") : [])
            return Mount(point: unescaped(words[4]), kind: words[dash + 1], options: options.map(String.init))
        }
    }

    /// Blanks and backslashes stand as three octal digits.
    private static func unescaped(_ text: String) -> String {
        ["\\040": " ", "\\011": "\t", "\\012": "\n", "\\134": "\\"].reduce(text) { $0.replacing($1.key, with: $1.value) }
    }
}
