import Spool

/// Tells the daemon what happens in directories, unless the world loses it, or tells it twice.
final class SimulatedWatcher: Watcher {
    private let files: SimulatedFiles
    private var tags: [ObjectIdentifier: (tag: WatchedDirectory, interest: WatchInterest)] = [:]
    private var waiting: [WatchEvent] = []
    /// What becomes of an event: how often it is told.
    var copies: () -> Int = { 1 }

    init(files: SimulatedFiles) { self.files = files }

    var descriptor: Descriptor? { nil }

    func watch(_ directory: Descriptor, tag: WatchedDirectory, for interest: WatchInterest) throws(WatcherError) {
        guard let node = files.table[directory]?.node else { throw .failed(FileError(call: "inotify_add_watch", path: "", code: 2)) }
        unwatch(tag)
        tags[ObjectIdentifier(node)] = (tag, interest)
    }

    func unwatch(_ tag: WatchedDirectory) { tags = tags.filter { $0.value.tag != tag } }

    func drain(limit: Int, _ body: (WatchEvent) -> Void) -> Int {
        let batch = waiting.prefix(limit)
        waiting.removeFirst(batch.count)
        for event in batch { body(event) }
        return batch.count
    }

    /// Something has happened in a directory.
    func tell(_ directory: Node, _ kind: WatchEvent.Kind, _ name: FileName) {
        guard let watch = tags[ObjectIdentifier(directory)], watch.interest.contains(Self.interest(kind)) else { return }
        for _ in 0..<copies() { waiting.append(WatchEvent(directory: watch.tag, name: name, kind: kind)) }
    }

    /// The kernel's queue was full: what waits is lost, and told to be.
    func overflow() { waiting = [WatchEvent(directory: nil, name: nil, kind: .overflow)] }

    private static func interest(_ kind: WatchEvent.Kind) -> WatchInterest {
        switch kind {
        case .renamedIn: .renamedIn
        case .closedAfterWriting: .closedAfterWriting
        case .created: .created
        case .removed: .removed
        case .movedOut: .movedOut
        default: .attributes
        }
    }
}
