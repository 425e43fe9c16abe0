import Spool
import Synchronization

/// A clock that stands until it is moved.
final class HeldClock: Spool.Clock {
    private let now = Mutex<Int64>(1_000_000_000)

    func wallMilliseconds() -> Int64 { bootNanoseconds() / 1_000_000 }
    func bootNanoseconds() -> Int64 { now.withLock { $0 } }
    func advance(seconds: Int64) { advance(milliseconds: seconds * 1000) }
    func advance(milliseconds: Int64) { now.withLock { $0 += milliseconds * 1_000_000 } }
}
