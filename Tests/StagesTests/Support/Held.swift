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
