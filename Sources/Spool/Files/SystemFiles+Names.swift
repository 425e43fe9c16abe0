internal import CLinux
internal import Glibc

extension SystemFiles {
    /// By `statx`.
    public func status(_ descriptor: Descriptor) throws(FileError) -> FileStatus {
        var status = linux_status()
        let result = linux_statx(descriptor, "", LINUX_AT_EMPTY_PATH, &status)
        guard result >= 0 else { throw FileError("statx", on: descriptor, code: result) }
        return FileStatus(status)
    }

    /// By `statx`.
    public func status(in directory: Descriptor, _ name: FileName) throws(FileError) -> FileStatus? {
        var status = linux_status()
        let result = name.withCString { name in
            uninterrupted { linux_statx(directory, name, LINUX_AT_SYMLINK_NOFOLLOW | LINUX_AT_NO_AUTOMOUNT, &status) }
        }
        if result == -Int(ENOENT) { return nil }
        guard result >= 0 else { throw FileError("statx", in: directory, name, code: result) }
        return FileStatus(status)
    }

    /// By `statx`.
    public func status(at base: Descriptor?, path: Path) throws(FileError) -> FileStatus? {
        var status = linux_status()
        let result = path.withCString { path in
            uninterrupted {
                linux_statx(base ?? LINUX_AT_FDCWD, path, LINUX_AT_SYMLINK_NOFOLLOW | LINUX_AT_NO_AUTOMOUNT, &status)
            }
        }
        if result == -Int(ENOENT) || result == -Int(ENOTDIR) { return nil }
        guard result >= 0 else { throw FileError("statx", in: base, path, code: result) }
        return FileStatus(status)
    }

    /// By `renameat2`. Where the file system cannot do it without replacing, it is looked first.
    public func rename(
        from directory: Descriptor, _ name: FileName, to newDirectory: Descriptor, _ newName: FileName, replacing: Bool
    ) throws(FileError) {
        func call(_ flags: UInt32) -> Int {
            name.withCString { old in
                newName.withCString { new in uninterrupted { linux_renameat2(directory, old, newDirectory, new, flags) } }
            }
        }
        var result = call(replacing ? 0 : UInt32(LINUX_RENAME_NOREPLACE))
        // NFS and many FUSE file systems know no flags. Where the daemon renames to, nobody else makes names, but for an upload that is put
        // back into its drop directory.
        if !replacing, result == -Int(EINVAL) {
            result = try status(in: newDirectory, newName) == nil ? call(0) : -Int(EEXIST)
        }
        guard result >= 0 else {
            throw FileError("renameat2", from: directory, name, to: newDirectory, newName, code: result)
        }
    }

    /// By `linkat`.
    public func link(
        from directory: Descriptor, _ name: FileName, to newDirectory: Descriptor, _ newName: FileName
    ) throws(FileError) {
        let result = name.withCString { old in
            newName.withCString { new in uninterrupted { linux_linkat(directory, old, newDirectory, new) } }
        }
        guard result >= 0 else { throw FileError("linkat", from: directory, name, to: newDirectory, newName, code: result) }
    }

    /// By `unlinkat`.
    public func remove(in directory: Descriptor, _ name: FileName) throws(FileError) {
        let result = name.withCString { name in uninterrupted { linux_unlinkat(directory, name, 0) } }
        guard result >= 0 else { throw FileError("unlinkat", in: directory, name, code: result) }
    }

    /// By `unlinkat`.
    public func removeDirectory(in directory: Descriptor, _ name: FileName) throws(FileError) {
        let result = name.withCString { name in uninterrupted { linux_unlinkat(directory, name, AT_REMOVEDIR) } }
        guard result >= 0 else { throw FileError("rmdir", in: directory, name, code: result) }
    }

    /// By `mkdirat`.
    public func makeDirectory(in directory: Descriptor, _ name: FileName, mode: FileMode) throws(FileError) -> Bool {
        let result = name.withCString { name in uninterrupted { linux_mkdirat(directory, name, mode) } }
        if result == -Int(EEXIST) { return false }
        guard result >= 0 else { throw FileError("mkdirat", in: directory, name, code: result) }
        return true
    }

    /// By `utimensat`.
    public func setModifyTime(in directory: Descriptor, _ name: FileName, to nanoseconds: Int64) throws(FileError) {
        // A time before 1970 counts its fraction upwards, from the second below.
        let (whole, rest) = nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
        let seconds = rest < 0 ? whole - 1 : whole
        let fraction = rest < 0 ? rest + 1_000_000_000 : rest
        let result = name.withCString { name in
            uninterrupted { linux_set_modified(directory, name, seconds, Int(fraction)) }
        }
        guard result >= 0 else { throw FileError("utimensat", in: directory, name, code: result) }
    }

    /// By `getdents64`, on a descriptor of its own.
    public func list(_ directory: Descriptor) throws(FileError) -> DirectoryReader {
        let listing = try DirectoryListing(directory)
        return DirectoryReader { () throws(FileError) -> [DirectoryEntry]? in try listing.next() }
    }
}
