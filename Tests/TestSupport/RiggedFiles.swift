package import Spool

/// The real file operations, with a hook before each call: to make a call fail, or to do in between what a partner could do.
package struct RiggedFiles: FileOperations {
    private let real = SystemFiles()
    /// Gets the method's name; throws what the call shall fail with.
    package let before: @Sendable (_ call: String) throws(FileError) -> Void

    /// The real ones, behind a hook.
    package init(before: @escaping @Sendable (_ call: String) throws(FileError) -> Void) { self.before = before }

    package func openDirectory(at base: Descriptor?, path: Path) throws(FileError) -> Descriptor {
        try before("openDirectory")
        return try real.openDirectory(at: base, path: path)
    }

    package func openForReading(in directory: Descriptor, _ name: FileName) throws(FileError) -> Descriptor {
        try before("openForReading")
        return try real.openForReading(in: directory, name)
    }

    package func openForAppending(in directory: Descriptor, _ name: FileName, mode: FileMode) throws(FileError) -> Descriptor {
        try before("openForAppending")
        return try real.openForAppending(in: directory, name, mode: mode)
    }

    package func openForUpdating(in directory: Descriptor, _ name: FileName, mode: FileMode) throws(FileError) -> Descriptor {
        try before("openForUpdating")
        return try real.openForUpdating(in: directory, name, mode: mode)
    }

    package func create(in directory: Descriptor, _ name: FileName, mode: FileMode, exclusive: Bool, truncate: Bool)
        throws(FileError) -> Descriptor
    {
        try before("create")
        return try real.create(in: directory, name, mode: mode, exclusive: exclusive, truncate: truncate)
    }

    package func replace(_ number: Descriptor, with descriptor: Descriptor) throws(FileError) {
        try before("replace")
        try real.replace(number, with: descriptor)
    }

    package func close(_ descriptor: Descriptor) throws(FileError) {
        try before("close")
        try real.close(descriptor)
    }

    package func read(_ descriptor: Descriptor, into buffer: UnsafeMutableRawBufferPointer, at offset: Int64) throws(FileError) -> Int {
        try before("read")
        return try real.read(descriptor, into: buffer, at: offset)
    }

    package func write(_ descriptor: Descriptor, _ bytes: UnsafeRawBufferPointer) throws(FileError) {
        try before("write")
        try real.write(descriptor, bytes)
    }

    package func truncate(_ descriptor: Descriptor, to size: Int64) throws(FileError) {
        try before("truncate")
        try real.truncate(descriptor, to: size)
    }

    package func writeBack(_ descriptor: Descriptor, offset: Int64, count: Int64) {
        do throws(FileError) { try before("writeBack") } catch { return }
        real.writeBack(descriptor, offset: offset, count: count)
    }

    package func syncData(_ descriptor: Descriptor) throws(FileError) {
        try before("syncData")
        try real.syncData(descriptor)
    }

    package func syncAll(_ descriptor: Descriptor) throws(FileError) {
        try before("syncAll")
        try real.syncAll(descriptor)
    }

    package func syncFileSystem(_ descriptor: Descriptor) throws(FileError) {
        try before("syncFileSystem")
        try real.syncFileSystem(descriptor)
    }

    package func status(_ descriptor: Descriptor) throws(FileError) -> FileStatus {
        try before("status")
        return try real.status(descriptor)
    }

    package func status(in directory: Descriptor, _ name: FileName) throws(FileError) -> FileStatus? {
        try before("status")
        return try real.status(in: directory, name)
    }

    package func status(at base: Descriptor?, path: Path) throws(FileError) -> FileStatus? {
        try before("status")
        return try real.status(at: base, path: path)
    }

    package func rename(from directory: Descriptor, _ name: FileName, to newDirectory: Descriptor, _ newName: FileName, replacing: Bool)
        throws(FileError)
    {
        try before("rename")
        try real.rename(from: directory, name, to: newDirectory, newName, replacing: replacing)
    }

    package func link(from directory: Descriptor, _ name: FileName, to newDirectory: Descriptor, _ newName: FileName) throws(FileError) {
        try before("link")
        try real.link(from: directory, name, to: newDirectory, newName)
    }

    package func remove(in directory: Descriptor, _ name: FileName) throws(FileError) {
        try before("remove")
        try real.remove(in: directory, name)
    }

    package func removeDirectory(in directory: Descriptor, _ name: FileName) throws(FileError) {
        try before("removeDirectory")
        try real.removeDirectory(in: directory, name)
    }

    package func makeDirectory(in directory: Descriptor, _ name: FileName, mode: FileMode) throws(FileError) -> Bool {
        try before("makeDirectory")
        return try real.makeDirectory(in: directory, name, mode: mode)
    }

    package func setModifyTime(in directory: Descriptor, _ name: FileName, to nanoseconds: Int64) throws(FileError) {
        try before("setModifyTime")
        try real.setModifyTime(in: directory, name, to: nanoseconds)
    }

    package func setMode(_ descriptor: Descriptor, to mode: FileMode) throws(FileError) {
        try before("setMode")
        try real.setMode(descriptor, to: mode)
    }

    package func list(_ directory: Descriptor) throws(FileError) -> DirectoryReader {
        try before("list")
        return try real.list(directory)
    }

    package func takeReadLease(_ descriptor: Descriptor) -> LeaseResult {
        do throws(FileError) { try before("takeReadLease") } catch { return .unsupported(error.code) }
        return real.takeReadLease(descriptor)
    }

    package func leaseHeld(_ descriptor: Descriptor) -> Bool {
        try? before("leaseHeld")
        return real.leaseHeld(descriptor)
    }

    package func dropLease(_ descriptor: Descriptor) {
        try? before("dropLease")
        real.dropLease(descriptor)
    }

    package func lock(_ descriptor: Descriptor) throws(FileError) -> Bool {
        try before("lock")
        return try real.lock(descriptor)
    }

    package func freeSpace(_ descriptor: Descriptor) throws(FileError) -> FreeSpace {
        try before("freeSpace")
        return try real.freeSpace(descriptor)
    }
}
