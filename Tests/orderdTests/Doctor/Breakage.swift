import Ledger
import Orders
import Spool

@testable import orderd

/// One way in which an installation is broken: what is done to a good one, which check finds it, and what mends it.
struct Breakage: Sendable, CustomStringConvertible {
    /// Who mends it.
    enum Remedy: Sendable {
        /// `orderd doctor --fix`.
        case fix
        /// A person runs the commands that were printed.
        case commands
        /// A person does what the advice says.
        case hand(@Sendable (MemoryMachine) -> Void)
    }

    /// What is broken, in words for `docs/doctor.md`.
    let what: String
    /// The one check that finds it.
    let check: String
    var weight = DoctorFinding.Weight.drift
    let remedy: Remedy
    let `break`: @Sendable (MemoryMachine) -> Void

    init(
        _ what: String, _ check: String, _ remedy: Remedy, weight: DoctorFinding.Weight = .drift,
        _ break: @escaping @Sendable (MemoryMachine) -> Void
    ) {
        self.what = what
        self.check = check
        self.remedy = remedy
        self.weight = weight
        self.break = `break`
    }

    var description: String { what }

    /// Every way, in the order of the page.
    static let all = tree + accounts + keys + services + ssh + limits + disk + rest

    private static let root = InstalledMachine.root
}

extension Breakage {
    private static let tree: [Breakage] = [
        Breakage("`queue/hold` was deleted", "tree.present", .fix) { $0.remove("\(root)/queue/hold") },
        Breakage("a partner's `orders` was deleted", "tree.present", .fix) { $0.remove("\(root)/partners/acme/orders") },
        Breakage("`queue/failed` was replaced by a symbolic link", "tree.present", .commands) { machine in
            machine.remove("\(root)/queue/failed")
            machine.makeLink("\(root)/queue/failed", to: "/etc")
        },
        Breakage("the ledger belongs to root, after work as root", "tree.owner", .fix) {
            $0.nodes["\(root)/state/ledger.sqlite"]?.owner = 0
        },
        Breakage("`claimed` belongs to somebody else", "tree.owner", .fix) { $0.nodes["\(root)/claimed"]?.owner = 1001 },
        Breakage("a partner's `status` has another partner's group", "tree.owner", .fix) {
            $0.nodes["\(root)/partners/acme/status"]?.group = 986
        },
        Breakage("`partners` belongs to the daemon", "tree.owner", .fix) { $0.nodes["\(root)/partners"]?.owner = 990 },
        Breakage("a chroot can be written to by its group", "tree.mode", .fix) { $0.nodes["\(root)/partners/acme"]?.mode = 0o775 },
        Breakage("`journal` can be read by everybody", "tree.mode", .fix) { $0.nodes["\(root)/journal"]?.mode = 0o755 },
        Breakage("`receipts` lost the bit that hands its group on", "tree.mode", .fix) {
            $0.nodes["\(root)/partners/bolt/receipts"]?.mode = 0o750
        },
        Breakage("the ledger can be read by everybody", "tree.mode", .fix) { $0.nodes["\(root)/state/ledger.sqlite"]?.mode = 0o644 },
        Breakage("a partner may not write to its drop directory: the access list is gone", "tree.acl", .fix) { machine in
            machine.nodes["\(root)/partners/acme/orders"]?.access = AccessList()
        },
        Breakage("another partner may write to a drop directory", "tree.acl", .fix) { machine in
            machine.nodes["\(root)/partners/acme/orders"]?.access.users[986] = 7
        },
        Breakage("a partner that only reads may write to its drop directory", "tree.acl", .fix) { machine in
            machine.nodes["\(root)/partners/bolt/orders"]?.access.users[986] = 7
        },
        Breakage("new files in `queue/hold` get an access list of their own", "tree.acl", .fix) { machine in
            machine.nodes["\(root)/queue/hold"]?.access.hasDefault = true
        },
        Breakage("`/var/spool` can be written to by a group", "tree.parents", .commands) { $0.nodes["/var/spool"]?.mode = 0o775 },
        Breakage("the configuration can be written to by everybody", "tree.mode", .fix) {
            $0.nodes["/etc/orderd/orderd.yaml"]?.mode = 0o666
        },
        Breakage("a partner owns its key file", "tree.owner", .fix) { $0.nodes["/etc/orderd/authorized_keys.d/acme"]?.owner = 987 },
        Breakage("the directory of keys can be written to by a group", "tree.mode", .fix) {
            $0.nodes["/etc/orderd/authorized_keys.d"]?.mode = 0o775
        },
    ]

    private static let accounts: [Breakage] = [
        Breakage("the daemon's account is gone", "accounts.daemon", .fix) { $0.rewrite("/etc/passwd", "orderd") { _ in nil } },
        Breakage("the daemon's account has a shell", "accounts.daemon", .fix) { machine in
            machine.rewrite("/etc/passwd", "orderd") { Array($0.prefix(6)) + ["/bin/bash"] }
        },
        Breakage("the daemon's account has root's number", "accounts.daemon", .commands) { machine in
            machine.rewrite("/etc/passwd", "orderd") { $0.prefix(2) + ["0"] + $0.suffix(4) }
            // Its files are root's then, as far as anybody can see.
            for (path, node) in machine.nodes where node.owner == 990 { machine.nodes[path]?.owner = 0 }
        },
        Breakage("the group of administrators is gone", "accounts.groups", .fix) { $0.rewrite("/etc/group", "orderd-admin") { _ in nil } },
        Breakage("a partner with keys has no account", "accounts.partners", .fix) { machine in
            machine.rewrite("/etc/passwd", "bolt") { _ in nil }
            machine.rewrite("/etc/group", "bolt") { _ in nil }
            machine.rewrite("/etc/group", "orderd-partners") { $0.prefix(3) + ["acme"] }
        },
        Breakage("a partner's account has a shell", "accounts.partners", .fix) { machine in
            machine.rewrite("/etc/passwd", "acme") { Array($0.prefix(6)) + ["/bin/sh"] }
        },
        Breakage("a partner's home is not its chroot", "accounts.partners", .commands) { machine in
            machine.rewrite("/etc/passwd", "acme") { $0.prefix(5) + ["/home/acme"] + $0.suffix(1) }
        },
        Breakage("a partner is not in the group by which sshd confines it", "accounts.partners", .fix) { machine in
            machine.rewrite("/etc/group", "orderd-partners") { $0.prefix(3) + ["bolt"] }
        },
        Breakage("a partner's own group is somebody else's", "accounts.partners", .fix) { machine in
            machine.rewrite("/etc/passwd", "acme") { $0.prefix(3) + ["986"] + $0.suffix(3) }
        },
        Breakage("a partner is among the administrators", "accounts.privileged", .commands) { machine in
            machine.rewrite("/etc/group", "orderd-admin") { $0.prefix(3) + ["acme"] }
        },
        Breakage("somebody who is no partner is in the partners' group", "accounts.strangers", .commands) { machine in
            machine.rewrite("/etc/group", "orderd-partners") { $0.prefix(3) + ["acme,bolt,mallory"] }
        },
    ]

    private static let keys: [Breakage] = [
        Breakage("a private key was put where the public one belongs", "keys.content", .commands) { machine in
            machine.nodes["/etc/orderd/authorized_keys.d/acme"]?.text = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNza\n"
        },
        Breakage("a key file has a line that is no key", "keys.content", .commands) { machine in
            machine.append("/etc/orderd/authorized_keys.d/acme", "AAAAC3NzaC1lZDI1NTE5AAAA without its kind")
        },
        Breakage("there are keys for an account that is no partner's", "keys.strangers", .commands) { machine in
            machine.put("/etc/orderd/authorized_keys.d/mallory", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA mallory\n")
        },
    ]

    private static let services: [Breakage] = [
        Breakage("the unit is gone", "files.present", .fix) { $0.remove(DeclaredFile.unit.installed) },
        Breakage("the unit was edited where the package put it", "files.content", .fix) { machine in
            machine.edit(DeclaredFile.unit.installed, "NoNewPrivileges=yes", "NoNewPrivileges=no")
        },
        Breakage("another unit in /etc takes its place", "files.shadow", .commands) { machine in
            machine.put("/etc/systemd/system/orderd.service", "[Service]\nExecStart=/usr/bin/orderd run\n")
        },
        Breakage("a drop-in opens the file system to the daemon", "unit.dropins", .commands) { machine in
            machine.put("/etc/systemd/system/orderd.service.d/local.conf", "[Service]\nProtectSystem=no\n")
        },
        Breakage("a drop-in gives the daemon a further capability", "unit.dropins", .commands) { machine in
            machine.put("/etc/systemd/system/orderd.service.d/local.conf", "[Service]\nAmbientCapabilities=CAP_LEASE CAP_DAC_OVERRIDE\n")
        },
        Breakage("a drop-in runs the daemon as root", "unit.dropins", .commands) { machine in
            machine.put("/etc/systemd/system/orderd.service.d/local.conf", "[Service]\nUser=root\n")
        },
        Breakage("a drop-in turns the restart off", "unit.dropins", .commands) { machine in
            machine.put("/run/systemd/system/orderd.service.d/50-now.conf", "[Service]\nRestart=no\n")
        },
        Breakage("the unit does not start with the machine", "unit.enabled", .fix) { machine in
            machine.remove("/etc/systemd/system/multi-user.target.wants/orderd.service")
        },
        Breakage("the unit is masked", "unit.enabled", .commands) { $0.makeLink("/etc/systemd/system/orderd.service", to: "/dev/null") },
        Breakage("systemd has not read the changed unit", "unit.reloaded", .fix) { $0.properties["NeedDaemonReload"] = "yes" },
        Breakage("the service does not run", "unit.running", .commands) { $0.properties["ActiveState"] = "inactive" },
        Breakage("the service failed", "unit.running", .commands) { $0.properties["ActiveState"] = "failed" },
        Breakage("sysusers.d's file is gone", "files.present", .fix) { $0.remove(DeclaredFile.accounts.installed) },
        Breakage("tmpfiles.d's file is gone", "files.present", .fix) { $0.remove(DeclaredFile.directories.installed) },
        Breakage("an old file in /etc/tmpfiles.d takes the place of the package's", "files.shadow", .commands) { machine in
            machine.put("/etc/tmpfiles.d/orderd.conf", "d /var/spool/orderd 0777 root root -\n")
        },
        Breakage("the program is not the package's", "files.package", .commands) { $0.changedFiles = "??5??????   /usr/bin/orderd\n" },
    ]

    private static let ssh: [Breakage] = [
        Breakage("sshd's drop-in is gone", "files.present", .fix) { $0.remove(DeclaredFile.ssh.installed) },
        Breakage("the drop-in no longer confines partners to a chroot", "ssh.dropin", .fix) { machine in
            machine.edit(DeclaredFile.ssh.installed, "ChrootDirectory", "#ChrootDirectory")
        },
        Breakage("the drop-in lets partners forward", "ssh.dropin", .fix) { machine in
            machine.edit(DeclaredFile.ssh.installed, "DisableForwarding yes", "DisableForwarding no")
        },
        Breakage("sshd's configuration no longer reads the drop-in", "ssh.included", .fix) { machine in
            machine.edit("/etc/ssh/sshd_config", "Include", "#Include")
        },
        Breakage(
            "another drop-in has the first word on a partner", "ssh.effective", .hand { $0.remove("/etc/ssh/sshd_config.d/00-site.conf") }
        ) {
            $0.put("/etc/ssh/sshd_config.d/00-site.conf", "Match Group orderd-partners\n    ForceCommand /bin/sh\n")
        },
    ]

    private static let limits: [Breakage] = [
        Breakage("too few directories may be watched", "limits.watches", .fix) {
            $0.put("/proc/sys/fs/inotify/max_user_watches", "8192\n")
        },
        Breakage("too few events may wait", "limits.events", .fix) { $0.put("/proc/sys/fs/inotify/max_queued_events", "16384\n") },
        Breakage("too few programs may watch", "limits.instances", .fix) { $0.put("/proc/sys/fs/inotify/max_user_instances", "4\n") },
        Breakage("sysctl.d's file is gone", "files.present", .fix) { $0.remove(DeclaredFile.kernel.installed) },
        Breakage(
            "the daemon may open too few files", "limits.files",
            .hand { machine in
                machine.put("/etc/systemd/system/orderd.service.d/limit.conf", "[Service]\nLimitNOFILE=131072\n")
                InstalledMachine.startDaemon(machine)
            }
        ) { $0.edit("/proc/4711/limits", "65536                65536", "128                  128") },
        Breakage("the disk is nearly full", "space.bytes", .hand { $0.space?.bytes = 50 << 30 }) { $0.space?.bytes = 100 << 20 },
        Breakage("the file system is out of inodes", "space.inodes", .hand { $0.space?.inodes = 100_000 }) { $0.space?.inodes = 900 },
    ]

    private static let disk: [Breakage] = [
        Breakage("the spool lies on NFS", "disk.kind", .hand { $0.mountList.removeLast() }) { machine in
            machine.mountList.append(Mount(point: root, kind: "nfs4", options: ["rw"]))
        },
        Breakage("the spool lies on a file system of a program (FUSE)", "disk.kind", .hand { $0.mountList.removeLast() }) { machine in
            machine.mountList.append(Mount(point: "/var/spool", kind: "fuse.sshfs", options: ["rw"]))
        },
        Breakage("the spool lies in memory", "disk.kind", .hand { $0.mountList.removeLast() }) { machine in
            machine.mountList.append(Mount(point: root, kind: "tmpfs", options: ["rw"]))
        },
        Breakage("`claimed` is a mount of its own", "disk.mounts", .commands) { machine in
            machine.mountList.append(Mount(point: "\(root)/claimed", kind: "ext4", options: ["rw"]))
        },
        Breakage("the file system became read-only", "disk.options", .commands) { $0.mountList[0].options = ["ro", "relatime"] },
        Breakage("the file system does not flush the disk's cache", "disk.options", .commands) {
            $0.mountList[0].options = ["rw", "nobarrier"]
        },
    ]

    private static let rest: [Breakage] = [
        Breakage("the clock is not synchronised", "clock.synchronised", .commands) { $0.isSynchronised = false },
        Breakage("the clock was set back behind the last event", "clock.behind", .commands) { $0.now -= 86_400_000 },
        Breakage("the ledger is damaged", "ledger.readable", .hand { $0.facts = .success($0.repaired) }) { machine in
            machine.facts = .failure(LedgerError(.damaged, "the ledger is damaged", hint: "stop orderd and run: orderd rebuild"))
        },
        Breakage("somebody took SQLite's write-ahead log away", "ledger.journal-mode", .commands) { machine in
            machine.change { $0.settings.journalMode = "delete" }
        },
        Breakage("SQLite was built to not sync", "ledger.synchronous", .commands) { machine in
            machine.change { $0.settings.synchronous = 1 }
        },
        Breakage("SQLite was built to leave what is deleted", "ledger.secure-delete", .commands) { machine in
            machine.change { $0.settings.deletesSecurely = false }
        },
        Breakage("an older version of the daemon still runs", "versions.daemon", .commands) { machine in
            machine.edit("\(root)/state/status.json", orderdVersion, "0.0.9")
        },
        Breakage("the daemon's program was replaced under it", "versions.daemon", .commands) { machine in
            machine.makeLink("/proc/4711/exe", to: "/usr/bin/orderd (deleted)")
        },
        Breakage("the ledger is a newer version's", "versions.ledger", .commands) { machine in
            machine.facts = .failure(LedgerError(.newerSchema, "the ledger was written by a newer orderd"))
        },
        Breakage("SQLite is too old", "versions.sqlite", .commands) { machine in machine.change { $0.settings.engine = "3.34.1" } },
        Breakage("no daemon runs after a crash", "daemon.stop", .hand(InstalledMachine.startDaemon), weight: .note) { machine in
            machine.remove("/proc/4711")
        },
        Breakage("intake was paused and forgotten", "daemon.pauses", .commands, weight: .note) { machine in
            machine.change { facts in
                facts.pauses = [(Pause(what: "intake", by: "root", reason: "stocktaking"), .init(milliseconds: 1_795_400_000_000))]
            }
        },
        Breakage(
            "an upload broke off days ago under its temporary name", "daemon.uploads",
            .hand { $0.remove("\(root)/partners/acme/orders/.order.json.filepart") }, weight: .note
        ) { machine in
            machine.put("\(root)/partners/acme/orders/.order.json.filepart", "{")
        },
    ]
}
