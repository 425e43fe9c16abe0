internal import CLinux
internal import Glibc

/// The real file operations, by the kernel's own calls. It has no state: any thread may use it.
public struct SystemFiles: FileOperations {
    /// The operations.
    public init() {}

    /// Ignores SIGIO, for the whole process. To be called before the first lease: the kernel sends SIGIO to who holds a lease that a writer
    /// wants broken, and its default is to end the process.
    public static func ignoreLeaseSignals() {
        _ = leaseSignalsIgnored
    }

    /// Looked at by each lease as well, so that a program that forgot does not die of it.
    // It fails only for a number that is no signal's.
    static let leaseSignalsIgnored: Bool = linux_ignore_signal(SIGIO) == 0

    /// By `openat`.
    public func openDirectory(at base: Descriptor?, path: Path) throws(FileError) -> Descriptor {
        let flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC | (base == nil ? 0 : O_NOFOLLOW)
        let result = path.withCString { path in uninterrupted { linux_openat(base ?? LINUX_AT_FDCWD, path, flags, 0) } }
        guard result >= 0 else { throw FileError("openat", in: base, path, code: result) }
        return Descriptor(result)
    }

    /// By `openat`.
    public func openForReading(in directory: Descriptor, _ name: FileName) throws(FileError) -> Descriptor {
        try open(in: directory, name, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0)
    }

    /// By `openat`.
    public func openForAppending(in directory: Descriptor, _ name: FileName, mode: FileMode) throws(FileError) -> Descriptor {
        try open(in: directory, name, O_WRONLY | O_APPEND | O_CREAT, mode)
    }

    /// By `openat`.
    public func openForUpdating(in directory: Descriptor, _ name: FileName, mode: FileMode) throws(FileError) -> Descriptor {
        try open(in: directory, name, O_RDWR | O_CREAT, mode)
    }

    /// By `openat`.
    public func create(
        in directory: Descriptor, _ name: FileName, mode: FileMode, exclusive: Bool, truncate: Bool
    ) throws(FileError) -> Descriptor {
        try open(in: directory, name, O_WRONLY | O_CREAT | (exclusive ? O_EXCL : 0) | (truncate ? O_TRUNC : 0), mode)
    }

    private func open(in directory: Descriptor, _ name: FileName, _ flags: Int32, _ mode: FileMode) throws(FileError) -> Descriptor {
        let result = name.withCString { name in
            uninterrupted { linux_openat(directory, name, flags | O_NOFOLLOW | O_CLOEXEC, mode) }
        }
        guard result >= 0 else { throw FileError("openat", in: directory, name, code: result) }
        return Descriptor(result)
    }

    /// By `dup3`.
    public func replace(_ number: Descriptor, with descriptor: Descriptor) throws(FileError) {
        let result = uninterrupted { linux_replace_descriptor(descriptor, number) }
        guard result >= 0 else { throw FileError("dup3", on: descriptor, code: result) }
    }

    /// By `close`.
    public func close(_ descriptor: Descriptor) throws(FileError) {
        // Never made again: on Linux the number is free after EINTR too, and may be another's by now.
        let result = linux_close(descriptor)
        guard result >= 0 || result == -Int(EINTR) else { throw FileError("close", on: descriptor, code: result) }
    }

    /// By `pread`.
    public func read(_ descriptor: Descriptor, into buffer: UnsafeMutableRawBufferPointer, at offset: Int64) throws(FileError) -> Int {
        var done = 0
        while done < buffer.count {
            let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[done...])
            let result = uninterrupted { linux_pread(descriptor, rest.baseAddress, rest.count, offset + Int64(done)) }
            guard result >= 0 else { throw FileError("pread", on: descriptor, code: result) }
            if result == 0 { break }
            done += result
        }
        return done
    }

    /// By `write`.
    public func write(_ descriptor: Descriptor, _ bytes: UnsafeRawBufferPointer) throws(FileError) {
        var rest = bytes
        while !rest.isEmpty {
            let result = uninterrupted { linux_write(descriptor, rest.baseAddress, rest.count) }
            guard result > 0 else { throw FileError("write", on: descriptor, code: result == 0 ? -Int(EIO) : result) }
            rest = UnsafeRawBufferPointer(rebasing: rest[result...])
        }
    }

    /// By `ftruncate`.
    public func truncate(_ descriptor: Descriptor, to size: Int64) throws(FileError) {
        try check("ftruncate", descriptor) { linux_ftruncate(descriptor, size) }
    }

    /// By `sync_file_range`. An error is left to the sync that follows, which reports it.
    public func writeBack(_ descriptor: Descriptor, offset: Int64, count: Int64) {
        _ = linux_write_back(descriptor, offset, count)
    }

    /// By `fdatasync`.
    public func syncData(_ descriptor: Descriptor) throws(FileError) {
        try check("fdatasync", descriptor) { linux_fdatasync(descriptor) }
    }

    /// By `fsync`.
    public func syncAll(_ descriptor: Descriptor) throws(FileError) {
        try check("fsync", descriptor) { linux_fsync(descriptor) }
    }

    /// By `syncfs`.
    public func syncFileSystem(_ descriptor: Descriptor) throws(FileError) {
        try check("syncfs", descriptor) { linux_syncfs(descriptor) }
    }

    /// By `fchmod`.
    public func setMode(_ descriptor: Descriptor, to mode: FileMode) throws(FileError) {
        try check("fchmod", descriptor) { linux_fchmod(descriptor, mode) }
    }
}

/// Makes the call until no signal interrupts it. The call gives -errno.
@inline(__always)
func uninterrupted(_ call: () -> Int) -> Int {
    while true {
        let result = call()
        if result != -Int(EINTR) { return result }
    }
}

/// Makes a call on a descriptor, and throws what it reports.
@inline(__always)
func check(_ call: StaticString, _ descriptor: Descriptor, _ body: () -> Int) throws(FileError) {
    let result = uninterrupted(body)
    guard result >= 0 else { throw FileError(call.description, on: descriptor, code: result) }
}
