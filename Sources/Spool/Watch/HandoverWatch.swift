internal import Glibc

/// A watch on drop directories that outlives the process which made it: it sees what comes while no daemon runs.
///
/// A daemon that ends makes one and gives its descriptor to whoever starts the next daemon, which takes it over. So a file that was renamed
/// into place meanwhile is known to have been renamed, as if a daemon had been there; a scan could not tell. It is a hint, as every event is:
/// where it is lost, or its queue overflows, the scan of the start finds everything, and what it finds waits its settle time.
///
/// The kernel's inotify by itself, beside ``InotifyWatcher``: the library behind that one keeps its instance to itself.
public final class HandoverWatch {
    /// The instance; it closes on exec, and whoever keeps it has a copy.
    public let descriptor: Descriptor

    private var tags: [Int32: WatchedDirectory] = [:]
    private static let interest = UInt32(IN_MOVED_TO | IN_CLOSE_WRITE | IN_ONLYDIR)

    /// A new one, which watches nothing yet.
    public init() throws(FileError) {
        descriptor = inotify_init1(Int32(IN_CLOEXEC) | Int32(IN_NONBLOCK))
        guard descriptor >= 0 else { throw FileError(call: "inotify_init1", path: "", code: errno) }
    }

    /// One that an earlier process has made, and that belongs to this value from now on.
    public init(takingOver descriptor: Descriptor) {
        self.descriptor = descriptor
    }

    deinit { Glibc.close(descriptor) }

    /// Watches a directory; of one that is watched already it only learns the tag, since the kernel gives the same directory the same watch.
    ///
    /// - Throws: where the directory cannot be watched, or the descriptor that was taken over is something else (`EINVAL`).
    public func watch(_ directory: Descriptor, tag: WatchedDirectory) throws(FileError) {
        let watch = inotify_add_watch(descriptor, "/proc/self/fd/\(directory)/", Self.interest)
        guard watch >= 0 else { throw FileError(call: "inotify_add_watch", path: describeDescriptor(directory), code: errno) }
        tags[watch] = tag
    }

    /// Gives what was seen of the directories that ``watch(_:tag:)`` was called for, oldest first; without waiting.
    public func drain(_ body: (WatchEvent) -> Void) {
        let header = MemoryLayout<inotify_event>.size
        withUnsafeTemporaryAllocation(byteCount: 65_536, alignment: MemoryLayout<inotify_event>.alignment) { buffer in
            while true {
                let count = read(descriptor, buffer.baseAddress, buffer.count)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { return }
                var offset = 0
                while offset + header <= count {
                    let event = buffer.load(fromByteOffset: offset, as: inotify_event.self)
                    let field = UnsafeRawBufferPointer(rebasing: buffer[(offset + header)..<(offset + header + Int(event.len))])
                    offset += header + Int(event.len)
                    guard let tag = tags[event.wd], event.mask & UInt32(IN_ISDIR) == 0, event.len > 0 else { continue }
                    let name = FileName(listed: UnsafeRawBufferPointer(rebasing: field.prefix(field.firstIndex(of: 0) ?? field.count)))
                    if event.mask & UInt32(IN_MOVED_TO) != 0 { body(WatchEvent(directory: tag, name: name, kind: .renamedIn)) }
                    if event.mask & UInt32(IN_CLOSE_WRITE) != 0 { body(WatchEvent(directory: tag, name: name, kind: .closedAfterWriting)) }
                }
            }
        }
    }
}
