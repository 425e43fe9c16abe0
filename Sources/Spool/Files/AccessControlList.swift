internal import CLinux
internal import Glibc

/// A POSIX access control list: what owner, group and others may do, and users by number beside them.
///
/// Read and written as the kernel keeps it, so that no program is needed for it. Rights are 4 read, 2 write, 1 enter or execute, summed.
public struct AccessControlList: Hashable, Sendable {
    /// Rights of the owner.
    public var owner: UInt16
    /// Rights of users by number.
    public var users: [UInt32: UInt16]
    /// Rights of the group.
    public var group: UInt16
    /// Rights of further groups by number.
    public var groups: [UInt32: UInt16]
    /// What limits users, the group and further groups; a file's mode shows it in the group's place. `nil` in a list without users and groups.
    public var mask: UInt16?
    /// Rights of all others.
    public var other: UInt16

    /// The list that says what a mode says, and more for some users.
    ///
    /// - Parameters:
    ///   - mode: the nine lowest bits count.
    ///   - users: rights by number. The mask lets all of them through.
    public init(mode: FileMode, users: [UInt32: UInt16] = [:]) {
        owner = UInt16(mode >> 6 & 7)
        group = UInt16(mode >> 3 & 7)
        other = UInt16(mode & 7)
        groups = [:]
        self.users = users
        mask = users.isEmpty ? nil : users.values.reduce(group, |)
    }

    /// The list in the kernel's form; `nil` for bytes that are none.
    public init?(bytes: [UInt8]) {
        guard bytes.count >= 4, (bytes.count - 4) % 8 == 0, Self.number(bytes[0..<4]) == Self.version else { return nil }
        self.init(mode: 0)
        var tags: Set<UInt16> = []
        for start in stride(from: 4, to: bytes.count, by: 8) {
            let tag = UInt16(Self.number(bytes[start..<start + 2]))
            let rights = UInt16(Self.number(bytes[start + 2..<start + 4]))
            let id = Self.number(bytes[start + 4..<start + 8])
            tags.insert(tag)
            switch tag {
            case 0x01: owner = rights
            case 0x02: users[id] = rights
            case 0x04: group = rights
            case 0x08: groups[id] = rights
            case 0x10: mask = rights
            case 0x20: other = rights
            default: return nil
            }
        }
        guard tags.isSuperset(of: [0x01, 0x04, 0x20]) else { return nil }
    }

    /// The list in the kernel's form. The kernel wants entries in the order of their tags, and users in that of their numbers.
    public var bytes: [UInt8] {
        var bytes: [UInt8] = []
        func put(_ value: UInt32, _ count: Int) {
            for shift in 0..<count { bytes.append(UInt8(truncatingIfNeeded: value >> UInt32(8 * shift))) }
        }
        func entry(_ tag: UInt16, _ rights: UInt16, _ id: UInt32 = .max) {
            put(UInt32(tag), 2)
            put(UInt32(rights), 2)
            put(id, 4)
        }
        put(Self.version, 4)
        entry(0x01, owner)
        for (id, rights) in users.sorted(by: { $0.key < $1.key }) { entry(0x02, rights, id) }
        entry(0x04, group)
        for (id, rights) in groups.sorted(by: { $0.key < $1.key }) { entry(0x08, rights, id) }
        if let mask { entry(0x10, mask) }
        entry(0x20, other)
        return bytes
    }

    private static let version: UInt32 = 2

    private static func number(_ bytes: ArraySlice<UInt8>) -> UInt32 {
        bytes.reversed().reduce(0) { $0 << 8 | UInt32($1) }
    }
}

extension SystemFiles {
    /// The access control list of what a descriptor is open on. One that has none but its mode, and one on a file system that has no such
    /// lists, gives what the mode says.
    public func accessControlList(_ descriptor: Descriptor) throws(FileError) -> AccessControlList {
        var buffer = [UInt8](repeating: 0, count: 4 + 8 * 512)
        let count = buffer.withUnsafeMutableBytes { linux_get_acl(descriptor, $0.baseAddress, $0.count) }
        if count == -Int(ENODATA) || count == -Int(EOPNOTSUPP) {
            return AccessControlList(mode: try status(descriptor).permissions)
        }
        guard count >= 0 else { throw FileError("fgetxattr", on: descriptor, code: count) }
        guard let list = AccessControlList(bytes: Array(buffer.prefix(count))) else {
            throw FileError("fgetxattr", on: descriptor, code: -Int(EINVAL))
        }
        return list
    }

    /// Sets the access control list, and with it the nine lowest bits of the mode. `EOPNOTSUPP` where the file system has no such lists.
    public func setAccessControlList(_ descriptor: Descriptor, to list: AccessControlList) throws(FileError) {
        let bytes = list.bytes
        let result = bytes.withUnsafeBytes { linux_set_acl(descriptor, $0.baseAddress, $0.count) }
        guard result >= 0 else { throw FileError("fsetxattr", on: descriptor, code: result) }
    }

    /// Sets owner and group; `nil` leaves one as it is. Takes set-id bits away from a file: set the mode afterwards.
    public func setOwner(_ descriptor: Descriptor, user: UInt32?, group: UInt32?) throws(FileError) {
        let result = linux_fchown(descriptor, user ?? .max, group ?? .max)
        guard result >= 0 else { throw FileError("fchown", on: descriptor, code: result) }
    }
}
