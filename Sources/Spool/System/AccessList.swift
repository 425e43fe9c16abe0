internal import CLinux
internal import Glibc

/// What the access control lists of a path say beyond its permission bits, for who only looks: ``AccessControlList`` is the list itself.
public struct AccessList: Hashable, Sendable {
    /// What one entry grants: 4 read, 2 write, 1 enter, summed.
    public typealias Rights = UInt16

    /// Entries of users, by user id.
    public var users: [UInt32: Rights] = [:]
    /// Entries of groups, by group id.
    public var groups: [UInt32: Rights] = [:]
    /// What the path's own group has. With a list, the group's permission bits show the mask instead; nil where there is no list.
    public var ownGroup: Rights?
    /// Whether new entries of this directory get a list from it.
    public var hasDefault = false

    /// No more than permission bits.
    public init() {}

    /// The list of a path, of a symbolic link itself; empty where there is none, or where the file system knows no lists.
    ///
    /// - Throws: what the call answered, such as `ENOENT`.
    public init(of path: Path) throws(FileError) {
        if let bytes = try Self.attribute(path, "system.posix_acl_access"), let list = AccessControlList(bytes: bytes) {
            (users, groups, ownGroup) = (list.users, list.groups, list.group)
        }
        hasDefault = try Self.attribute(path, "system.posix_acl_default") != nil
    }

    private static func attribute(_ path: Path, _ name: String) throws(FileError) -> [UInt8]? {
        // A list of 64 KiB is the longest that the kernel hands out.
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        let count = path.withCString { path in
            buffer.withUnsafeMutableBytes { linux_get_attribute(path, name, $0.baseAddress, $0.count) }
        }
        if count >= 0 { return Array(buffer.prefix(Int(count))) }
        if [ENODATA, EOPNOTSUPP].contains(Int32(-count)) { return nil }
        throw FileError(call: "lgetxattr", path: path.description, code: Int32(-count))
    }
}
