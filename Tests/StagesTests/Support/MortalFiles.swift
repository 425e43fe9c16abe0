import Glibc
import Spool
import Synchronization

/// File operations of a machine that dies at the n-th change it makes to the disk: that one is made by half at most, none after it.
final class MortalFiles: FileOperations {
    private let system = SystemFiles()
    private let left = Mutex(Int.max)
    private let changes = Mutex(0)
    private let refused = Mutex<String?>(nil)
    private let deadly = Mutex<[UInt8]?>(nil)

    /// Dies at the change of this number, counted from now, from 1.
    func die(at change: Int) {
        left.withLock { $0 = change }
        changes.withLock { $0 = 0 }
    }

    /// A new machine with the same disk.
    func revive() {
        left.withLock { $0 = .max }
        refused.withLock { $0 = nil }
    }

    /// A new machine with the same disk, where the same bytes are as deadly as before.
    func endOfCrash() { left.withLock { $0 = .max } }

    /// Calls of this name fail from now on; the machine lives.
    func refuse(_ call: String) { refused.withLock { $0 = call } }

    /// Dies whenever these bytes are read.
    func die(reading bytes: String?) { deadly.withLock { $0 = bytes.map { Array($0.utf8) } } }

    var isDead: Bool { left.withLock { $0 <= 0 } }
    /// Changes since `die`.
    var made: Int { changes.withLock { $0 } }

    private func change(_ call: String) throws(FileError) {
        changes.withLock { $0 += 1 }
        let isAlive = left.withLock { left in
            if left != .max, left > 0 { left -= 1 }
            return left > 0
        }
        if refused.withLock({ $0 == call }) { throw FileError(call: call, path: "refused by the test", code: EIO) }
        guard isAlive else { throw FileError(call: call, path: "a dead machine", code: EIO) }
    }

    private func look(_ call: String) throws(FileError) {
        guard !isDead else { throw FileError(call: call, path: "a dead machine", code: EIO) }
    }

    // MARK: Changes

    func create(in directory: Descriptor, _ name: FileName, mode: FileMode, exclusive: Bool, truncate: Bool) throws(FileError) -> Descriptor
    {
        try change("create")
        return try system.create(in: directory, name, mode: mode, exclusive: exclusive, truncate: truncate)
    }
    func openForAppending(in directory: Descriptor, _ name: FileName, mode: FileMode) throws(FileError) -> Descriptor {
        try change("open")
        return try system.openForAppending(in: directory, name, mode: mode)
    }
    func write(_ descriptor: Descriptor, _ bytes: UnsafeRawBufferPointer) throws(FileError) {
        let wasDead = isDead
        do throws(FileError) { try change("write") } catch {
            if !wasDead { try system.write(descriptor, UnsafeRawBufferPointer(rebasing: bytes.prefix(bytes.count / 2))) }
            throw error
        }
        try system.write(descriptor, bytes)
    }
    func truncate(_ descriptor: Descriptor, to size: Int64) throws(FileError) {
        try change("truncate")
        try system.truncate(descriptor, to: size)
    }
    func syncData(_ descriptor: Descriptor) throws(FileError) {
        try change("fdatasync")
        try system.syncData(descriptor)
    }
    func syncAll(_ descriptor: Descriptor) throws(FileError) {
        try change("fsync")
        try system.syncAll(descriptor)
    }
    func syncFileSystem(_ descriptor: Descriptor) throws(FileError) {
        try change("syncfs")
        try system.syncFileSystem(descriptor)
    }
    func rename(
        from directory: Descriptor, _ name: FileName, to newDirectory: Descriptor, _ newName: FileName, replacing: Bool
    ) throws(FileError) {
        try change("rename")
        try system.rename(from: directory, name, to: newDirectory, newName, replacing: replacing)
    }
    func link(from directory: Descriptor, _ name: FileName, to newDirectory: Descriptor, _ newName: FileName) throws(FileError) {
        try change("link")
        try system.link(from: directory, name, to: newDirectory, newName)
    }
    func remove(in directory: Descriptor, _ name: FileName) throws(FileError) {
        try change("unlink")
        try system.remove(in: directory, name)
    }
    func removeDirectory(in directory: Descriptor, _ name: FileName) throws(FileError) {
        try change("rmdir")
        try system.removeDirectory(in: directory, name)
    }
    func makeDirectory(in directory: Descriptor, _ name: FileName, mode: FileMode) throws(FileError) -> Bool {
        try change("mkdir")
        return try system.makeDirectory(in: directory, name, mode: mode)
    }
    func setModifyTime(in directory: Descriptor, _ name: FileName, to nanoseconds: Int64) throws(FileError) {
        try change("utimensat")
        try system.setModifyTime(in: directory, name, to: nanoseconds)
    }
    func setMode(_ descriptor: Descriptor, to mode: FileMode) throws(FileError) {
        try change("fchmod")
        try system.setMode(descriptor, to: mode)
    }

    // MARK: Looks

    func openDirectory(at base: Descriptor?, path: Path) throws(FileError) -> Descriptor {
        try look("open")
        return try system.openDirectory(at: base, path: path)
    }
    func openForReading(in directory: Descriptor, _ name: FileName) throws(FileError) -> Descriptor {
        try look("open")
        return try system.openForReading(in: directory, name)
    }
    func openForUpdating(in directory: Descriptor, _ name: FileName, mode: FileMode) throws(FileError) -> Descriptor {
        try look("open")
        return try system.openForUpdating(in: directory, name, mode: mode)
    }
    func replace(_ number: Descriptor, with descriptor: Descriptor) throws(FileError) { try system.replace(number, with: descriptor) }
    func close(_ descriptor: Descriptor) throws(FileError) { try system.close(descriptor) }
    func read(_ descriptor: Descriptor, into buffer: UnsafeMutableRawBufferPointer, at offset: Int64) throws(FileError) -> Int {
        try look("read")
        let count = try system.read(descriptor, into: buffer, at: offset)
        if let bytes = deadly.withLock({ $0 }), Array(buffer[..<count]).contains(bytes) {
            left.withLock { $0 = 0 }
            try look("read")
        }
        return count
    }
    func status(_ descriptor: Descriptor) throws(FileError) -> FileStatus {
        try look("statx")
        return try system.status(descriptor)
    }
    func status(in directory: Descriptor, _ name: FileName) throws(FileError) -> FileStatus? {
        try look("statx")
        return try system.status(in: directory, name)
    }
    func status(at base: Descriptor?, path: Path) throws(FileError) -> FileStatus? {
        try look("statx")
        return try system.status(at: base, path: path)
    }
    func list(_ directory: Descriptor) throws(FileError) -> DirectoryReader {
        try look("open")
        return try system.list(directory)
    }
    func takeReadLease(_ descriptor: Descriptor) -> LeaseResult { system.takeReadLease(descriptor) }
    func leaseHeld(_ descriptor: Descriptor) -> Bool { system.leaseHeld(descriptor) }
    func dropLease(_ descriptor: Descriptor) { system.dropLease(descriptor) }
    func lock(_ descriptor: Descriptor) throws(FileError) -> Bool { try system.lock(descriptor) }
    func freeSpace(_ descriptor: Descriptor) throws(FileError) -> FreeSpace { try system.freeSpace(descriptor) }
}
