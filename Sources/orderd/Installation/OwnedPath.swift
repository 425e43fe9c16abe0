import Spool
import Stages

/// One place, with all names known, that an installed orderd has: what ``Ownership`` says of it.
struct OwnedPath: Hashable, Sendable {
    /// Below the spool's root, `""` for the root itself; or from `/`.
    let path: String
    let kind: Ownership.Kind
    /// The names of the owner and of the group.
    let owner: String
    let group: String
    /// All twelve bits.
    let mode: FileMode
    /// Rights of users by name, in the access control list.
    let access: [UserAccess]
    /// Whether it must be there.
    let isRequired: Bool
    let why: String

    /// A named user's rights in an access control list.
    struct UserAccess: Hashable, Sendable {
        let user: String
        /// 4 read, 2 write, 1 enter, summed.
        let rights: UInt16
    }

    /// Whether the path counts from the spool's root.
    var isInSpool: Bool { !path.hasPrefix("/") }

    /// A partner as the table needs it.
    struct Partner: Hashable, Sendable {
        let name: String
        /// The name of its account; nil for one without: what would be its group's is the daemon's group's, so that nothing is left open.
        let account: String?
        /// One that only reads gets no rights in the drop directories.
        let role: PartnerRole
    }

    /// The spool but for its partners, a directory before what is in it.
    static func spool() -> [OwnedPath] {
        Ownership.spool.flatMap { row -> [OwnedPath] in
            if row.pattern.hasSuffix("<step>") {
                return Steps.standard.enumerated().map { row.at(SpoolTree.stepDirectory($0.offset + 1, $0.element.name)) }
            }
            if row.pattern.hasSuffix("<rest>") { return SpoolTree.restingQueues.map { row.at(SpoolTree.restingDirectory($0)) } }
            return [row.at(row.pattern)]
        }
    }

    /// What a partner has in the spool, a directory before what is in it.
    static func partner(_ partner: Partner) -> [OwnedPath] {
        Ownership.partner.flatMap { row -> [OwnedPath] in
            let pattern = row.pattern.replacing("<partner>", with: partner.name)
            if pattern.hasSuffix("<drop>") {
                return SpoolTree.dropDirectories.map { row.at(pattern.replacing("<drop>", with: $0), partner) }
            }
            if pattern.hasSuffix("<read>") {
                return SpoolTree.readDirectories.map { row.at(pattern.replacing("<read>", with: $0), partner) }
            }
            return [row.at(pattern, partner)]
        }
    }

    /// Outside of the spool: the configuration and the directory of keys.
    static func settings() -> [OwnedPath] { Ownership.settings.map { $0.at($0.pattern) } }

    /// A partner's keys.
    static func keys(of account: String) -> OwnedPath { Ownership.keys.at(SSHKeyFile.path(of: account)) }
}

extension Ownership {
    /// This row for one place.
    fileprivate func at(_ path: String, _ partner: OwnedPath.Partner? = nil) -> OwnedPath {
        let mayDrop = partner?.account != nil && partner?.role != .reader
        return OwnedPath(
            path: path, kind: kind, owner: owner.name(partner), group: group.name(partner), mode: mode,
            access: mayDrop ? access.map { OwnedPath.UserAccess(user: $0.user.name(partner), rights: $0.rights) } : [],
            isRequired: isRequired, why: why)
    }
}

extension Ownership.Account {
    fileprivate func name(_ partner: OwnedPath.Partner?) -> String {
        switch self {
        case .root: "root"
        case .orderd: Accounts.orderd
        case .administrators: Accounts.administrators
        case .partner: partner?.account ?? Accounts.orderd
        }
    }
}
