import Spool
import Synchronization
import TestSupport

/// Makes file operations fail: the n-th of all, or every one of a name.
final class Trap: Sendable {
    private struct State {
        var left = Int.max
        var call: String?
        var code: Int32 = 0
        var made = 0
        var names: Set<String> = []
        var hits: [String] = []
    }
    private let state = Mutex(State())

    /// File operations that this trap lies behind.
    var files: RiggedFiles {
        RiggedFiles { [self] (call) throws(FileError) in
            let code: Int32? = state.withLock { state in
                state.made += 1
                state.names.insert(call)
                if state.left != .max { state.left -= 1 }
                guard state.left == 0 || state.call == call else { return nil }
                state.hits.append(call)
                return state.code
            }
            if let code { throw FileError(call: call, path: "trapped", code: code) }
        }
    }

    /// The n-th call from now on fails, from 1, and none after it.
    func fail(at number: Int, code: Int32) { state.withLock { $0 = State(left: number, code: code, names: $0.names) } }
    /// Every call of a name fails.
    func fail(every call: String, code: Int32) { state.withLock { $0 = State(call: call, code: code, names: $0.names) } }
    func disarm() {
        state.withLock {
            $0.left = .max
            $0.call = nil
        }
    }

    /// The calls that failed.
    var hits: [String] { state.withLock { $0.hits } }
    /// Names of all calls ever made.
    var names: Set<String> { state.withLock { $0.names } }
}
