internal import CLinux
internal import Glibc

/// Reads a directory's entries from the kernel, a buffer at a time.
///
/// On a descriptor of its own: the place in a listing belongs to the open file, and the directory's descriptor is shared by many.
final class DirectoryListing {
    private static let capacity = 32 << 10

    private let descriptor: Descriptor
    private let buffer: UnsafeMutableRawBufferPointer

    init(_ directory: Descriptor) throws(FileError) {
        let result = uninterrupted { linux_openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0) }
        guard result >= 0 else { throw FileError("openat", on: directory, code: result) }
        descriptor = Descriptor(result)
        buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.capacity, alignment: 8)
    }

    deinit {
        buffer.deallocate()
        _ = linux_close(descriptor)
    }

    /// The entries of the next buffer, possibly none; `nil` at the end.
    func next() throws(FileError) -> [DirectoryEntry]? {
        let filled = uninterrupted { linux_getdents(descriptor, buffer.baseAddress, buffer.count) }
        // A directory that was removed while open lists nothing, and says so with ENOENT.
        if filled == 0 || filled == -Int(ENOENT) { return nil }
        guard filled > 0 else { throw FileError("getdents64", on: descriptor, code: filled) }
        var entries: [DirectoryEntry] = []
        entries.reserveCapacity(filled / 32)
        var offset = 0
        while offset + 19 < filled {
            let length = Int(buffer.loadUnaligned(fromByteOffset: offset + 16, as: UInt16.self))
            guard length > 19, offset + length <= filled else { break }
            let field = UnsafeRawBufferPointer(rebasing: buffer[(offset + 19)..<(offset + length)])
            let name = UnsafeRawBufferPointer(rebasing: field.prefix(field.firstIndex(of: 0) ?? field.count))
            if !isDots(name), !name.isEmpty {
                entries.append(DirectoryEntry(name: FileName(listed: name), kind: kind(buffer[offset + 18])))
            }
            offset += length
        }
        return entries
    }

    private func isDots(_ name: UnsafeRawBufferPointer) -> Bool {
        name.count <= 2 && name.allSatisfy { $0 == UInt8(ascii: ".") }
    }

    private func kind(_ type: UInt8) -> FileKind? {
        switch type {
        case 1: .fifo
        case 2, 6: .device
        case 4: .directory
        case 8: .regular
        case 10: .symlink
        case 12: .socket
        default: nil
        }
    }
}
