internal import CLinux
internal import Glibc

/// The log socket of a partner's chroot, `dev/log`, where sshd's SFTP server of that partner says how each transfer ended. orderd owns it:
/// what is logged there is for orderd alone.
///
/// `syslog(3)` in the server connects to `/dev/log` of its chroot with a datagram socket. A full queue of datagrams makes the server wait,
/// so the owner reads whenever the descriptor is readable. With nobody listening the server goes on without a log.
///
/// Used by one thread.
public final class TransferLog {
    /// The socket's name in its directory.
    public static let name = FileName("log").unsafelyUnwrapped
    /// Readable while lines wait.
    public let descriptor: Descriptor
    private var buffer = [UInt8](repeating: 0, count: 8192)

    /// Makes the socket in a directory; what has the name is replaced, so the caller holds the spool's lock.
    ///
    /// It is reached through the directory's descriptor: a path may be longer than the 107 bytes that an address holds, and a directory
    /// replaced meanwhile leads nowhere else.
    ///
    /// - Throws: where the directory is not the daemon's to write in, or no socket can be made.
    public init(in directory: Descriptor, files: any FileOperations) throws(FileError) {
        try files.removeIfPresent(in: directory, Self.name)
        let kind = SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue
        let socket = Glibc.socket(AF_UNIX, Int32(kind), 0)
        guard socket >= 0 else { throw FileError(call: "socket", path: "dev/log", code: errno) }
        descriptor = socket
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { path in
            path.copyBytes(from: "/proc/self/fd/\(directory)/log".utf8.prefix(path.count - 1))
        }
        let bound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.bind(socket, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard bound == 0 else { throw FileError(call: "bind", path: "dev/log", code: errno) }
        // Who connects must be allowed to write, and the server runs as the partner.
        guard fchmodat(directory, "log", 0o666, 0) == 0 else { throw FileError(call: "fchmodat", path: "dev/log", code: errno) }
    }

    deinit { Glibc.close(descriptor) }

    /// Calls `body` with each line that waits and tells of a transfer's end, oldest first, and does not wait itself.
    ///
    /// - Parameter limit: datagrams to read at most; the rest stays for the next call.
    public func drain(limit: Int, _ body: (TransferLogLine) -> Void) {
        for _ in 0..<limit {
            let count = buffer.withUnsafeMutableBytes { recv(descriptor, $0.baseAddress, $0.count, 0) }
            if count < 0 {
                if errno == EINTR { continue }
                return
            }
            if let line = TransferLogLine(datagram: buffer.prefix(count)) { body(line) }
        }
    }
}
