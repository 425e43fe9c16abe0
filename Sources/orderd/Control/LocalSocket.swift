import Glibc
import Spool

/// Calls on stream sockets of this machine. The socket's file is reached through its directory's descriptor: a path may be longer than the
/// 107 bytes that an address holds, and a directory replaced meanwhile leads nowhere else.
enum LocalSocket {
    /// The socket's name in `state/`.
    static let name = FileName("control").unsafelyUnwrapped

    /// Listens, without ever waiting. What has the name is replaced, so the caller holds the spool's lock.
    static func listen(in directory: Descriptor, files: any FileOperations) throws(FileError) -> Descriptor {
        try files.removeIfPresent(in: directory, name)
        let socket = try make(SOCK_NONBLOCK)
        do throws(FileError) {
            try check("bind", withAddress(in: directory) { Glibc.bind(socket, $0, $1) })
            // The umask may have taken the group's right to write, without which nobody of it can connect.
            try check("fchmodat", fchmodat(directory, "control", 0o660, 0))
            try check("listen", Glibc.listen(socket, 64))
        } catch {
            Glibc.close(socket)
            throw error
        }
        return socket
    }

    /// Connects, or gives nil where nobody listens. Later calls on the socket, and this one, wait for at most `seconds`.
    static func connect(in directory: Descriptor, timeoutSeconds seconds: Int) throws(FileError) -> Descriptor? {
        let socket = try make(nil)
        var limit = timeval(tv_sec: seconds, tv_usec: 0)
        for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
            setsockopt(socket, SOL_SOCKET, option, &limit, socklen_t(MemoryLayout<timeval>.size))
        }
        while withAddress(in: directory, { Glibc.connect(socket, $0, $1) }) != 0 {
            let code = errno
            if code == EINTR { continue }
            Glibc.close(socket)
            if code == ENOENT || code == ECONNREFUSED { return nil }
            throw FileError(call: "connect", path: "state/control", code: code)
        }
        return socket
    }

    /// The next connection; nil where none waits.
    static func accept(_ listener: Descriptor) throws(FileError) -> Descriptor? {
        while true {
            let socket = Glibc.accept(listener, nil, nil)
            if socket >= 0 {
                _ = fcntl(socket, F_SETFD, FD_CLOEXEC)
                _ = fcntl(socket, F_SETFL, O_NONBLOCK)
                return socket
            }
            switch errno {
            case EINTR, ECONNABORTED: continue
            case EAGAIN: return nil
            default: throw FileError(call: "accept", path: "state/control", code: errno)
            }
        }
    }

    /// What came of a read.
    enum Received {
        case bytes(Int)
        case end
        /// Nothing has come yet, or, on a socket that waits, nothing within its time.
        case nothing
        case failed(Int32)
    }

    static func receive(_ socket: Descriptor, into buffer: UnsafeMutableRawBufferPointer) -> Received {
        while true {
            let count = recv(socket, buffer.baseAddress, buffer.count, 0)
            if count > 0 { return .bytes(count) }
            if count == 0 { return .end }
            switch errno {
            case EINTR: continue
            case EAGAIN: return .nothing
            default: return .failed(errno)
            }
        }
    }

    /// Sends what there is room for: how much; nil where the other side is gone.
    static func send(_ socket: Descriptor, _ bytes: UnsafeRawBufferPointer) -> Int? {
        while true {
            // Without MSG_NOSIGNAL a client that went away would end the daemon with SIGPIPE.
            let count = Glibc.send(socket, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
            if count >= 0 { return count }
            switch errno {
            case EINTR: continue
            case EAGAIN: return 0
            default: return nil
            }
        }
    }

    static func close(_ socket: Descriptor) { Glibc.close(socket) }

    private static func make(_ flag: __socket_type?) throws(FileError) -> Descriptor {
        let kind = SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | (flag?.rawValue ?? 0)
        let socket = socket(AF_UNIX, Int32(kind), 0)
        guard socket >= 0 else { throw FileError(call: "socket", path: "state/control", code: errno) }
        return socket
    }

    private static func check(_ call: String, _ result: Int32) throws(FileError) {
        guard result == 0 else { throw FileError(call: call, path: "state/control", code: errno) }
    }

    private static func withAddress(in directory: Descriptor, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { path in
            path.copyBytes(from: "/proc/self/fd/\(directory)/control".utf8.prefix(path.count - 1))
        }
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_un>.size)) }
        }
    }
}
