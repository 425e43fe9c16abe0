internal import Glibc

/// A system call on a file that failed: which, on what, and the kernel's reason.
public struct FileError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The system call, by its name in section 2 of the manual: `renameat2`.
    public let call: String
    /// What it was called on, escaped for a log line. A path where one is known; it may be relative.
    public let path: String
    /// The kernel's error number, one of `errno.h`.
    public let code: Int32

    /// An error of `call` on `path`.
    public init(call: String, path: String, code: Int32) {
        self.call = call
        self.path = path
        self.code = code
    }

    /// Whether there is no such file or directory.
    public var isMissing: Bool { code == ENOENT }

    /// Whether the name is taken.
    public var isTaken: Bool { code == EEXIST }

    /// Whether something that is not a directory, such as a symbolic link, stands where a directory was expected.
    public var isNotDirectory: Bool { code == ENOTDIR || code == ELOOP }

    /// Whether a directory stands where a file was to go, or one that was to be removed is not empty.
    public var isObstructed: Bool { code == EISDIR || code == ENOTEMPTY }

    /// Whether there is no space left, or a quota is used up.
    public var isFull: Bool { code == ENOSPC || code == EDQUOT }

    /// Whether the process may not do this: an owner's or a mode's matter, not the disk's.
    public var isForbidden: Bool { code == EACCES || code == EPERM }

    /// One line: what failed, where, why, and what to do.
    public var description: String {
        "\(call) \(path): \(String(cString: strerror(code))) (errno \(code)); \(hint)"
    }
}

extension FileError {
    /// An error of a call that takes a directory and a name; the directory's path is looked up, for `7/order.json` says nothing to a reader.
    init(_ call: String, in directory: Descriptor?, _ name: some CustomStringConvertible, code: Int) {
        self.init(call: call, path: Self.describe(directory, name), code: Int32(truncatingIfNeeded: -code))
    }

    /// An error of a call that takes a descriptor.
    init(_ call: String, on descriptor: Descriptor, code: Int) {
        self.init(call: call, path: describeDescriptor(descriptor), code: Int32(truncatingIfNeeded: -code))
    }

    /// An error of a call that takes two places.
    init(_ call: String, from: Descriptor, _ name: FileName, to: Descriptor, _ newName: FileName, code: Int) {
        let path = Self.describe(from, name) + " -> " + Self.describe(to, newName)
        self.init(call: call, path: path, code: Int32(truncatingIfNeeded: -code))
    }

    private static func describe(_ directory: Descriptor?, _ name: some CustomStringConvertible) -> String {
        guard let directory else { return name.description }
        return describeDescriptor(directory) + "/" + name.description
    }
}
