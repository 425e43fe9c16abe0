/// The one interface for work on files. A simulation, or a rig that makes calls fail, can stand behind it.
///
/// Directories are descriptors and names are single names, never paths: nothing that a partner puts into a directory can lead a call out of
/// it. No symbolic link is followed, but for the path of an `openDirectory` without a base. Calls that a signal interrupts are made again.
/// Every descriptor closes on exec.
public protocol FileOperations: Sendable {
    /// Opens a directory. Below `base` a symbolic link as the last part of the path is refused with `ENOTDIR`; without a base, `path` is
    /// what a person named, and links in it are followed.
    func openDirectory(at base: Descriptor?, path: Path) throws(FileError) -> Descriptor
    /// Opens for reading, without waiting: a FIFO opens at once. A symbolic link is refused with `ELOOP`, a socket with `ENXIO`.
    func openForReading(in directory: Descriptor, _ name: FileName) throws(FileError) -> Descriptor
    /// Opens for writing behind the end, and makes the file where there is none; `mode` is subject to the umask.
    func openForAppending(in directory: Descriptor, _ name: FileName, mode: FileMode) throws(FileError) -> Descriptor
    /// Opens for reading and writing, and makes the file where there is none; `mode` is subject to the umask.
    func openForUpdating(in directory: Descriptor, _ name: FileName, mode: FileMode) throws(FileError) -> Descriptor
    /// Makes a file and opens it for writing. `exclusive`: `EEXIST` where the name is taken, by a symbolic link too. `truncate`: what is
    /// there is emptied. `mode` is subject to the umask.
    func create(
        in directory: Descriptor, _ name: FileName, mode: FileMode, exclusive: Bool, truncate: Bool
    ) throws(FileError) -> Descriptor
    /// Makes `number` another number of what `descriptor` is open on, in one step; what it was open on is closed.
    func replace(_ number: Descriptor, with descriptor: Descriptor) throws(FileError)
    /// Closes. The descriptor is gone even where this throws: an error is one of writing, told late.
    func close(_ descriptor: Descriptor) throws(FileError)

    /// Reads up to the buffer's size at an offset; fewer bytes than that only at the end, 0 at the end itself.
    func read(_ descriptor: Descriptor, into buffer: UnsafeMutableRawBufferPointer, at offset: Int64) throws(FileError) -> Int
    /// Writes all of the buffer. After an error it is not known how much was written.
    func write(_ descriptor: Descriptor, _ bytes: UnsafeRawBufferPointer) throws(FileError)
    /// Cuts or lengthens to `size` bytes.
    func truncate(_ descriptor: Descriptor, to size: Int64) throws(FileError)
    /// Writes out a part of a file's content, so that a later ``syncData(_:)`` of a large file has little left to do. Promises nothing by
    /// itself; nothing where there is no such call.
    func writeBack(_ descriptor: Descriptor, offset: Int64, count: Int64)
    /// Waits until the content is on disk (`fdatasync`). After an error nothing written since the last success may be trusted.
    func syncData(_ descriptor: Descriptor) throws(FileError)
    /// Waits until content and attributes, or a directory's entries, are on disk (`fsync`).
    func syncAll(_ descriptor: Descriptor) throws(FileError)
    /// Waits until all that was written to the file system `descriptor` lies on is on disk (`syncfs`).
    func syncFileSystem(_ descriptor: Descriptor) throws(FileError)

    /// The status of what a descriptor is open on.
    func status(_ descriptor: Descriptor) throws(FileError) -> FileStatus
    /// The status of a name, of a symbolic link itself; `nil` where there is none.
    func status(in directory: Descriptor, _ name: FileName) throws(FileError) -> FileStatus?
    /// The status of a path below `base`, of a symbolic link itself; `nil` where there is none.
    func status(at base: Descriptor?, path: Path) throws(FileError) -> FileStatus?

    /// Renames. With `replacing` what has the new name is replaced in one step; else `EEXIST` where it is taken.
    func rename(
        from directory: Descriptor, _ name: FileName, to newDirectory: Descriptor, _ newName: FileName, replacing: Bool
    ) throws(FileError)
    /// Gives a file another name; `EEXIST` where it is taken.
    func link(from directory: Descriptor, _ name: FileName, to newDirectory: Descriptor, _ newName: FileName) throws(FileError)
    /// Removes a name that is not a directory's.
    func remove(in directory: Descriptor, _ name: FileName) throws(FileError)
    /// Removes an empty directory.
    func removeDirectory(in directory: Descriptor, _ name: FileName) throws(FileError)
    /// Makes a directory; `mode` is subject to the umask. Returns false where something has the name already.
    func makeDirectory(in directory: Descriptor, _ name: FileName, mode: FileMode) throws(FileError) -> Bool
    /// Sets the modification time of a name, in nanoseconds since 1970 UTC.
    func setModifyTime(in directory: Descriptor, _ name: FileName, to nanoseconds: Int64) throws(FileError)
    /// Sets the permission bits exactly, whatever the umask.
    func setMode(_ descriptor: Descriptor, to mode: FileMode) throws(FileError)

    /// Lists a directory from its start, however often and by however many at once.
    func list(_ directory: Descriptor) throws(FileError) -> DirectoryReader
    /// Takes a read lease, which is granted only while no descriptor and no mapping can write to the file. See ``LeaseResult``.
    func takeReadLease(_ descriptor: Descriptor) -> LeaseResult
    /// Whether the lease still stands: false once somebody has tried to open the file for writing, or to truncate it.
    func leaseHeld(_ descriptor: Descriptor) -> Bool
    /// Gives the lease back; nothing where there is none. A writer that waits for it goes on.
    func dropLease(_ descriptor: Descriptor)
    /// Takes an exclusive lock of the open file on the whole of it, for as long as the descriptor is open; false where another has one.
    func lock(_ descriptor: Descriptor) throws(FileError) -> Bool
    /// What is free on the file system that `descriptor` lies on.
    func freeSpace(_ descriptor: Descriptor) throws(FileError) -> FreeSpace
}

/// What came of asking for a read lease.
public enum LeaseResult: Hashable, Sendable {
    /// Nobody can write to the file now, and who tries to waits (up to `/proc/sys/fs/lease-break-time`, 45 s) or gets `EWOULDBLOCK`.
    case granted
    /// A writer has it open, or a shared mapping can write to it.
    case busy
    /// This file system, or this user (neither the file's owner nor with `CAP_LEASE`), cannot have leases; with the error number.
    case unsupported(Int32)
}

/// Free space of a file system, as an ordinary user may use it.
public struct FreeSpace: Hashable, Sendable {
    /// Bytes.
    public var bytes: Int64
    /// Inodes; `Int64.max` where the file system has no such limit.
    public var inodes: Int64

    /// This much.
    public init(bytes: Int64, inodes: Int64) {
        self.bytes = bytes
        self.inodes = inodes
    }
}
