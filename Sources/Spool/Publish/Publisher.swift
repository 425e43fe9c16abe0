internal import Glibc

/// Writes files that others read: a reader finds the file before or the file after, never a part.
///
/// A file is written under a temporary name that begins with a dot, then renamed. Nothing is synced: one `syncFileSystem` after a batch
/// serves for all of it, and until then a power cut may leave a file empty or absent.
///
/// The temporary name is made of the publisher's `owner` alone, so that what a crash left is one file, which the same owner removes when it
/// publishes there again. Two publishers at work on one directory at one time need two owners.
public struct Publisher: Sendable {
    let files: any FileOperations
    /// The same for every file: in a large directory a name that comes back costs the file system less than ever new ones (a tenth of what
    /// publishing costs on ext4).
    let temporary: FileName

    /// A publisher.
    ///
    /// - Parameters:
    ///   - owner: lower-case letters, digits and hyphens, at most 40. The daemon, which alone holds the spool's lock, passes a constant. By
    ///     default the process id, which leaves what a crash left to ``removeLeftovers(in:)``.
    ///   - files: the file operations.
    public init(owner: String? = nil, files: any FileOperations) {
        let owner = owner ?? "p\(getpid())"
        precondition(owner.utf8.count <= 40 && !owner.utf8.contains(UInt8(ascii: "/")), "not a part of a file's name: \(owner)")
        temporary = FileName(".~\(owner).tmp").unsafelyUnwrapped
        self.files = files
    }

    /// Publishes `bytes` as `name`, in place of what has that name.
    ///
    /// - Parameters:
    ///   - bytes: the whole content.
    ///   - directory: where.
    ///   - name: the final name.
    ///   - mode: permission bits, set exactly, whatever the umask.
    /// - Throws: the error of the call that failed; then the name is as before, and the temporary file is removed if that can be done.
    public func publish(
        _ bytes: UnsafeRawBufferPointer, in directory: Descriptor, as name: FileName, mode: FileMode = 0o640
    ) throws(FileError) {
        _ = try publish(bytes, in: directory, as: name, mode: mode, replacing: true)
    }

    /// Publishes `bytes` as `name`, in place of what has that name. As ``publish(_:in:as:mode:)`` does.
    public func publish(_ bytes: [UInt8], in directory: Descriptor, as name: FileName, mode: FileMode = 0o640) throws(FileError) {
        try withBuffer(bytes) { (buffer) throws(FileError) in
            try publish(buffer, in: directory, as: name, mode: mode)
        }
    }

    /// Publishes `bytes` as `name` if nothing has that name; else returns false and changes nothing.
    public func publishIfAbsent(
        _ bytes: UnsafeRawBufferPointer, in directory: Descriptor, as name: FileName, mode: FileMode = 0o640
    ) throws(FileError) -> Bool {
        try publish(bytes, in: directory, as: name, mode: mode, replacing: false)
    }

    /// Publishes `bytes` as `name` if nothing has that name; else returns false and changes nothing.
    public func publishIfAbsent(
        _ bytes: [UInt8], in directory: Descriptor, as name: FileName, mode: FileMode = 0o640
    ) throws(FileError) -> Bool {
        try withBuffer(bytes) { (buffer) throws(FileError) -> Bool in
            try publishIfAbsent(buffer, in: directory, as: name, mode: mode)
        }
    }

    /// Removes temporary files that publishers left in a directory. Only while no other publisher is at work there.
    ///
    /// - Returns: how many were removed.
    @discardableResult
    public func removeLeftovers(in directory: Descriptor) throws(FileError) -> Int {
        var removed = 0
        let reader = try files.list(directory)
        while let batch = try reader.next() {
            for entry in batch where entry.name.hasPrefix(".~") && entry.name.hasSuffix(".tmp") {
                if try files.removeIfPresent(in: directory, entry.name) { removed += 1 }
            }
        }
        return removed
    }

    /// Removes the temporary file that this publisher's owner left in a directory at a crash. As ``removeLeftovers(in:)``, where the directory
    /// may be too large to be listed.
    public func removeOwnLeftover(in directory: Descriptor) throws(FileError) {
        _ = try files.removeIfPresent(in: directory, temporary)
    }

    private func publish(
        _ bytes: UnsafeRawBufferPointer, in directory: Descriptor, as name: FileName, mode: FileMode, replacing: Bool
    ) throws(FileError) -> Bool {
        let descriptor = try createAnew(in: directory, mode)
        do throws(FileError) {
            do throws(FileError) {
                try files.write(descriptor, bytes)
                // To look is cheaper than to set: that would be a change of its own to the file system's journal. Where it cannot be looked
                // at, it is set.
                if (try? files.status(descriptor))?.permissions != mode { try files.setMode(descriptor, to: mode) }
            } catch {
                try? files.close(descriptor)
                throw error
            }
            try files.close(descriptor)
            try files.rename(from: directory, temporary, to: directory, name, replacing: replacing)
            return true
        } catch {
            _ = try? files.removeIfPresent(in: directory, temporary)
            if !replacing, error.isTaken { return false }
            throw error
        }
    }

    /// A directory's other owner could have put a symbolic link, or a file that it holds open, under the temporary name: only a file that
    /// this call made is written to.
    func createAnew(in directory: Descriptor, _ mode: FileMode) throws(FileError) -> Descriptor {
        var attempts = 8
        while true {
            do {
                return try files.create(in: directory, temporary, mode: mode, exclusive: true, truncate: false)
            } catch {
                attempts -= 1
                guard error.isTaken, attempts > 0 else { throw error }
                try files.removeIfPresent(in: directory, temporary)
            }
        }
    }
}

private func withBuffer<Result>(
    _ bytes: [UInt8], _ body: (UnsafeRawBufferPointer) throws(FileError) -> Result
) throws(FileError) -> Result {
    try bytes.withUnsafeBufferPointer { (buffer) throws(FileError) -> Result in
        try body(UnsafeRawBufferPointer(buffer))
    }
}
