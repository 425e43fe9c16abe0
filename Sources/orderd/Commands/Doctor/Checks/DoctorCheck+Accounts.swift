import Ledger

/// The daemon's account, the groups, and the accounts of partners.
extension DoctorCheck {
    static let accounts: [DoctorCheck] = [
        DoctorCheck("accounts.daemon", .installation, "the users that sysusers.d declares: there, with that home and shell, not root") {
            examination in
            examination.declaredAccounts.users.compactMap { user in
                guard let found = examination.accounts.users[user.name] else {
                    return DoctorFinding(
                        subject: "user \(user.name)", found: "nothing", expected: "an account", why: "the daemon runs under it",
                        mend: [["systemd-sysusers", DeclaredFile.accounts.installed]])
                }
                guard found.user != 0 else {
                    return DoctorFinding(
                        subject: "user \(user.name)", found: "user id 0", expected: "an id of its own",
                        why: "the daemon would have all of root's rights",
                        mend: [["userdel", "-f", user.name], ["systemd-sysusers", DeclaredFile.accounts.installed]], isSafe: false)
                }
                guard found.home != user.home || found.shell != user.shell else { return nil }
                return DoctorFinding(
                    subject: "user \(user.name)", found: "home \(found.home), shell \(found.shell)",
                    expected: "home \(user.home), shell \(user.shell)", why: "nobody is to log in under the daemon's account",
                    mend: [["usermod", "-d", user.home, "-s", user.shell, user.name]])
            }
        },
        DoctorCheck("accounts.groups", .installation, "the groups that sysusers.d declares, and who is to be in them") { examination in
            let declared = examination.declaredAccounts
            let missing = declared.groups.filter { examination.accounts.groups[$0] == nil }.map { group in
                DoctorFinding(
                    subject: "group \(group)", found: "nothing", expected: "a group",
                    why: "owners and rights of the spool, or sshd's rule for partners, go by it",
                    mend: [["systemd-sysusers", DeclaredFile.accounts.installed]])
            }
            let outside = declared.members.filter { user, group in
                examination.accounts.users[user] != nil && examination.accounts.groups[group] != nil
                    && !examination.accounts.isMember(user, of: group)
            }
            return missing
                + outside.map { user, group in
                    DoctorFinding(
                        subject: "user \(user)", found: "not in the group \(group)", expected: "in it",
                        why: "it cannot give files to that group", mend: [["usermod", "-a", "-G", group, user]])
                }
        },
        DoctorCheck(
            "accounts.partners", .installation, "each partner's account: there where it has keys, with its group, shell and memberships"
        ) {
            examination in examination.partners.flatMap { examination.accountFaults(of: $0.name) }
        },
        DoctorCheck("accounts.privileged", .installation, "no partner's account is in the daemon's group or among the administrators") {
            examination in
            examination.partners.map { examination.account(of: $0.name) }.flatMap { account in
                [Accounts.orderd, Accounts.administrators].filter { examination.accounts.isMember(account, of: $0) }.map { group in
                    DoctorFinding(
                        subject: "user \(account)", found: "in the group \(group)", expected: "not in it",
                        why: "the partner could read every other partner's orders", mend: [["gpasswd", "-d", account, group]], isSafe: false
                    )
                }
            }
        },
        DoctorCheck("accounts.strangers", .installation, "nobody but partners is in the group \(Accounts.partners)") { examination in
            // Without the ledger nobody is known.
            guard let facts = examination.facts, let group = examination.accounts.groups[Accounts.partners] else { return [] }
            let known = Set(facts.partners.map { examination.account(of: $0.name) })
            return group.members.filter { !known.contains($0) }.map { account in
                DoctorFinding(
                    subject: "user \(account)", found: "in the group \(Accounts.partners)", expected: "a partner's account",
                    why: "sshd lets nobody of that group do anything but SFTP, and nobody asked for that here",
                    mend: [["gpasswd", "-d", account, Accounts.partners]], isSafe: false)
            }
        },
    ]
}

extension Examination {
    fileprivate var declaredAccounts: DeclaredAccounts { DeclaredAccounts(declared[.accounts] ?? "") }

    fileprivate func accountFaults(of partner: String) -> [DoctorFinding] {
        let name = account(of: partner)
        let home = path("partners/\(partner)")
        guard let user = accounts.users[name] else {
            // A partner without keys does not come by SFTP; it needs no account.
            guard machine.status(SSHKeyFile.path(of: name)) != nil, accounts.groups[Accounts.partners] != nil else { return [] }
            return [
                DoctorFinding(
                    subject: "user \(name)", found: "nothing", expected: "an account",
                    why: "the partner \(partner) has keys, and cannot log in",
                    mend: [
                        [
                            "useradd", "--system", "--user-group", "--groups", Accounts.partners, "--home-dir", home, "--no-create-home",
                            "--shell", Accounts.noShell, "--no-log-init", "--password", "*", "--comment", "orderd partner", name,
                        ]
                    ])
            ]
        }
        var findings: [DoctorFinding] = []
        // An account that only has the name is somebody else's: nothing of it is changed here.
        guard accounts.isMember(name, of: Accounts.partners) || user.home == home || machine.status(SSHKeyFile.path(of: name)) != nil else {
            return []
        }
        if user.home != home {
            findings.append(
                DoctorFinding(
                    subject: "user \(name)", found: "home \(user.home)", expected: home,
                    why: "orderd knows a partner's account by its home, its chroot", mend: [["usermod", "-d", home, name]], isSafe: false))
        }
        if user.shell != Accounts.noShell {
            findings.append(
                DoctorFinding(
                    subject: "user \(name)", found: "shell \(user.shell)", expected: Accounts.noShell,
                    why: "were sshd's rule for partners ever lost, the partner would have a shell",
                    mend: [["usermod", "-s", Accounts.noShell, name]]))
        }
        if accounts.groups[Accounts.partners] != nil, !accounts.isMember(name, of: Accounts.partners) {
            findings.append(
                DoctorFinding(
                    subject: "user \(name)", found: "not in the group \(Accounts.partners)", expected: "in it",
                    why: "sshd knows partners by that group: without it the account is not confined, and finds no keys",
                    mend: [["usermod", "-a", "-G", Accounts.partners, name]]))
        }
        if let group = accounts.groups[name], user.group != group.number {
            findings.append(
                DoctorFinding(
                    subject: "user \(name)", found: "group \(accounts.groupName(user.group))", expected: "group \(name)",
                    why: "the partner reads its receipts by its group, and by another group might read somebody else's",
                    mend: [["usermod", "-g", name, name]]))
        }
        return findings
    }
}
