/// Tells what happens in directories. Owned by one thread.
public protocol Watcher: AnyObject {
    /// Readable while events wait; `nil` where there is nothing to wait on, so that only a timer leads to a scan.
    var descriptor: Descriptor? { get }

    /// Watches the directory that `directory` is open on. A tag that is in use already is moved to this directory.
    ///
    /// Watch first, then scan: what happens in between is then an event.
    func watch(_ directory: Descriptor, tag: WatchedDirectory, for interest: WatchInterest) throws(WatcherError)

    /// Ends a watch. Nothing where there is no such tag. Its events that wait already are not delivered.
    func unwatch(_ tag: WatchedDirectory)

    /// Calls `body` with each event that waits, oldest first, at most `limit` of them, and does not wait itself.
    ///
    /// - Returns: how many there were. Where that is `limit`, call again before waiting on the descriptor, which does not know of events that
    ///   are read already.
    @discardableResult
    func drain(limit: Int, _ body: (WatchEvent) -> Void) -> Int
}

extension Watcher {
    /// Calls `body` with each event that waits, oldest first.
    @discardableResult
    public func drain(_ body: (WatchEvent) -> Void) -> Int {
        drain(limit: .max, body)
    }

    /// Watches the directory at `path`. A symbolic link in its last part is followed: the path is the owner's, not a partner's.
    public func watch(
        path: Path, tag: WatchedDirectory, for interest: WatchInterest, files: any FileOperations = SystemFiles()
    ) throws(WatcherError) {
        let directory: Directory
        do {
            directory = try Directory(path: path, files: files)
        } catch {
            throw .failed(error)
        }
        try watch(directory.descriptor, tag: tag, for: interest)
    }
}

/// Why a directory, or anything, cannot be watched.
public enum WatcherError: Error, Hashable, Sendable, CustomStringConvertible {
    /// This process has an inotify watcher already, and libinotifytools keeps one for a process.
    case alreadyOpen
    /// The watcher's descriptor has this number, and libinotifytools cannot use 1024 or more.
    case descriptorTooHigh(Int32)
    /// The watcher's descriptor was not found in `/proc/self/fd`.
    case descriptorNotFound
    /// A call failed.
    case failed(FileError)

    /// One line: what was expected, what was found, what to do.
    public var description: String {
        switch self {
        case .alreadyOpen: "this process watches directories already, and it can have one watcher: use that one, or end it first"
        case .descriptorTooHigh(let number):
            "the watcher got descriptor \(number), and only those below 1024 can be waited on: make it before other files are opened"
        case .descriptorNotFound: "the watcher's descriptor is not in /proc/self/fd: mount /proc, or poll for files instead"
        case .failed(let error): error.description
        }
    }
}

/// A watcher without events, for a file system that has none (one mounted over a network, where another machine writes). Only scans find
/// files then.
public final class PollingWatcher: Watcher {
    /// A watcher.
    public init() {}

    /// `nil`: there is nothing to wait on.
    public var descriptor: Descriptor? { nil }
    /// Nothing: only scans find files.
    public func watch(_ directory: Descriptor, tag: WatchedDirectory, for interest: WatchInterest) throws(WatcherError) {}
    /// Nothing.
    public func unwatch(_ tag: WatchedDirectory) {}
    /// No events.
    public func drain(limit: Int, _ body: (WatchEvent) -> Void) -> Int { 0 }
}
