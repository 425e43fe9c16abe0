import Ledger
import Orders
import Spool
import Stages

/// One look at a machine: what the checks compare, read once.
struct Examination {
    let machine: any MachineView
    /// The spool's directory, absolute.
    let root: String
    let configuration: Configuration
    /// What is declared, from `--etc`, the package's copies, or what is installed.
    let declared: DeclaredInstallation
    /// Whether orderd is installed as a service, with this spool.
    let isInstalled: Bool
    /// Within a container some things are its host's to set.
    let isContainer: Bool
    let accounts: AccountDatabase
    let ledger: Result<LedgerFacts, LedgerError>
    /// A daemon that runs in this spool.
    let daemon: RunningDaemon?

    init(machine: any MachineView, root: String, configuration: Configuration, etc: String?) {
        self.machine = machine
        self.root = root.count > 1 && root.hasSuffix("/") ? String(root.dropLast()) : root
        self.configuration = configuration
        declared = DeclaredInstallation(machine, etc: etc)
        accounts = AccountDatabase(machine)
        // Somebody's own spool on a server is no installation; an installation that lost one of its files still is one.
        let hasTraces = declared.isPresent(machine) || accounts.users[Accounts.orderd] != nil
        isInstalled = etc != nil || (hasTraces && declared.spool == self.root)
        isContainer = ["/run/systemd/container", "/.dockerenv", "/run/.containerenv"].contains { machine.status($0) != nil }
        ledger = machine.ledger(inSpool: self.root)
        daemon = RunningDaemon(machine, root: self.root)
    }

    /// The absolute path of a place in the spool.
    func path(_ relative: String) -> String { relative.isEmpty ? root : "\(root)/\(relative)" }

    /// What the ledger says; nil where it cannot be read, which a check of its own tells.
    var facts: LedgerFacts? { try? ledger.get() }

    /// Partners that are not removed.
    var partners: [PartnerChange] { facts?.partners.filter { $0.state != "removed" } ?? [] }

    /// The name of a partner's account.
    func account(of partner: String) -> String { configuration[Keys.Partners.accountPrefix] + partner }

    /// The partner as the table of owners needs it.
    func owned(_ partner: PartnerChange) -> OwnedPath.Partner {
        let account = account(of: partner.name)
        // One that has keys is to have an account: where that is missing, nothing is to be handed to somebody else.
        let hasAccount = accounts.users[account] != nil || machine.status(SSHKeyFile.path(of: account)) != nil
        return OwnedPath.Partner(
            name: partner.name, account: hasAccount ? account : nil, role: PartnerRole(rawValue: partner.role) ?? .shop)
    }
}

/// A daemon that runs, as it says of itself in `state/status.json`.
struct RunningDaemon {
    let process: Int
    let software: String
    /// Whether its program was replaced or removed since it started.
    let isReplaced: Bool

    init?(_ machine: any MachineView, root: String) {
        guard let text = machine.text("\(root)/\(SpoolTree.state)/status.json"), let state = try? JSONValue.parse(Array(text.utf8)),
            state["state"]?.text != "stopped", let process = state["pid"]?.integer.map(Int.init),
            // The number may be another program's by now.
            machine.text("/proc/\(process)/comm") == "orderd\n"
        else { return nil }
        self.process = process
        software = state["software"]?.text ?? ""
        isReplaced = machine.target("/proc/\(process)/exe")?.hasSuffix(" (deleted)") ?? false
    }
}
