import Glibc
import Spool

/// Makes directories of a spool with the owners, modes and access control lists that the table says, or mends them.
///
/// Each is worked on by its descriptor, found part by part without following a link: what the daemon's user can write to leads root nowhere
/// else. Run again, it changes nothing.
struct TreeMaker {
    private let tree: SpoolTree
    private let machine: any Machine
    private let files = SystemFiles()

    init(root: String, machine: any Machine) throws(FileError) {
        tree = try SpoolTree(root: root, files: files)
        self.machine = machine
    }

    /// Makes the directories among `paths`, which stand before what is in them; files are left to who writes them.
    ///
    /// - Throws: `couldNotRun` where an account is missing or the file system has no access control lists; `FileError`.
    func make(_ paths: [OwnedPath]) throws {
        for path in paths where path.kind == .directory && path.isInSpool { try make(path) }
    }

    private func make(_ path: OwnedPath) throws {
        let (owner, group) = (try user(path.owner), try self.group(path.group))
        var users: [UInt32: UInt16] = [:]
        for access in path.access { users[try user(access.user)] = access.rights }
        // Closed to all but the owner until it is whole.
        let directory = try tree.directory(path.path, creating: path.mode & 0o700)
        let status = try files.status(directory)
        let isHandedOver = status.group != group && path.mode & 0o2000 != 0 && path.owner == Accounts.orderd
        if isHandedOver { try handOver(directory, from: status.owner, to: group) }
        if status.owner != owner || status.group != group { try files.setOwner(directory, user: owner, group: group) }
        // Once more, for what the daemon published meanwhile. The first time was for a run that breaks off here: the next finds the group right.
        if isHandedOver { try handOver(directory, from: owner, to: group) }
        try setAccess(directory, AccessControlList(mode: path.mode, users: users), path)
        // Last: a change of owner, and of the list by one who is not of the group, can take the bit away.
        if try files.status(directory).permissions != shown(path, users) { try files.setMode(directory, to: shown(path, users)) }
    }

    /// The mode with the mask in the group's place, as a file that has a list shows it.
    private func shown(_ path: OwnedPath, _ users: [UInt32: UInt16]) -> FileMode {
        path.mode | FileMode(users.values.reduce(0, |)) << 3
    }

    private func setAccess(_ directory: Descriptor, _ list: AccessControlList, _ path: OwnedPath) throws {
        if try files.accessControlList(directory) == list { return }
        do throws(FileError) { try files.setAccessControlList(directory, to: list) } catch {
            guard error.code == EOPNOTSUPP else { throw error }
            // Without entries for users the mode says all.
            if list.users.isEmpty { return }
            throw CommandFailure.couldNotRun(
                "the file system of \(tree.root)/\(path.path) keeps no access control lists, without which a partner and the daemon cannot both "
                    + "write to one directory: mount it with the option acl, or put the spool on ext4, XFS or btrfs; then run the command again"
            )
        }
    }

    /// What the daemon has published before the partner had an account.
    private func handOver(_ directory: Descriptor, from owner: UInt32, to group: UInt32) throws {
        let reader = try files.list(directory)
        while let batch = try reader.next() {
            for entry in batch {
                guard let file = try? files.openForReading(in: directory, entry.name) else { continue }
                defer { try? files.close(file) }
                let status = try files.status(file)
                guard status.kind == .regular, status.links == 1, status.owner == owner else { continue }
                try files.setOwner(file, user: nil, group: group)
                try files.setMode(file, to: status.permissions)
            }
        }
    }

    private func user(_ name: String) throws(CommandFailure) -> UInt32 {
        if let account = machine.account(named: name) { return account.user }
        throw .couldNotRun("there is no account \(name) on this machine: systemd-sysusers makes orderd's own (etc/sysusers.d/orderd.conf)")
    }

    private func group(_ name: String) throws(CommandFailure) -> UInt32 {
        if let group = machine.group(named: name) { return group.number }
        throw .couldNotRun("there is no group \(name) on this machine: systemd-sysusers makes orderd's own (etc/sysusers.d/orderd.conf)")
    }
}
