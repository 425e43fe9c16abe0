import Foundation
import Spool

/// What a partner needs beside its line in the ledger: account, directories, keys.
///
/// Every part looks at what is there and does the rest, so that a run after a crash, or the same command twice, comes to the same end.
struct PartnerInstallation {
    let partner: String
    let role: PartnerRole
    let account: PartnerAccount
    /// The spool's directory, from `/`.
    let root: String
    let machine: any Machine

    init(_ partner: String, role: PartnerRole, context: CommandContext, machine: any Machine) {
        self.partner = partner
        self.role = role
        self.machine = machine
        root = Self.absolute(context.root)
        account = PartnerAccount(
            name: context.configuration[Keys.Partners.accountPrefix] + partner, home: "\(root)/\(SpoolTree.partners)/\(partner)")
    }

    // MARK: Making

    /// Makes the account and its group, or what is missing of them.
    func makeAccount() throws {
        for command in try account.missing(on: machine) { try machine.run(command) }
    }

    /// Makes the directories, or puts their owners, modes and access control lists right. For a partner without an account nothing is open
    /// to anybody but the daemon.
    func makeTree() throws {
        try TreeMaker(root: root, machine: machine).make(OwnedPath.partner(owned))
    }

    /// Lets keys in beside those that are there, or in their place.
    ///
    /// - Returns: all that let the partner in now.
    func add(_ keys: [SSHPublicKey], replacing: Bool) throws -> [SSHPublicKey] {
        let file = try KeyFile(account: account.name, machine: machine)
        let known = try file.keys()
        var all = replacing && !keys.isEmpty ? [] : known
        for key in keys where !all.contains(key) { all.append(key) }
        if all != known { try file.write(all) }
        return all
    }

    /// Refuses keys of other partners, of removed ones too.
    func refuseForeign(_ keys: [SSHPublicKey]) throws {
        guard !keys.isEmpty, let (owner, key) = try KeyFile(account: account.name, machine: machine).owner(among: keys) else { return }
        throw CommandFailure.refused(
            "the key \(key.fingerprint) is \(owner)'s: each partner has keys of its own, and those of a removed one stay reserved")
    }

    // MARK: Letting in

    /// The account, where it is there and this partner's.
    var ownAccount: SystemAccount? {
        machine.account(named: account.name).flatMap { account.isOurs($0) ? $0 : nil }
    }

    /// Lets nobody log in any more, and ends open sessions.
    func lockOut() throws {
        guard let known = ownAccount else { return }
        // Each by itself keeps out; the first that is done counts, whatever becomes of the others.
        try KeyFile(account: account.name, machine: machine).setAside()
        try machine.run(account.lock)
        machine.endSessions(of: known.user)
    }

    /// Lets the partner log in again.
    func letIn() throws {
        guard ownAccount != nil else { return }
        try machine.run(account.unlock)
        try KeyFile(account: account.name, machine: machine).bringBack()
    }

    /// Removes what the partner sees and what was taken of it. The account stays, expired: its number must not become another's, who would
    /// then own what is left of it elsewhere.
    func purge() throws {
        for path in ["\(SpoolTree.partners)/\(partner)", "\(SpoolTree.claimed)/\(partner)"] {
            try machine.run(["rm", "-rf", "--one-file-system", "--", "\(root)/\(path)"])
        }
    }

    // MARK: By hand

    /// What is left to do for somebody with root's rights, a command a line, as far as it is not done.
    func commandsByHand(keys: [SSHPublicKey]) throws -> [String] {
        var lines: [String] = []
        let daemon = Self.daemon(of: root)
        let lacksAll = daemon.user == Accounts.orderd && machine.account(named: Accounts.orderd) == nil
        if lacksAll { lines.append("systemd-sysusers orderd.conf") }
        lines += try account.missing(on: machine).filter { !lacksAll || $0[0] != "groupadd" }.map(shellText)
        let names: (String) -> String = { $0 == Accounts.orderd ? daemon.user : $0 }
        let groups: (String) -> String = { $0 == Accounts.orderd ? daemon.group : $0 }
        if daemon.user != Accounts.orderd { lines.append(shellText(["chown", "root:root", root, "\(root)/\(SpoolTree.partners)"])) }
        for path in OwnedPath.partner(OwnedPath.Partner(name: partner, account: account.name, role: role)) where path.isRequired {
            lines.append(
                shellText([
                    "install", "-d", "-o", names(path.owner), "-g", groups(path.group), "-m", String(path.mode, radix: 8),
                    "\(root)/\(path.path)",
                ]))
            for access in path.access {
                lines.append(shellText(["setfacl", "-m", "u:\(access.user):\(Self.letters(access.rights))", "\(root)/\(path.path)"]))
            }
        }
        if !keys.isEmpty {
            lines.append(
                shellText(["printf", "%s\\n"] + keys.map(\.line)) + " | "
                    + shellText(["install", "-D", "-m", "644", "/dev/stdin", SSHKeyFile.path(of: account.name)]))
        }
        return lines
    }

    /// Directories above the spool that sshd would refuse a chroot below.
    var refusedAbove: [String] {
        var (refused, path): ([String], String) = ([], root)
        while let slash = path.lastIndex(of: "/"), path != "/" {
            path = slash == path.startIndex ? "/" : String(path[..<slash])
            guard let status = try? SystemFiles().status(at: nil, path: Path(path)) else { continue }
            if status.owner != 0 || status.permissions & 0o022 != 0 { refused.append(path) }
        }
        return refused
    }

    private var owned: OwnedPath.Partner {
        OwnedPath.Partner(name: partner, account: ownAccount == nil ? nil : account.name, role: role)
    }

    /// The user and group by name that a daemon of this spool has.
    private static func daemon(of root: String) -> (user: String, group: String) {
        guard let status = try? SystemFiles().status(at: nil, path: Path("\(root)/\(SpoolTree.state)")), status.owner != 0,
            let entry = getpwuid(status.owner)?.pointee, let group = getgrgid(entry.pw_gid)?.pointee
        else { return (Accounts.orderd, Accounts.orderd) }
        return (String(cString: entry.pw_name), String(cString: group.gr_name))
    }

    private static func letters(_ rights: UInt16) -> String {
        (rights & 4 != 0 ? "r" : "-") + (rights & 2 != 0 ? "w" : "-") + (rights & 1 != 0 ? "x" : "-")
    }

    private static func absolute(_ path: String) -> String {
        guard let resolved = realpath(path, nil) else { return path }
        defer { free(resolved) }
        return String(cString: resolved)
    }
}
