import Ledger
import Orders

/// How a partner logs in, for people: its account and the fingerprints of its keys.
struct PartnerLogin {
    private let account: SystemAccount
    /// Keys that let it in.
    private let keys: [SSHPublicKey]
    /// Keys that are set aside while it may not log in.
    private let aside: [SSHPublicKey]

    /// nil for a partner that has no account.
    init?(of partner: PartnerChange, _ context: CommandContext, _ machine: any Machine) {
        let role = PartnerRole(rawValue: partner.role) ?? .shop
        let installation = PartnerInstallation(partner.name, role: role, context: context, machine: machine)
        guard let account = installation.ownAccount else { return nil }
        self.account = account
        // Who may not read them sees an account without keys, never one too many.
        let file = try? KeyFile(account: account.name, machine: machine)
        keys = (try? file?.keys()) ?? []
        aside = (try? file?.keys(aside: true)) ?? []
    }

    var lines: [String] {
        if keys.isEmpty, aside.isEmpty { return ["\(account.name), without a key"] }
        return keys.map { "\(account.name), \($0.fingerprint) \($0.comment)" } + aside.map { "off: \($0.fingerprint) \($0.comment)" }
    }

    func write(to writer: inout JSONWriter) {
        writer.member("account", account.name)
        for (name, list) in [("keys", keys), ("keysOff", aside)] {
            writer.key(name)
            writer.beginArray()
            for key in list { writer.value(key.fingerprint) }
            writer.endArray()
        }
    }
}
