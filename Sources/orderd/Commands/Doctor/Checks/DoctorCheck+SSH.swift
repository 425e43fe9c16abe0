import Ledger

/// What sshd makes of partners.
extension DoctorCheck {
    static let ssh: [DoctorCheck] = [
        DoctorCheck(
            "ssh.dropin", .installation, "sshd's drop-in, keyword by keyword, with the declared one; other settings may stand beside"
        ) {
            examination in
            guard let text = examination.machine.text(DeclaredFile.ssh.installed) else { return [] }
            let found = SSHSettings(text)
            return examination.declared.ssh.blocks.flatMap { block in examination.differences(from: block, in: found) }
        },
        DoctorCheck("ssh.included", .installation, "sshd's own configuration reads the drop-in") { examination in
            guard !examination.readsDropIns else { return [] }
            return [
                DoctorFinding(
                    subject: "/etc/ssh/sshd_config", found: "no Include of /etc/ssh/sshd_config.d/*.conf before the first Match",
                    expected: "one", why: "sshd knows nothing of partners: they are not confined, and find no keys",
                    mend: [
                        ["sed", "-i", "1i Include /etc/ssh/sshd_config.d/*.conf", "/etc/ssh/sshd_config"],
                        ["systemctl", "try-reload-or-restart", "ssh"],
                    ])
            ]
        },
        DoctorCheck(
            "ssh.effective", .installation, "what sshd itself says of each partner (sshd -T -C user=...), with the declared drop-in"
        ) {
            examination in examination.effectiveFaults()
        },
    ]
}

extension Examination {
    private static let whyConfined = "partners are confined to SFTP in their own directories by it"

    /// Whether sshd's own file includes the directory of drop-ins, for all users; as far as that file may be read.
    fileprivate var readsDropIns: Bool {
        guard let text = machine.text("/etc/ssh/sshd_config") else { return true }
        return SSHSettings(text).blocks[0].settings.contains { keyword, value in
            keyword == "include"
                && value.split { $0 == " " || $0 == "\t" }.contains { pattern in
                    let pattern = pattern.hasPrefix("/") ? String(pattern) : "/etc/ssh/\(pattern)"
                    return ["/etc/ssh/sshd_config.d/*.conf", "/etc/ssh/sshd_config.d/*", DeclaredFile.ssh.installed].contains(pattern)
                }
        }
    }

    fileprivate func differences(from block: SSHSettings.Block, in found: SSHSettings) -> [DoctorFinding] {
        let restore = declared.mend(.ssh) + DeclaredFile.ssh.afterwards
        let isSafe = declared.source != nil
        guard let same = found.block(block.criteria) else {
            return [
                DoctorFinding(
                    subject: DeclaredFile.ssh.installed, found: "no Match \(block.criteria)", expected: "one", why: Self.whyConfined,
                    mend: restore, isSafe: isSafe)
            ]
        }
        return block.settings.compactMap { keyword, value in
            let other = same.value(keyword)
            guard other.map(SSHSettings.normal) != SSHSettings.normal(value) else { return nil }
            return DoctorFinding(
                subject: DeclaredFile.ssh.installed, found: other.map { "\(keyword) \($0)" } ?? "no \(keyword)",
                expected: "\(keyword) \(value)", why: Self.whyConfined, mend: restore, isSafe: isSafe)
        }
    }

    /// Another file, or a `Match` before this one, may have the first word: only sshd knows.
    fileprivate func effectiveFaults() -> [DoctorFinding] {
        // Only root may ask.
        guard machine.user == 0, readsDropIns, machine.status(DeclaredFile.ssh.installed) != nil else { return [] }
        let members = partners.map { account(of: $0.name) }.filter { accounts.isMember($0, of: Accounts.partners) }
        var findings: [DoctorFinding] = []
        for account in members.prefix(50) {
            guard let outcome = machine.run(["sshd", "-T", "-C", "user=\(account),host=localhost,addr=127.0.0.1"]) else { return [] }
            guard outcome.code == 0 else {
                // Before its first start sshd lacks a directory and host keys: that says nothing of partners.
                guard outcome.output.contains("onfiguration option") || outcome.output.contains("line ") else { return [] }
                return [
                    DoctorFinding(
                        subject: "sshd", found: outcome.output.split(separator: "\n").first.map(String.init) ?? "an error",
                        expected: "a configuration that it accepts", why: "sshd does not start again, for anybody",
                        advice: "mend the line that it names, then: sshd -t", isSafe: false)
                ]
            }
            let answer = SSHSettings(outcome.output).blocks[0]
            for (keyword, value) in declared.ssh.matches.flatMap(\.settings) {
                guard let other = answer.value(keyword), SSHSettings.normal(other) != SSHSettings.normal(value) else { continue }
                // What the drop-in itself says wrong is told by the check on it.
                if isFaultOfDropIn(keyword) { continue }
                findings.append(
                    DoctorFinding(
                        subject: "sshd for \(account)", found: "\(keyword) \(other)", expected: "\(keyword) \(value)",
                        why: Self.whyConfined,
                        advice:
                            "another file of /etc/ssh has the first word: find it with grep -ri \(keyword) /etc/ssh, take the line out, then: systemctl reload ssh",
                        isSafe: false))
            }
        }
        return findings
    }

    private func isFaultOfDropIn(_ keyword: String) -> Bool {
        guard let text = machine.text(DeclaredFile.ssh.installed) else { return true }
        let found = SSHSettings(text)
        return declared.ssh.matches.contains { block in
            guard let value = block.value(keyword) else { return false }
            return found.block(block.criteria)?.value(keyword).map(SSHSettings.normal) != SSHSettings.normal(value)
        }
    }
}
