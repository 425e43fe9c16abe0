internal import CLinux

/// What kind of thing a directory entry is.
public enum FileKind: String, Hashable, Sendable {
    /// An ordinary file.
    case regular
    /// A directory.
    case directory
    /// A symbolic link.
    case symlink
    /// A named pipe.
    case fifo
    /// A socket.
    case socket
    /// A character or block device.
    case device
    /// None that Linux names.
    case unknown
}

/// What the file system knows about a file, by `statx`. Times are nanoseconds since 1970 UTC; one too far off to be told so is the nearest
/// that can be (a file's owner may set its modification time to anything).
public struct FileStatus: Hashable, Sendable {
    /// The device that the file lies on.
    public var device: UInt64
    /// The number of the file on that device. Numbers are used again: only with `birthTime` do they name a file for good.
    public var inode: UInt64
    /// The mount by which it was reached; 0 where the kernel does not tell.
    public var mount: UInt64
    /// When the inode was made; 0 where the file system does not keep it.
    public var birthTime: Int64
    /// When content or attributes last changed (ctime). Nobody can set it.
    public var changeTime: Int64
    /// When content last changed, or what its owner set instead (mtime).
    public var modifyTime: Int64
    /// Bytes.
    public var size: Int64
    /// How many names the inode has.
    public var links: UInt32
    /// Kind and permission bits, as `st_mode`.
    public var mode: UInt32
    /// The owner's user id.
    public var owner: UInt32
    /// The group's id.
    public var group: UInt32

    /// A status put together by hand, as a simulation of a file system does.
    public init(
        device: UInt64, inode: UInt64, mount: UInt64 = 0, birthTime: Int64 = 0, changeTime: Int64 = 0, modifyTime: Int64 = 0,
        size: Int64 = 0, links: UInt32 = 1, mode: UInt32 = 0o100_644, owner: UInt32 = 0, group: UInt32 = 0
    ) {
        self.device = device
        self.inode = inode
        self.mount = mount
        self.birthTime = birthTime
        self.changeTime = changeTime
        self.modifyTime = modifyTime
        self.size = size
        self.links = links
        self.mode = mode
        self.owner = owner
        self.group = group
    }

    init(_ status: linux_status) {
        self.init(
            device: status.device, inode: status.inode, mount: status.mount,
            birthTime: nanoseconds(status.birth_seconds, status.birth_nanoseconds),
            changeTime: nanoseconds(status.change_seconds, status.change_nanoseconds),
            modifyTime: nanoseconds(status.modify_seconds, status.modify_nanoseconds),
            size: Int64(clamping: status.size), links: status.links, mode: status.mode, owner: status.owner,
            group: status.group)
    }

    /// What kind of thing it is.
    public var kind: FileKind {
        switch mode & 0o170_000 {
        case 0o100_000: .regular
        case 0o040_000: .directory
        case 0o120_000: .symlink
        case 0o010_000: .fifo
        case 0o140_000: .socket
        case 0o020_000, 0o060_000: .device
        default: .unknown
        }
    }

    /// The permission bits, with set-id and sticky bits.
    public var permissions: FileMode { mode & 0o7777 }

    /// Whether both are one inode at this moment.
    public func isSameFile(as other: FileStatus) -> Bool {
        device == other.device && inode == other.inode
    }

    /// Whether both are one inode, with nothing about it changed in between.
    public func isUnchanged(since other: FileStatus) -> Bool {
        isSameFile(as: other) && changeTime == other.changeTime
    }
}

/// Saturates: year 2262 ends what fits in 64 bits of nanoseconds, and a partner may claim any year.
private func nanoseconds(_ seconds: Int64, _ fraction: UInt32) -> Int64 {
    let (whole, tooFar) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
    let (sum, past) = whole.addingReportingOverflow(Int64(fraction))
    return tooFar || past ? (seconds < 0 ? .min : .max) : sum
}
