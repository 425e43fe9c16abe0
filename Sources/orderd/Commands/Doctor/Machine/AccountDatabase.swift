/// Accounts and groups of the machine, as its own files have them: orderd's are made there.
struct AccountDatabase {
    let users: [String: SystemAccount]
    let groups: [String: SystemGroup]

    /// User ids by name.
    var ids: [String: UInt32] { users.mapValues(\.user) }

    init(_ machine: any MachineView) {
        let users = Self.lines(machine.text("/etc/passwd")).compactMap { fields -> SystemAccount? in
            guard fields.count >= 7, let id = UInt32(fields[2]), let group = UInt32(fields[3]) else { return nil }
            return SystemAccount(name: fields[0], user: id, group: group, home: fields[5], shell: fields[6])
        }
        let groups = Self.lines(machine.text("/etc/group")).compactMap { fields -> SystemGroup? in
            guard fields.count >= 4, let id = UInt32(fields[2]) else { return nil }
            return SystemGroup(name: fields[0], number: id, members: fields[3].split(separator: ",").map(String.init))
        }
        self.users = Dictionary(users.map { ($0.name, $0) }) { first, _ in first }
        self.groups = Dictionary(groups.map { ($0.name, $0) }) { first, _ in first }
    }

    private static func lines(_ text: String?) -> [[String]] {
        (text ?? "").split(separator: "\n").map { $0.split(separator: ":", omittingEmptySubsequences: false).map(String.init) }
    }

    /// Whether a user is in a group, by its own group or as a member.
    func isMember(_ user: String, of group: String) -> Bool {
        guard let group = groups[group] else { return false }
        return users[user]?.group == group.number || group.members.contains(user)
    }

    /// The name of a user, or its number where it has none.
    func userName(_ id: UInt32) -> String { users.values.filter { $0.user == id }.map(\.name).min() ?? "\(id)" }

    /// The name of a group, or its number where it has none.
    func groupName(_ id: UInt32) -> String { groups.values.filter { $0.number == id }.map(\.name).min() ?? "\(id)" }
}
