import Glibc
import Spool

/// A connected Unix stream socket that never makes its thread wait.
final class SocketConnection {
    /// Why a connection is of no more use.
    struct Failure: Error {
        let code: Int32
        /// What happened, for people.
        var text: String { code == 0 ? "the program closed the connection" : String(cString: strerror(code)) }
    }

    /// No answer is longer; a program that sends more without a newline speaks another protocol.
    static let longestLine = 64 << 10

    let descriptor: Descriptor
    private var incoming: [UInt8] = []

    init(path: String) throws(Failure) {
        descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | O_CLOEXEC | O_NONBLOCK, 0)
        guard descriptor >= 0 else { throw Failure(code: errno) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        // Without a wait: a local connect succeeds or fails at once, with EAGAIN where the program does not accept.
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard result == 0 else {
            let code = errno
            Glibc.close(descriptor)
            throw Failure(code: code)
        }
    }

    func close() { Glibc.close(descriptor) }

    /// Writes what the socket takes now; the number of bytes, which may be 0.
    func write(_ bytes: ArraySlice<UInt8>) throws(Failure) -> Int {
        while true {
            // A signal would kill the daemon, and says no more than the error does.
            let count = bytes.withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            if count >= 0 { return count }
            switch errno {
            case EINTR: continue
            case EAGAIN: return 0
            case let code: throw Failure(code: code)
            }
        }
    }

    /// The whole lines that have come. `failure` is set where the connection has ended; the lines count all the same.
    func readLines() -> (lines: [[UInt8]], failure: Failure?) {
        var failure: Failure?
        var buffer = [UInt8](repeating: 0, count: 16 << 10)
        while failure == nil {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            if count > 0 {
                incoming += buffer[..<count]
                if incoming.count > 16 * Self.longestLine { break }
            } else if count == 0 {
                failure = Failure(code: 0)
            } else if errno == EAGAIN {
                break
            } else if errno != EINTR {
                failure = Failure(code: errno)
            }
        }
        var lines: [[UInt8]] = []
        var start = 0
        while let newline = incoming[start...].firstIndex(of: UInt8(ascii: "\n")) {
            lines.append(Array(incoming[start..<newline]))
            start = newline + 1
        }
        incoming.removeFirst(start)
        if incoming.count > Self.longestLine { failure = failure ?? Failure(code: EMSGSIZE) }
        return (lines, failure)
    }
}
