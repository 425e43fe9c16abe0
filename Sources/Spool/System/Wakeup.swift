internal import CLinux
internal import Glibc

/// Wakes a thread that waits for input: any thread signals, the waiting one polls ``descriptor`` and clears.
///
/// However often it was signalled, one `clear` serves; a signal given before the wait begins is not lost.
public final class Wakeup: Sendable {
    /// Readable from `signal` until `clear`.
    public let descriptor: Descriptor

    private static let attempts = 3

    /// A wakeup not signalled yet.
    public init() throws(FileError) {
        let result = linux_eventfd()
        guard result >= 0 else { throw FileError(call: "eventfd2", path: "wakeup", code: Int32(-result)) }
        descriptor = Descriptor(result)
    }

    deinit {
        _ = linux_close(descriptor)
    }

    /// Wakes the waiter, or lets its next wait end at once. Never waits.
    public func signal() {
        var one: UInt64 = 1
        for _ in 0..<Self.attempts {
            let result = uninterrupted { linux_write(descriptor, &one, 8) }
            // EAGAIN says that the counter is full: it is signalled already. Nothing else is known to come; a waiter that is never woken
            // would be worse than another attempt.
            if result >= 0 || result == -Int(EAGAIN) { return }
        }
    }

    /// Takes back what was signalled. To be called before looking for the work, so that a signal for later work is not taken with it.
    public func clear() {
        var count: UInt64 = 0
        _ = uninterrupted { linux_read(descriptor, &count, 8) }
    }
}
