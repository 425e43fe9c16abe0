import Spool
import Synchronization

/// A series that is the same in every run (SplitMix64).
final class SeededRandom: RandomSource {
    private let state: Mutex<UInt64>

    init(_ seed: UInt64) { state = Mutex(seed) }

    func next() -> UInt64 {
        state.withLock { state in
            state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = state
            mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
            return mixed ^ mixed >> 31
        }
    }
}

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
