import Spool

/// What the spool lies on.
extension DoctorCheck {
    static let fileSystem: [DoctorCheck] = [
        DoctorCheck(
            "disk.kind", .anySpool, "the kind of file system: a local one that keeps what is synced, tells of changes and knows leases"
        ) {
            examination in
            guard let mount = examination.mount(of: examination.root) else { return [] }
            if let why = remote(mount.kind) {
                return [
                    DoctorFinding(
                        subject: mount.point, found: "\(mount.kind) under the spool", expected: "a local file system, such as ext4 or xfs",
                        why: why,
                        advice: "stop orderd, copy the spool to a local file system (rsync -aHAX), mount that at \(examination.root)",
                        isSafe: false)
                ]
            }
            guard examination.isInstalled, let why = passing[mount.kind] else { return [] }
            return [
                DoctorFinding(
                    weight: examination.isContainer ? .note : .drift, subject: mount.point, found: "\(mount.kind) under the spool",
                    expected: "a local file system, such as ext4 or xfs", why: why,
                    advice: "give \(examination.root) a volume or a file system of its own", isSafe: false)
            ]
        },
        DoctorCheck("disk.mounts", .anySpool, "no other file system is mounted within the spool") { examination in
            examination.machine.mounts().filter { $0.point.hasPrefix(examination.root + "/") }.map { mount in
                DoctorFinding(
                    subject: mount.point, found: "a mount of its own (\(mount.kind))", expected: "a part of the spool's file system",
                    why: "a file is taken by a rename, which no mount lets through: orderd does not start",
                    mend: [["umount", mount.point]],
                    advice: "copy what lies in it into the spool's file system first, and take it out of /etc/fstab", isSafe: false)
            }
        },
        DoctorCheck("disk.options", .anySpool, "mount options: writable, and without what gives up on flushes") { examination in
            guard let mount = examination.mount(of: examination.root) else { return [] }
            if mount.options.contains("ro") {
                return [
                    DoctorFinding(
                        subject: mount.point, found: "mounted read-only", expected: "writable",
                        why: "nothing can be taken; a file system that was writable becomes so after an error of its disk",
                        mend: [["mount", "-o", "remount,rw", mount.point]], advice: "look at the kernel's log first: dmesg | tail",
                        isSafe: false)
                ]
            }
            guard let option = mount.options.first(where: { ["nobarrier", "barrier=0"].contains($0) }) else { return [] }
            return [
                DoctorFinding(
                    subject: mount.point, found: "mounted with \(option)", expected: "without it",
                    why: "a power cut loses what was reported to be on disk, orders with receipts included",
                    mend: [["mount", "-o", "remount,barrier=1", mount.point]], advice: "and take it out of /etc/fstab", isSafe: false)
            ]
        },
    ]

    /// Why a kind of file system cannot hold a spool, whoever's it is.
    private static func remote(_ kind: String) -> String? {
        if kind.hasPrefix("fuse") {
            return kind == "fuseblk"
                ? nil : "a program stands between orderd and the disk: no events for what others do, no leases, and its own idea of a sync"
        }
        guard
            ["nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "ceph", "afs", "ocfs2", "gfs2", "lustre", "glusterfs", "virtiofs"].contains(kind)
        else {
            return nil
        }
        return
            "SQLite's log needs memory that all its users share, which no network file system gives; nor does it tell of files dropped elsewhere"
    }

    private static let passing = [
        "tmpfs": "everything is lost at the next start of the machine", "ramfs": "everything is lost at the next start of the machine",
        "overlay": "what lies in a container's own layer goes with the container",
    ]
}

extension Examination {
    /// The mount that a path lies on: the last of those with the longest point.
    fileprivate func mount(of path: String) -> Mount? {
        let above = machine.mounts().filter { $0.point == "/" || path == $0.point || path.hasPrefix($0.point + "/") }
        return above.enumerated().max { ($0.element.point.utf8.count, $0.offset) < ($1.element.point.utf8.count, $1.offset) }?.element
    }
}
