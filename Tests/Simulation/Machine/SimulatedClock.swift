import Spool
import Synchronization

/// Clocks that stand still until the world moves them. Only the wall clock can be set.
final class SimulatedClock: Clock {
    private let state = Mutex<(wall: Int64, boot: Int64, back: Int64)>((1_795_348_800_000, 3_600_000_000_000, 0))

    func wallMilliseconds() -> Int64 { state.withLock { $0.wall } }
    func bootNanoseconds() -> Int64 { state.withLock { $0.boot } }
    /// Milliseconds of true time since the beginning.
    var trueMilliseconds: Int64 { state.withLock { $0.boot / 1_000_000 } }
    /// By how much the wall clock was set back, all in all, milliseconds.
    var setBack: Int64 { state.withLock { $0.back } }

    /// Time passes, by both clocks.
    func advance(milliseconds: Int64) {
        state.withLock { state in
            state.wall += milliseconds
            state.boot += milliseconds * 1_000_000
        }
    }

    /// Somebody sets the wall clock.
    func jump(milliseconds: Int64) {
        state.withLock { state in
            state.wall += milliseconds
            if milliseconds < 0 { state.back -= milliseconds }
        }
    }

    /// The time that the kernel puts on files: the wall clock by ticks of 4 ms, in nanoseconds.
    func fileTime() -> Int64 { state.withLock { $0.wall / 4 * 4 * 1_000_000 } }
}
