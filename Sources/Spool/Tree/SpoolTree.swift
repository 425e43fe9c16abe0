internal import Glibc
internal import Synchronization

/// A spool's directories, opened once and kept by their path below the root, such as `queue/3-charge`.
///
/// Every part of a path below the root must be a directory in itself: a symbolic link is refused. Any thread may use a tree. A descriptor it
/// gives stays open, under the same number, until ``forget(_:)`` or the tree's end; nobody else closes it.
public final class SpoolTree: Sendable {
    /// Where the spool is, as it was named.
    public let root: Path
    /// The file operations that the tree is used with.
    public let files: any FileOperations

    private let rootDirectory: Directory
    private let cache = Mutex<[String: Descriptor]>([:])

    /// Opens the spool at `root`, which must be there.
    public init(root: Path, files: any FileOperations) throws(FileError) {
        self.root = root
        self.files = files
        rootDirectory = try Directory(path: root, files: files)
    }

    /// Opens the spool at `root`, which must be there.
    public convenience init(root: String, files: any FileOperations) throws(FileError) {
        try self.init(root: Path(root), files: files)
    }

    deinit {
        // An error in closing a directory concerns no data.
        cache.withLock { cache in
            for descriptor in cache.values { try? files.close(descriptor) }
        }
    }

    /// The descriptor of the root.
    public var rootDescriptor: Descriptor { rootDirectory.descriptor }

    /// The directory at this path below the root; `""` is the root itself. `ENOENT` where it is not there.
    public func directory(_ relative: String) throws(FileError) -> Descriptor {
        try directory(relative, making: nil)
    }

    /// The directory at this path below the root, made where it is not there, with what is missing above it.
    ///
    /// - Parameters:
    ///   - relative: parts divided by `/`.
    ///   - mode: permission bits of the directories made, exactly; one that is there keeps its own, and one made in a directory that hands
    ///     its group on (setgid) does so too, and has what the umask leaves of the bits.
    public func directory(_ relative: String, creating mode: FileMode) throws(FileError) -> Descriptor {
        try directory(relative, making: mode)
    }

    /// Calls `body` with the directory at this path below the root, opened for the call only. For directories that are seldom used, of which
    /// there may be many.
    public func withDirectory<Result>(
        _ relative: String, _ body: (Descriptor) throws(FileError) -> Result
    ) throws(FileError) -> Result {
        guard !relative.isEmpty else { return try body(rootDescriptor) }
        let directory = Directory(owning: try open(relative, making: nil), files: files)
        let result = try body(directory.descriptor)
        // Not closed before the call ends, though its number is all that the call uses.
        withExtendedLifetime(directory) {}
        return result
    }

    /// Closes the directory at this path and those below it. Only while no other thread uses them. The next use opens them anew.
    public func forget(_ relative: String) {
        cache.withLock { cache in
            for (path, descriptor) in cache where path == relative || path.hasPrefix(relative + "/") {
                cache[path] = nil
                try? files.close(descriptor)
            }
        }
    }

    /// Looks whether each open directory is still the one that its path leads to.
    ///
    /// A directory that was replaced is opened anew under the same descriptor, in one step, so that other threads may go on. One that is
    /// missing stays open on what was removed: using it gives `ENOENT`.
    ///
    /// - Returns: what was replaced or is missing, so that it can be watched anew, scanned, or reported; sorted by path.
    public func revalidate() throws(FileError) -> [StaleDirectory] {
        // Not under the lock: there may be thousands, and another thread may need one of them.
        let open = cache.withLock { $0 }
        var stale = try revalidateRoot()
        for (relative, descriptor) in open.sorted(by: { $0.key < $1.key }) {
            let known = try files.status(descriptor)
            if let found = try files.status(at: rootDescriptor, path: Path(relative)), found.isSameFile(as: known) { continue }
            stale.append(StaleDirectory(path: relative, isMissing: try !reopen(relative, as: descriptor)))
        }
        return stale
    }

    private func revalidateRoot() throws(FileError) -> [StaleDirectory] {
        let found: Directory
        do {
            found = try Directory(path: root, files: files)
        } catch {
            if error.isMissing || error.isNotDirectory { return [StaleDirectory(path: "", isMissing: true)] }
            throw error
        }
        if try files.status(found.descriptor).isSameFile(as: files.status(rootDescriptor)) { return [] }
        try files.replace(rootDescriptor, with: found.descriptor)
        return [StaleDirectory(path: "", isMissing: false)]
    }

    private func reopen(_ relative: String, as descriptor: Descriptor) throws(FileError) -> Bool {
        let replacement: Directory
        do {
            replacement = Directory(owning: try open(relative, making: nil), files: files)
        } catch {
            // Something that is not a directory has the name: as good as missing.
            if error.isMissing || error.isNotDirectory { return false }
            throw error
        }
        var failure: FileError?
        cache.withLock { cache in
            // Forgotten meanwhile, its number may be another file's.
            guard cache[relative] == descriptor else { return }
            do throws(FileError) { try files.replace(descriptor, with: replacement.descriptor) } catch { failure = error }
        }
        if let failure { throw failure }
        return true
    }

    private func directory(_ relative: String, making mode: FileMode?) throws(FileError) -> Descriptor {
        if relative.isEmpty { return rootDescriptor }
        if let known = cache.withLock({ $0[relative] }) { return known }
        let opened = try open(relative, making: mode)
        let first = cache.withLock { cache in
            if cache[relative] == nil { cache[relative] = opened }
            return cache[relative] ?? opened
        }
        // Another thread was faster.
        if first != opened { try files.close(opened) }
        return first
    }

    /// Opens part by part: `O_NOFOLLOW` looks at the last part of a path only.
    private func open(_ relative: String, making mode: FileMode?) throws(FileError) -> Descriptor {
        var current: Descriptor?
        for part in relative.split(separator: "/") {
            let base = current ?? rootDescriptor
            defer { if base != rootDescriptor { try? files.close(base) } }
            // `..` is not a file's name, so no path leads out of the spool.
            guard let name = FileName(String(part)) else { throw FileError(call: "openat", path: escaped(relative.utf8), code: EINVAL) }
            current = try open(name, in: base, making: mode)
        }
        if let current { return current }
        return try files.openDirectory(at: rootDescriptor, path: ".")
    }

    private func open(_ name: FileName, in base: Descriptor, making mode: FileMode?) throws(FileError) -> Descriptor {
        do {
            return try files.openDirectory(at: base, path: Path(name))
        } catch {
            // Mostly it is there: each start goes through all of them.
            guard let mode, error.isMissing else { throw error }
            try make(name, in: base, mode: mode)
            return try files.openDirectory(at: base, path: Path(name))
        }
    }

    private func make(_ name: FileName, in base: Descriptor, mode: FileMode) throws(FileError) {
        guard try files.makeDirectory(in: base, name, mode: mode) else { return }
        let made = try Directory(at: base, path: Path(name), files: files)
        // In an installed spool a directory hands its group on to what is made in it, for people or a partner to read. What is made does so
        // too, unless its mode is set: that takes the bit away from one who is not of the group, and a service may be forbidden to set it.
        // So it keeps what the umask leaves, which is the daemon's. The root may have that bit by accident, from where it was made.
        if base != rootDescriptor, let status = try? files.status(made.descriptor), status.permissions & 0o2000 != 0 { return }
        // The umask may have taken bits away, and sshd refuses a chroot that others can write to, so both ways the bits must be exact.
        try files.setMode(made.descriptor, to: mode)
    }
}
