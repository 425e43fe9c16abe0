import Spool

/// A row of the table of owners and modes that an installed spool has: `orderd partner add` applies it, `orderd doctor` compares with it, and
/// etc/tmpfiles.d/orderd.conf says the same. In a spool that belongs to the one who runs orderd, all of it is that one's.
struct Ownership: Hashable, Sendable {
    /// What stands at a place.
    enum Kind: Hashable, Sendable {
        case directory, file, socket
    }

    /// Whose a place is. Names of accounts and groups are in ``Accounts``.
    enum Account: Hashable, Sendable {
        case root, orderd, administrators, partner
    }

    /// Rights of a named user beside owner and group, as an entry of an access control list.
    struct Access: Hashable, Sendable {
        let user: Account
        /// 4 read, 2 write, 1 enter, summed.
        let rights: UInt16
    }

    /// The place: below the spool's root, or from `/`. `<step>` and `<rest>` are directories of `queue/`, `<partner>` a partner, `<account>`
    /// its account, `<drop>` and `<read>` the directories of a partner, `<day>` a date.
    let pattern: String
    let kind: Kind
    let owner: Account
    let group: Account
    /// All twelve bits.
    let mode: FileMode
    /// None but in drop directories, and there only for a partner that may drop.
    let access: [Access]
    /// Whether it must be there. What is not required is made by the daemon when it is needed.
    let isRequired: Bool
    /// Why it is so, in a sentence for people.
    let why: String

    private init(
        _ pattern: String, _ owner: Account, _ group: Account, _ mode: FileMode, kind: Kind = .directory, access: [Access] = [],
        isRequired: Bool = true, _ why: String
    ) {
        self.pattern = pattern
        self.kind = kind
        self.owner = owner
        self.group = group
        self.mode = mode
        self.access = access
        self.isRequired = isRequired
        self.why = why
    }

    /// The spool but for its partners. A directory stands before what is in it.
    static let spool: [Ownership] = [
        Ownership("", .root, .root, 0o755, "sshd refuses a chroot when anybody but root can write to a directory above it"),
        Ownership(SpoolTree.partners, .root, .root, 0o755, "sshd refuses a chroot when anybody but root can write to a directory above it"),
        Ownership(
            SpoolTree.claimed, .orderd, .orderd, 0o700,
            "no partner and no administrator may touch an upload between its claim and its commit"),
        Ownership(
            SpoolTree.journal, .orderd, .orderd, 0o700, "the journal has names and addresses, and nobody but the daemon may write to it"),
        Ownership(SpoolTree.queue, .orderd, .administrators, 0o2770, "administrators move orders by hand"),
        Ownership("\(SpoolTree.queue)/<step>", .orderd, .administrators, 0o2770, "administrators move orders by hand"),
        Ownership("\(SpoolTree.queue)/<rest>", .orderd, .administrators, 0o2770, "administrators move orders by hand"),
        Ownership(SpoolTree.done, .orderd, .administrators, 0o2770, "administrators look at ended orders"),
        Ownership(SpoolTree.cancelled, .orderd, .administrators, 0o2770, "administrators look at ended orders"),
        Ownership(SpoolTree.rejected, .orderd, .administrators, 0o2770, "administrators look at what was refused"),
        Ownership(SpoolTree.reports, .orderd, .administrators, 0o2750, "administrators read reports, the daemon writes them"),
        Ownership(SpoolTree.metrics, .orderd, .administrators, 0o2755, "monitoring reads metrics under an account of its own"),
        Ownership(
            SpoolTree.state, .orderd, .administrators, 0o2750,
            "administrators read the ledger and reach the control socket; only the daemon writes"),
        Ownership(
            "\(SpoolTree.state)/ledger.sqlite", .orderd, .administrators, 0o640, kind: .file, isRequired: false,
            "the daemon must be able to write the ledger, administrators to read it"),
        Ownership(
            "\(SpoolTree.state)/status.json", .orderd, .administrators, 0o640, kind: .file, isRequired: false,
            "administrators read the daemon's state"),
        Ownership(
            "\(SpoolTree.state)/\(AlertFile.name)", .orderd, .administrators, 0o640, kind: .file, isRequired: false,
            "administrators read what fires"),
        Ownership(
            "\(SpoolTree.state)/lock", .orderd, .administrators, 0o640, kind: .file, isRequired: false,
            "the daemon must be able to take the lock"),
        Ownership(
            "\(SpoolTree.state)/control", .orderd, .administrators, 0o660, kind: .socket, isRequired: false,
            "administrators give commands through it"),
    ]

    /// What one partner has in the spool.
    static let partner: [Ownership] = [
        Ownership("\(SpoolTree.partners)/<partner>", .root, .root, 0o755, "sshd refuses a chroot that anybody but root can write to"),
        Ownership(
            "\(SpoolTree.partners)/<partner>/<drop>", .root, .orderd, 0o2770, access: [Access(user: .partner, rights: 7)],
            "the partner drops files, and the daemon takes them; root owns it, so that the partner cannot change its mode"),
        Ownership(
            "\(SpoolTree.partners)/<partner>/<read>", .orderd, .partner, 0o2750,
            "the daemon writes, the partner reads; the bit 2000 gives new files the partner's group"),
        Ownership(
            "\(SpoolTree.partners)/<partner>/receipts/<drop>", .orderd, .partner, 0o2750,
            "the daemon writes, the partner reads; the bit 2000 gives new files the partner's group"),
        Ownership(
            "\(SpoolTree.partners)/<partner>/dev", .orderd, .orderd, 0o755,
            "the daemon makes the socket here to which sshd logs when an upload ends"),
        Ownership(
            "\(SpoolTree.claimed)/<partner>", .orderd, .orderd, 0o700, isRequired: false,
            "only the daemon may touch an upload between its claim and its commit"),
        Ownership(
            "\(SpoolTree.claimed)/<partner>/<drop>", .orderd, .orderd, 0o700, isRequired: false,
            "only the daemon may touch an upload between its claim and its commit"),
    ]

    /// Outside of the spool.
    static let settings: [Ownership] = [
        Ownership(
            "/etc/orderd", .root, .root, 0o755, "who can write here can let partners in; verbs read the configuration under every account"),
        Ownership(
            "/etc/orderd/orderd.yaml", .root, .root, 0o644, kind: .file, isRequired: false,
            "verbs read the configuration under every account"),
        Ownership(
            SSHKeyFile.directory, .root, .root, 0o755, "who can write here can let partners in; sshd reads it under the partner's account"),
        Ownership(
            "/etc/orderd/credentials", .root, .root, 0o700, "secrets, which systemd hands to the daemon; without it the unit does not start"
        ),
    ]

    /// A partner's keys. Absent while it has none.
    static let keys = Ownership(
        "\(SSHKeyFile.directory)/<account>", .root, .root, 0o644, kind: .file, isRequired: false,
        "a partner must not change its keys; sshd reads them under the partner's account")
}

/// The accounts and groups of an installed orderd, by name. etc/sysusers.d/orderd.conf makes them.
enum Accounts {
    /// The daemon's user, and the group of the same name.
    static let orderd = "orderd"
    /// Who may look at all and move orders.
    static let administrators = "orderd-admin"
    /// Every partner's account is in it: sshd tells partners by it.
    static let partners = "orderd-partners"
    /// The shell of partners.
    static let noShell = "/usr/sbin/nologin"
}

/// Where sshd finds a partner's keys.
enum SSHKeyFile {
    /// The directory of one file an account; as in etc/ssh/sshd_config.d/orderd.conf.
    static let directory = "/etc/orderd/authorized_keys.d"

    /// What tells sshd of partners.
    static let serverSettings = "/etc/ssh/sshd_config.d/orderd.conf"

    /// The file of an account.
    static func path(of account: String) -> String { "\(directory)/\(account)" }
}
