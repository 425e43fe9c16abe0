internal import CLinux
internal import Glibc

/// Signals as input on a descriptor, instead of handlers in which next to nothing is allowed.
///
/// Blocks the signals in the thread that makes it, and in the threads which that one starts later. To be made on the main thread before any
/// other thread starts: a thread that does not block them would be killed by them.
public final class SignalDescriptor: Sendable {
    /// Readable while a signal waits.
    public let descriptor: Descriptor

    /// Takes over these signals, by number, such as `SIGTERM`.
    public init(signals: [Int32]) throws(FileError) {
        let result = linux_signalfd(signals, signals.count)
        guard result >= 0 else { throw FileError(call: "signalfd4", path: "signals \(signals)", code: Int32(-result)) }
        descriptor = Descriptor(result)
    }

    deinit {
        // The signals stay blocked: letting one through now would end the process.
        _ = linux_close(descriptor)
    }

    /// The next signal's number; `nil` where none waits. The same signal sent twice before it is read counts once.
    public func next() -> Int32? {
        let result = uninterrupted { linux_signalfd_next(descriptor) }
        return result > 0 ? Int32(result) : nil
    }
}
