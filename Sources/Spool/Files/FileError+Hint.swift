internal import Glibc

extension FileError {
    /// What a person can do about it.
    public var hint: String {
        if call.hasPrefix("inotify"), let hint = watchHint { return hint }
        return switch code {
        case ENOSPC: "free disk space or inodes on this file system (df -h, df -i)"
        case EDQUOT: "raise the quota of the daemon's user, or free space under it"
        case EACCES, EPERM: "look at the owner, group, mode and ACL of the file and of each directory above it (namei -l, getfacl)"
        case EROFS: "the file system is mounted read-only: look in the kernel's log for a disk error, then mount it read-write"
        case EIO: "the disk or its controller reports an error: look in the kernel's log, check the disk, restore from a backup if need be"
        case EMFILE: "raise the limit of open files of the process (LimitNOFILE= of its unit, ulimit -n)"
        case ENFILE: "raise the system's limit of open files (sysctl fs.file-max)"
        case ENOENT: "something removed or renamed it, or it was never made: look at the directory above it"
        case EEXIST: "something else has this name: move it away, or choose another name"
        case ENOTDIR: "a directory was expected here: remove what stands in its place; use a bind mount, not a symbolic link"
        case EISDIR: "a file was expected here: remove the directory that stands in its place"
        case ELOOP: "a symbolic link stands here and is not followed: put the file or directory itself in its place"
        case EXDEV: "both places must be on one file system and one mount: mount the whole spool, not its parts"
        case ENOTEMPTY: "the directory still has files in it: move them away first"
        case ENAMETOOLONG: "use a name of at most 255 bytes and a path of at most 4095"
        case EMLINK: "the directory has as many entries of this kind as its file system allows: spread or remove some"
        case EFBIG: "the file would pass the size limit of its file system or of the process (ulimit -f)"
        case EBUSY, ETXTBSY, EAGAIN: "another process is using it: try again when that has ended"
        case ENOMEM: "the system is out of memory: free some, or raise the limit of the service (MemoryMax= of its unit)"
        case ENOSYS, EOPNOTSUPP: "this kernel or file system cannot do that: use a local file system such as ext4 or XFS"
        case ESTALE: "the network file system lost it: mount it again; keep a spool on a local disk"
        case EBADF: "the descriptor is closed: this is a fault of the program, please report it"
        default: "look the number up in errno(3), and look in the kernel's log"
        }
    }

    private var watchHint: String? {
        switch code {
        case ENOSPC: "raise the number of watches a user may have (sysctl fs.inotify.max_user_watches)"
        case EMFILE: "raise the number of inotify instances a user may have (sysctl fs.inotify.max_user_instances)"
        default: nil
        }
    }
}
