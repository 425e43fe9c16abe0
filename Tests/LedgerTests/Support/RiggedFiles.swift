import Spool

/// The real file operations, with a hook before each call: to make a call fail, or to do in between what a partner could do.
struct RiggedFiles: FileOperations {
    private let real = SystemFiles()
    /// Gets the method's name; throws what the call shall fail with.
    let before: @Sendable (_ call: String) throws(FileError) -> Void

    func openDirectory(at base: Descriptor?, path: Path) throws(FileError) -> Descriptor {
        try before("openDirectory")
        return try real.openDirectory(at: base, path: path)
    }

    func openForReading(in directory: Descriptor, _ name: FileName) throws(FileError) -> Descriptor {
        try before("openForReading")
        return try real.openForReading(in: directory, name)
    }

    func openForAppending(in directory: Descriptor, _ name: FileName, mode: FileMode) throws(FileError) -> Descriptor {
        try before("openForAppending")
        return try real.openForAppending(in: directory, name, mode: mode)
    }

    func openForUpdating(in directory: Descriptor, _ name: FileName, mode: FileMode) throws(FileError) -> Descriptor {
        try before("openForUpdating")
        return try real.openForUpdating(in: directory, name, mode: mode)
    }

    func create(in directory: Descriptor, _ name: FileName, mode: FileMode, exclusive: Bool, truncate: Bool) throws(FileError) -> Descriptor
    {
        try before("create")
        return try real.create(in: directory, name, mode: mode, exclusive: exclusive, truncate: truncate)
    }

    func replace(_ number: Descriptor, with descriptor: Descriptor) throws(FileError) {
        try before("replace")
        try real.replace(number, with: descriptor)
    }

    func close(_ descriptor: Descriptor) throws(FileError) {
        try before("close")
        try real.close(descriptor)
    }

    func read(_ descriptor: Descriptor, into buffer: UnsafeMutableRawBufferPointer, at offset: Int64) throws(FileError) -> Int {
        try before("read")
        return try real.read(descriptor, into: buffer, at: offset)
    }

    func write(_ descriptor: Descriptor, _ bytes: UnsafeRawBufferPointer) throws(FileError) {
        try before("write")
        try real.write(descriptor, bytes)
    }

    func truncate(_ descriptor: Descriptor, to size: Int64) throws(FileError) {
        try before("truncate")
        try real.truncate(descriptor, to: size)
    }

    func syncData(_ descriptor: Descriptor) throws(FileError) {
        try before("syncData")
        try real.syncData(descriptor)
    }

    func syncAll(_ descriptor: Descriptor) throws(FileError) {
        try before("syncAll")
        try real.syncAll(descriptor)
    }

    func syncFileSystem(_ descriptor: Descriptor) throws(FileError) {
        try before("syncFileSystem")
        try real.syncFileSystem(descriptor)
    }

    func status(_ descriptor: Descriptor) throws(FileError) -> FileStatus {
        try before("status")
        return try real.status(descriptor)
    }

    func status(in directory: Descriptor, _ name: FileName) throws(FileError) -> FileStatus? {
        try before("status")
        return try real.status(in: directory, name)
    }

    func status(at base: Descriptor?, path: Path) throws(FileError) -> FileStatus? {
        try before("status")
        return try real.status(at: base, path: path)
    }

    func rename(from directory: Descriptor, _ name: FileName, to newDirectory: Descriptor, _ newName: FileName, replacing: Bool)
        throws(FileError)
    {
        try before("rename")
        try real.rename(from: directory, name, to: newDirectory, newName, replacing: replacing)
    }

    func link(from directory: Descriptor, _ name: FileName, to newDirectory: Descriptor, _ newName: FileName) throws(FileError) {
        try before("link")
        try real.link(from: directory, name, to: newDirectory, newName)
    }

    func remove(in directory: Descriptor, _ name: FileName) throws(FileError) {
        try before("remove")
        try real.remove(in: directory, name)
    }

    func removeDirectory(in directory: Descriptor, _ name: FileName) throws(FileError) {
        try before("removeDirectory")
        try real.removeDirectory(in: directory, name)
    }

    func makeDirectory(in directory: Descriptor, _ name: FileName, mode: FileMode) throws(FileError) -> Bool {
        try before("makeDirectory")
        return try real.makeDirectory(in: directory, name, mode: mode)
    }

    func setModifyTime(in directory: Descriptor, _ name: FileName, to nanoseconds: Int64) throws(FileError) {
        try before("setModifyTime")
        try real.setModifyTime(in: directory, name, to: nanoseconds)
    }

    func setMode(_ descriptor: Descriptor, to mode: FileMode) throws(FileError) {
        try before("setMode")
        try real.setMode(descriptor, to: mode)
    }

    func list(_ directory: Descriptor) throws(FileError) -> DirectoryReader {
        try before("list")
        return try real.list(directory)
    }

    func takeReadLease(_ descriptor: Descriptor) -> LeaseResult {
        do throws(FileError) { try before("takeReadLease") } catch { return .unsupported(error.code) }
        return real.takeReadLease(descriptor)
    }

    func leaseHeld(_ descriptor: Descriptor) -> Bool {
        try? before("leaseHeld")
        return real.leaseHeld(descriptor)
    }

    func dropLease(_ descriptor: Descriptor) {
        try? before("dropLease")
        real.dropLease(descriptor)
    }

    func lock(_ descriptor: Descriptor) throws(FileError) -> Bool {
        try before("lock")
        return try real.lock(descriptor)
    }

    func freeSpace(_ descriptor: Descriptor) throws(FileError) -> FreeSpace {
        try before("freeSpace")
        return try real.freeSpace(descriptor)
    }

}
