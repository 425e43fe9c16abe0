/// A file that `etc/` declares, and where it lies on an installed machine.
struct DeclaredFile: Hashable, Sendable {
    /// Below `etc/` of the repository, or of the package's copies.
    let source: String
    /// Where the package puts it.
    let installed: String
    /// What goes wrong without it.
    let why: String

    static let unit = DeclaredFile(
        source: "systemd/orderd.service", installed: "/usr/lib/systemd/system/orderd.service",
        why: "systemd starts, watches and confines the daemon by it")
    static let accounts = DeclaredFile(
        source: "sysusers.d/orderd.conf", installed: "/usr/lib/sysusers.d/orderd.conf",
        why: "the daemon's account and the groups are made by it")
    static let directories = DeclaredFile(
        source: "tmpfiles.d/orderd.conf", installed: "/usr/lib/tmpfiles.d/orderd.conf",
        why: "the spool's directories are made, and put right at each boot, by it")
    static let ssh = DeclaredFile(
        source: "ssh/sshd_config.d/orderd.conf", installed: "/etc/ssh/sshd_config.d/orderd.conf",
        why: "sshd confines partners to SFTP in their own directories by it")
    static let kernel = DeclaredFile(
        source: "sysctl.d/orderd.conf", installed: "/usr/lib/sysctl.d/orderd.conf",
        why: "the kernel's limits on watched directories are raised by it")

    /// Where a mask of the unit lies, or an administrator's own in its place.
    static let ownUnit = "/etc/systemd/system/orderd.service"

    /// Files of these paths take its place, by the rules of the programs that read it.
    var shadows: [String] {
        guard installed.hasPrefix("/usr/lib/") else { return [] }
        return ["/etc/", "/run/", "/usr/local/lib/"].map { $0 + installed.dropFirst("/usr/lib/".count) }
    }

    static let all = [unit, accounts, directories, ssh, kernel]
}
