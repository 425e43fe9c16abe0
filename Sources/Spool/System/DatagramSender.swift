internal import CLinux
internal import Glibc

/// Sends datagrams to a Unix socket of another program's. A name that begins with `@` is of the abstract kind, which is in no directory.
///
/// Any thread may send.
public final class DatagramSender: Sendable {
    private let descriptor: Descriptor
    private let address: [UInt8]

    /// - Parameter name: an absolute path or an abstract name, of 107 bytes at most.
    /// - Throws: where the name is no address, or no socket can be had.
    public init(to name: String) throws(FileError) {
        var bytes = Array(name.utf8)
        guard let first = bytes.first, first == UInt8(ascii: "/") || first == UInt8(ascii: "@"), bytes.count > 1, bytes.count < 108 else {
            throw FileError(call: "connect", path: name, code: EINVAL)
        }
        if first == UInt8(ascii: "@") { bytes[0] = 0 }
        address = bytes
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw FileError(call: "socket", path: name, code: errno) }
        // Whoever reads there may be stuck. What is said to it is not worth more than a moment.
        var limit = timeval(tv_sec: 0, tv_usec: 200_000)
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit { Glibc.close(descriptor) }

    /// Sends one datagram, waiting for room for 0.2 s at most.
    ///
    /// - Parameter descriptor: one that the receiver gets a copy of.
    /// - Returns: whether it was taken. It is not where nobody listens, nobody reads, or it is too long.
    @discardableResult
    public func send(_ bytes: [UInt8], with descriptor: Descriptor? = nil) -> Bool {
        var target = sockaddr_un()
        target.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &target.sun_path) { $0.copyBytes(from: address) }
        // An abstract name is as long as the address says. A path has its NUL, for the rest of the structure is zero.
        let isAbstract = address.first == 0
        let length = MemoryLayout<sockaddr_un>.offset(of: \.sun_path).unsafelyUnwrapped + address.count + (isAbstract ? 0 : 1)
        return withUnsafePointer(to: &target) { pointer in
            while true {
                let result = linux_send(self.descriptor, pointer, socklen_t(length), bytes, bytes.count, descriptor ?? -1)
                if result >= 0 { return true }
                if result != -Int(EINTR) { return false }
            }
        }
    }
}
