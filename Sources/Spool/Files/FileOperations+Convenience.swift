internal import Glibc

extension FileOperations {
    /// Nothing: a hint may be left out.
    public func writeBack(_ descriptor: Descriptor, offset: Int64, count: Int64) {}

    /// Removes a name; false where there was none.
    @discardableResult
    public func removeIfPresent(in directory: Descriptor, _ name: FileName) throws(FileError) -> Bool {
        do {
            try remove(in: directory, name)
            return true
        } catch {
            if error.isMissing { return false }
            throw error
        }
    }

    /// The whole of a file, as long as it is at most `limit` bytes; else `EFBIG`.
    ///
    /// A file that grows while it is read is read to some later end, never past the limit.
    public func readAll(_ descriptor: Descriptor, limit: Int = 16 << 20) throws(FileError) -> [UInt8] {
        let size = try status(descriptor).size
        guard size <= Int64(limit) else { throw FileError("read", on: descriptor, code: -Int(EFBIG)) }
        var bytes: [UInt8] = []
        var offset = 0
        var room = min(max(Int(size), 511), limit) + 1
        while true {
            var failure: FileError?
            let part = [UInt8](unsafeUninitializedCapacity: room) { buffer, count in
                do throws(FileError) {
                    count = try read(descriptor, into: UnsafeMutableRawBufferPointer(buffer), at: Int64(offset))
                } catch {
                    failure = error
                }
            }
            if let failure { throw failure }
            if offset == 0 { bytes = part } else { bytes += part }
            offset += part.count
            guard offset <= limit else { throw FileError("read", on: descriptor, code: -Int(EFBIG)) }
            if part.count < room { return bytes }
            room = 64 << 10
        }
    }

    /// The whole of the file of this name, of at most `limit` bytes; `nil` where there is none.
    public func readAll(in directory: Descriptor, _ name: FileName, limit: Int = 16 << 20) throws(FileError) -> [UInt8]? {
        let descriptor: Descriptor
        do {
            descriptor = try openForReading(in: directory, name)
        } catch {
            if error.isMissing { return nil }
            throw error
        }
        defer { try? close(descriptor) }
        return try readAll(descriptor, limit: limit)
    }

    /// Writes all of these bytes.
    public func write(_ descriptor: Descriptor, _ bytes: [UInt8]) throws(FileError) {
        var failure: FileError?
        bytes.withUnsafeBytes { buffer in
            do throws(FileError) { try write(descriptor, buffer) } catch { failure = error }
        }
        if let failure { throw failure }
    }
}
