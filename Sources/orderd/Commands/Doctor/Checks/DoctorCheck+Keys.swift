import Ledger
import Spool

/// The files that sshd finds partners' keys in. Their owners and modes are checked with the tree.
extension DoctorCheck {
    static let keys: [DoctorCheck] = [
        DoctorCheck("keys.content", .installation, "every partner's key file holds public keys, and nothing else") { examination in
            examination.keyFiles.compactMap { name in
                let path = SSHKeyFile.path(of: name)
                guard let text = examination.machine.text(path) else { return nil }
                let lines = text.split(separator: "\n").map(\.trimmed).filter { !$0.isEmpty && !$0.hasPrefix("#") }
                let isPrivate = text.contains("PRIVATE KEY-----")
                guard isPrivate || !lines.allSatisfy(isPublicKey) else { return nil }
                return DoctorFinding(
                    subject: path, found: isPrivate ? "a private key" : "a line that is no public key", expected: "public keys, one a line",
                    why: isPrivate
                        ? "who reads it can log in as the partner; the partner has to make a new one"
                        : "sshd passes over it, and the partner cannot log in",
                    mend: [["mv", "-T", path, path + ".set-aside"]],
                    advice: "then put the partner's public key there: orderd partner key add, or a text editor", isSafe: false)
            }
        },
        DoctorCheck("keys.strangers", .installation, "every key file is a partner's") { examination in
            guard let facts = examination.facts else { return [] }
            let known = Set(facts.partners.map { examination.account(of: $0.name) })
            return examination.keyFiles.filter { !known.contains($0) && !$0.contains(".") }.map { name in
                DoctorFinding(
                    subject: SSHKeyFile.path(of: name), found: "keys for \(name), which is no partner's account", expected: "no file",
                    why: "an account of that name, once made, could be logged in to with them",
                    mend: [["mv", "-T", SSHKeyFile.path(of: name), SSHKeyFile.path(of: name) + ".set-aside"]], isSafe: false)
            }
        },
    ]
}

/// Whether a line holds a public key of a kind that OpenSSH knows, options before it or not.
private func isPublicKey(_ line: String) -> Bool {
    let kinds = ["ssh-", "ecdsa-sha2-", "sk-ssh-", "sk-ecdsa-", "rsa-sha2-"]
    let words = line.split { $0 == " " || $0 == "\t" }
    guard let kind = words.firstIndex(where: { word in kinds.contains { word.hasPrefix($0) } }), kind + 1 < words.count else {
        return false
    }
    return words[kind + 1].hasPrefix("AAAA")
}

extension Examination {
    /// Names of key files: accounts, and what was set aside.
    fileprivate var keyFiles: [String] {
        (machine.names(SSHKeyFile.directory) ?? []).compactMap(\.text).filter { !$0.hasPrefix(".") && !$0.hasSuffix(".set-aside") }
    }
}
