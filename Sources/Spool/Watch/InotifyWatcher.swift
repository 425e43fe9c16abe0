internal import CInotifyTools
internal import CLinux
internal import Glibc
internal import Synchronization

/// The kernel's inotify, through libinotifytools.
///
/// The library has one global instance, so a process has one of these at a time, and one thread owns it. Make it before other files are
/// opened: the library waits by `select`, which cannot take a descriptor of 1024 or more.
///
/// Known limits: what the library keeps of a watch that has ended (some 150 bytes) stays until the watcher ends; and a directory reached under
/// two tags is told under the later one.
public final class InotifyWatcher: Watcher {
    /// Whether the library's one instance is in use.
    private static let inUse = Atomic(false)

    private let number: Descriptor
    private var tags: [Int32: WatchedDirectory] = [:]
    private var watches: [WatchedDirectory: Int32] = [:]
    /// How many watches were ever made; see ``watchName(_:)``.
    private var made = 0

    /// The library's own; it closes on exec.
    public var descriptor: Descriptor? { number }

    /// Opens the library's instance. A second one in the same process is ``WatcherError/alreadyOpen``.
    public init() throws(WatcherError) {
        guard Self.inUse.compareExchange(expected: false, desired: true, ordering: .acquiringAndReleasing).exchanged else {
            throw .alreadyOpen
        }
        do {
            number = try openInstance()
        } catch {
            Self.inUse.store(false, ordering: .releasing)
            throw error
        }
    }

    deinit {
        // The library keeps what it has read in a static buffer, which the next instance would take for its own events.
        while nextEvent() != nil {}
        inotifytools_cleanup()
        Self.inUse.store(false, ordering: .releasing)
    }

    /// By `inotify_add_watch`. `ENOSPC` is the limit of watches a user may have.
    public func watch(_ directory: Descriptor, tag: WatchedDirectory, for interest: WatchInterest) throws(WatcherError) {
        let name = watchName(directory)
        guard inotifytools_watch_file(name, Int32(bitPattern: mask(of: interest))) != 0 else {
            let code = inotifytools_error()
            throw .failed(FileError(call: "inotify_add_watch", path: describeDescriptor(directory), code: code))
        }
        let watch = inotifytools_wd_from_filename(name)
        if let other = tags[watch], other != tag { watches[other] = nil }
        if let old = watches[tag], old != watch { forget(old, remove: true) }
        tags[watch] = tag
        watches[tag] = watch
    }

    /// By `inotify_rm_watch`.
    public func unwatch(_ tag: WatchedDirectory) {
        guard let watch = watches[tag] else { return }
        forget(watch, remove: true)
    }

    /// By `inotifytools_next_events`.
    public func drain(limit: Int, _ body: (WatchEvent) -> Void) -> Int {
        var delivered = 0
        while delivered < limit, let raw = nextEvent() {
            guard let event = translate(raw) else { continue }
            body(event)
            delivered += 1
        }
        return delivered
    }

    /// An event as the kernel gives it.
    struct RawEvent {
        var watch: Int32
        var mask: UInt32
        var name: FileName?
    }

    /// What a raw event means to the owner of the watches; `nil` where it means nothing.
    func translate(_ raw: RawEvent) -> WatchEvent? {
        if raw.mask & UInt32(IN_Q_OVERFLOW) != 0 {
            return WatchEvent(directory: nil, name: nil, kind: .overflow)
        }
        // Unknown are the last events of a watch that was ended.
        guard let tag = tags[raw.watch] else { return nil }
        if raw.mask & UInt32(IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT | IN_IGNORED) != 0 {
            // A renamed directory is still watched, at a place that nobody asked for; the other watches the kernel has ended.
            forget(raw.watch, remove: raw.mask & UInt32(IN_MOVE_SELF) != 0)
            return WatchEvent(directory: tag, name: nil, kind: .directoryGone)
        }
        guard let kind = kind(raw.mask) else { return nil }
        return WatchEvent(directory: tag, name: raw.name, kind: kind, isDirectory: raw.mask & UInt32(IN_ISDIR) != 0)
    }

    private func kind(_ mask: UInt32) -> WatchEvent.Kind? {
        if mask & UInt32(IN_MOVED_TO) != 0 { return .renamedIn }
        if mask & UInt32(IN_CLOSE_WRITE) != 0 { return .closedAfterWriting }
        if mask & UInt32(IN_CREATE) != 0 { return .created }
        if mask & UInt32(IN_DELETE) != 0 { return .removed }
        if mask & UInt32(IN_MOVED_FROM) != 0 { return .movedOut }
        return mask & UInt32(IN_ATTRIB) != 0 ? .attributes : nil
    }

    private func forget(_ watch: Int32, remove: Bool) {
        if let tag = tags.removeValue(forKey: watch), watches[tag] == watch { watches[tag] = nil }
        // Not by the library: where the directory is removed already, which cannot be known, it writes a line to standard error.
        if remove { _ = inotify_rm_watch(number, watch) }
    }

    /// A path to the open directory that no watch had before, however many lead there.
    ///
    /// The library finds a watch by its path and never forgets the path of a removed directory: asked for the same path again, it would tell
    /// the old watch. So the path counts, in `./` for a 0 and `.//` for a 1. It goes by the descriptor, not by names: what is watched is then
    /// the directory that the caller has open, whoever renames what meanwhile.
    private func watchName(_ directory: Descriptor) -> String {
        made += 1
        var path = "/proc/self/fd/\(directory)/"
        for bit in String(made, radix: 2) { path += bit == "0" ? "./" : ".//" }
        return path
    }
}

private func mask(of interest: WatchInterest) -> UInt32 {
    var mask = UInt32(IN_DELETE_SELF | IN_MOVE_SELF) | UInt32(IN_ONLYDIR)
    if interest.contains(.renamedIn) { mask |= UInt32(IN_MOVED_TO) }
    if interest.contains(.closedAfterWriting) { mask |= UInt32(IN_CLOSE_WRITE) }
    if interest.contains(.created) { mask |= UInt32(IN_CREATE) }
    if interest.contains(.removed) { mask |= UInt32(IN_DELETE) }
    if interest.contains(.movedOut) { mask |= UInt32(IN_MOVED_FROM) }
    if interest.contains(.attributes) { mask |= UInt32(IN_ATTRIB) }
    return mask
}

/// The next event that waits, without waiting; `nil` where there is none.
///
/// One at a time: for more the library spins until as many have come.
private func nextEvent() -> InotifyWatcher.RawEvent? {
    while true {
        guard let event = inotifytools_next_events(0, 1) else {
            if inotifytools_error() == EINTR { continue }
            return nil
        }
        let length = Int(event.pointee.len)
        let field = UnsafeRawBufferPointer(start: UnsafeRawPointer(event) + MemoryLayout<inotify_event>.size, count: length)
        let bytes = UnsafeRawBufferPointer(rebasing: field.prefix(field.firstIndex(of: 0) ?? length))
        let name = bytes.isEmpty ? nil : FileName(listed: bytes)
        return InotifyWatcher.RawEvent(watch: event.pointee.wd, mask: event.pointee.mask, name: name)
    }
}

/// Opens the library's instance, and finds its descriptor, which the library keeps to itself.
private func openInstance() throws(WatcherError) -> Descriptor {
    let before = inotifyDescriptors()
    guard inotifytools_initialize() != 0 else {
        throw .failed(FileError(call: "inotify_init", path: "libinotifytools", code: inotifytools_error()))
    }
    let opened = inotifyDescriptors().subtracting(before)
    guard let number = opened.first, opened.count == 1 else {
        inotifytools_cleanup()
        throw .descriptorNotFound
    }
    guard number < 1024 else {
        inotifytools_cleanup()
        throw .descriptorTooHigh(number)
    }
    // The library opens it without; a gateway's process would inherit it, and with it the events.
    _ = linux_set_close_on_exec(number)
    return number
}

private func inotifyDescriptors() -> Set<Descriptor> {
    var found: Set<Descriptor> = []
    let wanted = Array("anon_inode:inotify".utf8)
    guard let directory = try? Directory(path: "/proc/self/fd", files: SystemFiles()),
        let reader = try? SystemFiles().list(directory.descriptor)
    else { return found }
    while let batch = try? reader.next() {
        for entry in batch {
            guard let number = entry.name.text.flatMap(Descriptor.init), descriptorLink(number) == wanted else { continue }
            found.insert(number)
        }
    }
    return found
}
