import Spool
import Synchronization
import TestSupport

/// Counts the calls of one name, and says which of them fails.
final class FailingCall: Sendable {
    private let state: Mutex<(count: Int, failing: Int?)>
    private let name: String

    init(_ name: String) {
        self.name = name
        state = Mutex((0, nil))
    }

    /// The next call fails, and so do all after it.
    func failFromNow() { state.withLock { $0.failing = $0.count } }

    /// A hook for `RiggedFiles`.
    func before(_ call: String, code: Int32) throws(FileError) {
        guard call == name else { return }
        let fails = state.withLock { state in
            defer { state.count += 1 }
            return state.failing.map { state.count >= $0 } ?? false
        }
        if fails { throw FileError(call: call, path: "journal", code: code) }
    }
}
