/// The account under which a partner logs in, and the group of the same name.
///
/// What has to be done is found by looking at what is there, so that a run after one that broke off does the rest.
struct PartnerAccount {
    let name: String
    /// The partner's chroot, which is its home: sshd finds it so.
    let home: String

    /// The longest name that Linux's tools make an account of.
    static let longestName = 32
    /// The day that an account expired on which may not log in: the first of 1970.
    private static let longAgo = "1"

    /// Whether an account is this partner's: nothing else has its chroot for a home.
    func isOurs(_ account: SystemAccount) -> Bool {
        account.home == home && account.shell == Accounts.noShell && account.user != 0
    }

    /// The commands that are still needed until it is there.
    ///
    /// - Throws: `refused` where the name is somebody else's.
    func missing(on machine: any Machine) throws(CommandFailure) -> [[String]] {
        guard name.utf8.count <= Self.longestName else {
            throw .refused("\(name) is too long for an account's name, at most \(Self.longestName) bytes; choose a shorter name")
        }
        var commands: [[String]] = []
        let partners = machine.group(named: Accounts.partners)
        if partners == nil { commands.append(["groupadd", "--system", Accounts.partners]) }
        let group = machine.group(named: name)
        guard let account = machine.account(named: name) else {
            // A group without the account is somebody's: what it may do, the partner could.
            guard group == nil else {
                throw .refused("there is a group \(name) on this machine already; choose another name, or set partners.accountPrefix")
            }
            // An asterisk is no password's digest, so none fits; an account that is locked (!) sshd can be told to refuse whatever its key.
            commands.append([
                "useradd", "--system", "--user-group", "--groups", Accounts.partners, "--home-dir", home, "--no-create-home", "--shell",
                Accounts.noShell, "--no-log-init", "--password", "*", "--comment", "orderd partner", name,
            ])
            return commands
        }
        guard isOurs(account) else {
            throw .refused(
                "there is an account \(name) on this machine already that is no partner's (its home is \(printable(account.home))); choose "
                    + "another name, or set partners.accountPrefix")
        }
        // useradd writes one file after the other, and may have been killed in between.
        if group == nil { commands.append(["groupadd", "--gid", "\(account.group)", name]) }
        if let group, group.number != account.group {
            throw .refused("the group of the account \(name) is not the group \(name); usermod --gid \(name) \(name) makes it so")
        }
        if partners?.members.contains(name) != true { commands.append(["usermod", "--append", "--groups", Accounts.partners, name]) }
        // Left by a partner of another spool in this place, or by an enabling that broke off: whoever is locked out in this one is not added.
        if machine.isExpired(name) { commands.append(unlock) }
        return commands
    }

    /// The command after which nobody can log in any more.
    var lock: [String] { ["usermod", "--expiredate", Self.longAgo, name] }

    /// The command after which one can again.
    var unlock: [String] { ["usermod", "--expiredate", "", name] }
}
