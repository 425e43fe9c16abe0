internal import CLinux

/// Who is at the other end of a local socket, as the kernel noted it when the connection was made: the peer cannot lie.
public struct PeerCredentials: Hashable, Sendable {
    /// The process id.
    public let process: Int32
    /// The effective user id.
    public let user: UInt32
    /// The effective group id.
    public let group: UInt32

    /// The peer of a connected `AF_UNIX` socket.
    public init(of socket: Descriptor) throws(FileError) {
        var process: Int32 = 0
        var user: UInt32 = 0
        var group: UInt32 = 0
        let result = linux_peer(socket, &process, &user, &group)
        guard result >= 0 else { throw FileError("getsockopt", on: socket, code: result) }
        self.process = process
        self.user = user
        self.group = group
    }
}
