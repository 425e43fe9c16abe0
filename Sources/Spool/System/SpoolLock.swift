internal import Glibc
internal import Synchronization

/// Why the spool's lock was not had.
public enum LockError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Another process has it; with what that one wrote into the lock file, such as `pid=123 since=2026-01-02T03:04:05Z`.
    case held(by: String)
    /// A call failed.
    case failed(FileError)

    /// One line: what was expected, what was found, what to do.
    public var description: String {
        switch self {
        case .held(let holder):
            "the spool is in use by another process (\(holder.isEmpty ? "it has not said which yet" : holder)): stop that one, or use it"
        case .failed(let error): error.description
        }
    }
}

/// The lock on a spool: one process at a time changes it.
///
/// A lock of the open file (`F_OFD_SETLK`) on `state/lock`. The kernel lets go of it when the process ends, however it ends; the file stays.
public final class SpoolLock: Sendable {
    private static let name = FileName("lock").unsafelyUnwrapped

    private let descriptor: Mutex<Descriptor?>
    private let files: any FileOperations

    private init(descriptor: Descriptor, files: any FileOperations) {
        self.descriptor = Mutex(descriptor)
        self.files = files
    }

    deinit { release() }

    /// Takes the lock, without waiting.
    ///
    /// - Parameters:
    ///   - directory: the spool's `state/`.
    ///   - process: the id of this process, written into the lock for people.
    ///   - clock: tells since when.
    ///   - files: the file operations.
    public static func take(
        stateDirectory directory: Descriptor, process: Int32, clock: any Clock = SystemClock(), files: any FileOperations
    ) throws(LockError) -> SpoolLock {
        var heldBy: String?
        do throws(FileError) {
            while true {
                let descriptor = try files.openForUpdating(in: directory, name, mode: 0o660)
                let attempt: Attempt
                do throws(FileError) {
                    attempt = try lock(descriptor, in: directory, holder: "pid=\(process) since=\(timestamp(clock))\n", files)
                } catch {
                    try? files.close(descriptor)
                    throw error
                }
                if attempt == .locked { return SpoolLock(descriptor: descriptor, files: files) }
                try? files.close(descriptor)
                if case .held(let holder) = attempt { heldBy = holder }
                if heldBy != nil { break }
            }
        } catch {
            throw .failed(error)
        }
        throw .held(by: heldBy ?? "")
    }

    /// What came of one attempt at the lock.
    private enum Attempt: Equatable {
        case locked
        case held(String)
        case replaced
    }

    private static func lock(
        _ descriptor: Descriptor, in directory: Descriptor, holder: String, _ files: any FileOperations
    ) throws(FileError) -> Attempt {
        guard try files.lock(descriptor) else {
            let text = try files.readAll(descriptor, limit: 4096)
            return .held(escaped(text.prefix { $0 != UInt8(ascii: "\n") }))
        }
        // Somebody may have removed the file between open and lock; then a lock on it keeps nobody out.
        guard let named = try files.status(in: directory, name), named.isSameFile(as: try files.status(descriptor)) else {
            return .replaced
        }
        // Written over what is there, and cut afterwards: who reads meanwhile finds a holder.
        let text = Array(holder.utf8)
        try files.write(descriptor, text)
        try files.truncate(descriptor, to: Int64(text.count))
        return .locked
    }

    /// Lets go of the lock. Nothing where that is done already.
    public func release() {
        guard let descriptor = descriptor.withLock({ $0.take() }) else { return }
        try? files.truncate(descriptor, to: 0)
        try? files.close(descriptor)
    }
}

private func timestamp(_ clock: any Clock) -> String {
    var seconds = time_t(clock.wallMilliseconds() / 1000)
    var parts = tm()
    gmtime_r(&seconds, &parts)
    let fields = [Int(parts.tm_mon) + 1, Int(parts.tm_mday), Int(parts.tm_hour), Int(parts.tm_min), Int(parts.tm_sec)]
    let two = fields.map { $0 < 10 ? "0\($0)" : "\($0)" }
    return "\(Int(parts.tm_year) + 1900)-\(two[0])-\(two[1])T\(two[2]):\(two[3]):\(two[4])Z"
}
