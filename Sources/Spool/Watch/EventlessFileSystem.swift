internal import CLinux

/// File systems that raise no inotify events for what another machine, or the program behind them, does: they are to be looked through.
///
/// The numbers are those of `linux/magic.h` and of statfs(2).
public enum EventlessFileSystem: UInt32, CaseIterable, Sendable {
    /// NFS.
    case nfs = 0x6969
    /// A program of the user, as sshfs is.
    case fuse = 0x6573_5546
    /// SMB, by the kernel's old client.
    case smb = 0x517B
    /// SMB 1, by the kernel's client.
    case cifs = 0xFF53_4D42
    /// SMB 2 and 3.
    case smb2 = 0xFE53_4D42
    /// 9P, as virtual machines mount their host's directories.
    case plan9 = 0x0102_1997
    /// Ceph.
    case ceph = 0x00C3_6400
    /// AFS.
    case afs = 0x5346_414F

    /// The kind of the file system that a descriptor is on; `nil` where it raises events, or cannot be asked.
    public init?(of descriptor: Descriptor) {
        let kind = linux_file_system(descriptor)
        guard kind > 0 else { return nil }
        self.init(rawValue: UInt32(truncatingIfNeeded: kind))
    }
}
