internal import CLinux

/// The number of an open file or directory. Whoever opened it closes it.
public typealias Descriptor = Int32

/// Permission bits of a file, as in `0o640`.
public typealias FileMode = UInt32

/// An open directory, closed when the last reference to it goes.
public final class Directory: Sendable {
    /// The descriptor, valid while this object lives.
    public let descriptor: Descriptor
    private let files: any FileOperations

    /// Owns `descriptor` from now on.
    public init(owning descriptor: Descriptor, files: any FileOperations) {
        self.descriptor = descriptor
        self.files = files
    }

    /// Opens the directory at `path`, below `base` where one is given.
    public convenience init(at base: Descriptor? = nil, path: Path, files: any FileOperations) throws(FileError) {
        self.init(owning: try files.openDirectory(at: base, path: path), files: files)
    }

    deinit {
        // An error in closing a directory concerns no data.
        try? files.close(descriptor)
    }
}

/// The path that a descriptor was opened by, as the kernel knows it now, for messages; `descriptor 7` where `/proc` does not tell.
func describeDescriptor(_ descriptor: Descriptor) -> String {
    descriptorLink(descriptor).map { escaped($0) } ?? "descriptor \(descriptor)"
}

/// What `/proc/self/fd` says that a descriptor is; `nil` where there is no such descriptor, or no `/proc`.
func descriptorLink(_ descriptor: Descriptor) -> [UInt8]? {
    let length = 4096
    let bytes = [CChar](unsafeUninitializedCapacity: length) { buffer, count in
        let result = linux_readlinkat(LINUX_AT_FDCWD, "/proc/self/fd/\(descriptor)", buffer.baseAddress, length)
        count = max(0, result)
    }
    return bytes.isEmpty ? nil : bytes.map { UInt8(bitPattern: $0) }
}
