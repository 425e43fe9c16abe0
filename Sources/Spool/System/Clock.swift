internal import CLinux
internal import Glibc

/// What time it is. A simulation can hold it.
public protocol Clock: Sendable {
    /// Milliseconds since 1970 UTC. May jump, back too.
    func wallMilliseconds() -> Int64
    /// Nanoseconds since the machine started, suspended time included. Never runs back; means nothing after a restart.
    func bootNanoseconds() -> Int64
}

/// The machine's clocks.
public struct SystemClock: Clock {
    /// The clocks.
    public init() {}

    /// `CLOCK_REALTIME`.
    public func wallMilliseconds() -> Int64 { linux_clock_nanoseconds(Int32(CLOCK_REALTIME)) / 1_000_000 }
    /// Whether the kernel takes its wall clock to be in step with a time source; `nil` where it does not say.
    public static func isSynchronised() -> Bool? {
        let answer = linux_clock_is_synchronised()
        return answer < 0 ? nil : answer == 1
    }

    /// `CLOCK_BOOTTIME`.
    public func bootNanoseconds() -> Int64 { linux_clock_nanoseconds(Int32(CLOCK_BOOTTIME)) }
    /// `CLOCK_MONOTONIC`, which stands still while the machine is suspended: what service managers count by.
    public func monotonicNanoseconds() -> Int64 { linux_clock_nanoseconds(Int32(CLOCK_MONOTONIC)) }
}
