import Ledger
import Spool

/// The spool's directories and the few files in them that others rely on, against ``Ownership``.
extension DoctorCheck {
    static let tree: [DoctorCheck] = [
        DoctorCheck("tree.present", .anySpool, "every directory of the spool and of its partners is there, and is a directory") {
            examination in
            examination.isInstalled ? examination.ownedPlaces().compactMap(examination.absence) : examination.ownAbsences()
        },
        DoctorCheck("tree.owner", .installation, "owner and group of every place, with the table of owners and modes") { examination in
            examination.presentPlaces().compactMap { place, status in examination.wrongOwner(of: place, status) }
        },
        DoctorCheck("tree.mode", .installation, "permission bits of every place, with that table") { examination in
            examination.presentPlaces().compactMap { place, status in
                guard status.mode != place.mode else { return nil }
                let path = examination.absolute(place)
                return DoctorFinding(
                    subject: path, found: "mode \(octal(status.mode))", expected: octal(place.mode), why: place.why,
                    mend: [["chmod", octal(place.mode), path]])
            }
        },
        DoctorCheck("tree.acl", .installation, "access control lists of every place, with that table") { examination in
            examination.presentPlaces().compactMap { place, _ in examination.wrongAccess(to: place) }
        },
        DoctorCheck("tree.parents", .installation, "every directory above the chroots is root's, and nobody else can write to it") {
            examination in examination.openParents()
        },
    ]
}

/// A mode as people write it.
private func octal(_ mode: FileMode) -> String {
    let digits = String(mode, radix: 8)
    return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
}

extension Examination {
    /// Every place that the table names, with the accounts of this machine.
    func ownedPlaces() -> [OwnedPath] {
        OwnedPath.spool() + partners.flatMap { OwnedPath.partner(owned($0)) } + OwnedPath.settings()
            + partners.map { OwnedPath.keys(of: account(of: $0.name)) }
    }

    fileprivate func absolute(_ place: OwnedPath) -> String { place.isInSpool ? path(place.path) : place.path }

    fileprivate func presentPlaces() -> [(OwnedPath, PathStatus)] {
        ownedPlaces().compactMap { place in
            guard let status = machine.status(absolute(place)), status.kind == place.kind.onDisk else { return nil }
            return (place, status)
        }
    }

    fileprivate func absence(_ place: OwnedPath) -> DoctorFinding? {
        let path = absolute(place)
        guard let status = machine.status(path) else {
            guard place.isRequired, place.kind == .directory, machine.isAbsent(path) else { return nil }
            return DoctorFinding(
                subject: path, found: "nothing", expected: "a directory", why: place.why, mend: [making(place)] + settingAccess(place))
        }
        guard status.kind != place.kind.onDisk else { return nil }
        return DoctorFinding(
            subject: path, found: "a \(status.kind.rawValue)", expected: "a \(place.kind.onDisk.rawValue)", why: place.why,
            mend: [["mv", "-T", path, path + ".set-aside"]] + (place.kind == .directory ? [making(place)] + settingAccess(place) : []),
            advice:
                "look at \(path).set-aside afterwards: whoever put it there had a reason, or was somebody who should not have been there",
            isSafe: false)
    }

    /// In somebody's own spool only what is missing counts.
    fileprivate func ownAbsences() -> [DoctorFinding] {
        (OwnedPath.spool() + partners.flatMap { OwnedPath.partner(owned($0)) }).compactMap { place in
            // sshd's socket is for installed spools.
            guard place.isRequired, place.kind == .directory, !place.path.hasSuffix("/dev"), machine.isAbsent(path(place.path)) else {
                return nil
            }
            return DoctorFinding(
                subject: path(place.path), found: "nothing", expected: "a directory", why: place.why,
                mend: [["mkdir", "-p", "-m", "0750", path(place.path)]])
        }
    }

    fileprivate func wrongOwner(of place: OwnedPath, _ status: PathStatus) -> DoctorFinding? {
        // An account that is missing has a check of its own.
        guard let owner = accounts.users[place.owner]?.user, let group = accounts.groups[place.group]?.number else { return nil }
        guard status.owner != owner || status.group != group else { return nil }
        let path = absolute(place)
        return DoctorFinding(
            subject: path, found: "owner \(accounts.userName(status.owner)):\(accounts.groupName(status.group))",
            expected: "\(place.owner):\(place.group)", why: place.why,
            mend: [["chown", "-h", "\(place.owner):\(place.group)", path]]
                + (place.kind == .file ? [["chmod", octal(place.mode), path]] : []))
    }

    fileprivate func wrongAccess(to place: OwnedPath) -> DoctorFinding? {
        let path = absolute(place)
        guard let list = machine.accessList(path) else { return nil }
        var wanted: [UInt32: AccessList.Rights] = [:]
        for entry in place.access {
            guard let id = accounts.users[entry.user]?.user else { return nil }
            wanted[id] = entry.rights
        }
        let own = list.ownGroup.map { $0 == place.mode >> 3 & 7 } ?? true
        guard list.users != wanted || !list.groups.isEmpty || !own || list.hasDefault else { return nil }
        let expected = place.access.map { "user:\($0.user):\(rights($0.rights))" }
        return DoctorFinding(
            subject: path, found: "access list " + described(list), expected: expected.isEmpty ? "none" : expected.joined(separator: ","),
            why: place.why, mend: settingAccess(place, always: true))
    }

    private func described(_ list: AccessList) -> String {
        var entries = list.users.sorted { $0.key < $1.key }.map { "user:\(accounts.userName($0.key)):\(rights($0.value))" }
        entries += list.groups.sorted { $0.key < $1.key }.map { "group:\(accounts.groupName($0.key)):\(rights($0.value))" }
        if let own = list.ownGroup { entries.append("group::\(rights(own))") }
        if list.hasDefault { entries.append("with defaults") }
        return entries.isEmpty ? "missing" : entries.joined(separator: ",")
    }

    private func rights(_ bits: AccessList.Rights) -> String {
        (bits & 4 == 0 ? "-" : "r") + (bits & 2 == 0 ? "-" : "w") + (bits & 1 == 0 ? "-" : "x")
    }

    private func making(_ place: OwnedPath) -> DoctorFinding.Command {
        ["install", "-d", "-o", place.owner, "-g", place.group, "-m", octal(place.mode), absolute(place)]
    }

    private func settingAccess(_ place: OwnedPath, always: Bool = false) -> [DoctorFinding.Command] {
        let path = absolute(place)
        if place.access.isEmpty { return always ? [["setfacl", "-b", path], ["chmod", octal(place.mode), path]] : [] }
        let mode = UInt16(place.mode)
        let base = ["u::\(rights(mode >> 6 & 7))", "g::\(rights(mode >> 3 & 7))", "o::\(rights(mode & 7))"]
        let named = place.access.map { "u:\($0.user):\(rights($0.rights))" }
        return [["setfacl", "-b", path], ["setfacl", "--set", (base + named).joined(separator: ","), path]]
    }

    /// sshd looks at every directory from the root of the file system down to the chroot.
    fileprivate func openParents() -> [DoctorFinding] {
        var findings: [DoctorFinding] = []
        var above = root
        while above.count > 1 {
            above = String(above[..<(above.lastIndex(of: "/") ?? above.startIndex)])
            let path = above.isEmpty ? "/" : above
            guard let status = machine.status(path) else { continue }
            if status.owner != 0 || status.mode & 0o022 != 0 {
                findings.append(
                    DoctorFinding(
                        subject: path, found: "owner \(accounts.userName(status.owner)), mode \(octal(status.mode))",
                        expected: "root's, and writable by nobody else",
                        why: "sshd refuses every partner when anybody but root can write to a directory above its chroot",
                        mend: [["chown", "-h", "root:root", path], ["chmod", "go-w", path]], isSafe: false))
            }
        }
        return findings
    }
}

extension Ownership.Kind {
    /// What the file system calls it.
    fileprivate var onDisk: FileKind {
        switch self {
        case .directory: .directory
        case .file: .regular
        case .socket: .socket
        }
    }
}
