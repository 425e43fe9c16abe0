import Spool
import Synchronization

/// Clocks that a test holds.
final class ManualClock: Clock {
    private let state: Mutex<(wall: Int64, boot: Int64)>

    /// 2026-11-22T12:00:00Z, on a machine that is an hour up.
    init(wall: Int64 = 1_795_348_800_000) { state = Mutex((wall, 3_600_000_000_000)) }

    func wallMilliseconds() -> Int64 { state.withLock { $0.wall } }
    func bootNanoseconds() -> Int64 { state.withLock { $0.boot } }

    /// Both clocks run on.
    func advance(milliseconds: Int64) {
        state.withLock { state in
            state.wall += milliseconds
            state.boot += milliseconds * 1_000_000
        }
    }

    /// Somebody sets the wall clock.
    func jump(milliseconds: Int64) { state.withLock { $0.wall += milliseconds } }
}

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

/// Tells of what a test says that happened.
final class ToldWatcher: Watcher {
    private var waiting: [WatchEvent] = []
    private var tags: [UInt64: WatchedDirectory] = [:]
    private let files = SystemFiles()

    var descriptor: Descriptor? { nil }

    func watch(_ directory: Descriptor, tag: WatchedDirectory, for interest: WatchInterest) throws(WatcherError) {
        do throws(FileError) { tags[try files.status(directory).inode] = tag } catch { throw .failed(error) }
    }

    func unwatch(_ tag: WatchedDirectory) { tags = tags.filter { $0.value != tag } }

    func drain(limit: Int, _ body: (WatchEvent) -> Void) -> Int {
        let batch = waiting.prefix(limit)
        waiting.removeFirst(batch.count)
        for event in batch { body(event) }
        return batch.count
    }

    /// Nothing where the directory is not watched, as with inotify.
    func tell(_ kind: WatchEvent.Kind, _ name: FileName, in directory: Descriptor) throws {
        guard let tag = tags[try files.status(directory).inode] else { return }
        waiting.append(WatchEvent(directory: tag, name: name, kind: kind))
    }

    func overflow() { waiting.append(WatchEvent(directory: nil, name: nil, kind: .overflow)) }
}
