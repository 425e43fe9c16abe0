internal import CLinux
internal import Glibc

/// Waits until one of the descriptors has something to read, has come to its end, or is in error.
///
/// - Parameters:
///   - descriptors: what to wait for; may be empty.
///   - timeoutMilliseconds: how long at most; 0 looks without waiting, a negative number waits for ever.
/// - Returns: those that are ready, in the order given; none when the time was up, or when a signal handler ran.
/// - Throws: `EBADF` for a descriptor that is not open (which would else be ready for ever), `ENOMEM`, `EINVAL`.
public func waitForInput(_ descriptors: [Descriptor], timeoutMilliseconds: Int) throws(FileError) -> [Descriptor] {
    var waited = descriptors.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
    let count = waited.count
    let milliseconds = Int32(clamping: max(timeoutMilliseconds, -1))
    let result = linux_poll(&waited, count, milliseconds)
    if result == -Int(EINTR) { return [] }
    guard result >= 0 else { throw FileError(call: "poll", path: "\(descriptors.count) descriptors", code: Int32(-result)) }
    if let closed = waited.first(where: { $0.revents & Int16(POLLNVAL) != 0 }) {
        throw FileError(call: "poll", path: "descriptor \(closed.fd)", code: EBADF)
    }
    return waited.filter { $0.revents != 0 }.map(\.fd)
}
