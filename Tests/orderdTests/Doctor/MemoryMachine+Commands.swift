import Ledger
import Spool

@testable import orderd

/// What the programs do that the doctor runs or prints, on a machine in memory.
extension MemoryMachine {
    func execute(_ words: [String]) -> ProgramOutcome? {
        let operands = words.dropFirst().filter { !$0.hasPrefix("-") }
        switch words[0] {
        case "chown": return changeOwner(words, operands)
        case "chmod": return changeMode(operands)
        case "setfacl": return setAccess(words, operands)
        case "install": return install(words, operands)
        case "mkdir": return make(words)
        case "mv":
            let (from, to) = (operands[0], operands[1])
            for path in nodes.keys where path == from || path.hasPrefix(from + "/") {
                nodes[to + path.dropFirst(from.count)] = nodes.removeValue(forKey: path)
            }
            return done
        case "systemctl": return control(operands)
        case "systemd-sysusers": return makeAccounts()
        case "systemd-tmpfiles": return nodes[operands[0]] == nil ? failed("no such file") : done
        case "useradd", "usermod", "userdel", "gpasswd": return changeAccount(words, operands)
        case "sysctl": return setKernel(words, operands)
        case "timedatectl":
            isSynchronised = true
            now = 1_795_500_000_000
            return done
        case "umount":
            mountList.removeAll { $0.point == operands[0] }
            return done
        case "mount":
            guard let index = mountList.firstIndex(where: { $0.point == operands.last }) else { return failed("not mounted") }
            mountList[index].options = ["rw"]
            return done
        case "sed":
            let text = nodes[words[3]]?.text ?? ""
            nodes[words[3]]?.text = words[2].dropFirst(3) + "\n" + text
            return done
        case "apt-get":
            for (path, text) in package { put(path, text) }
            changedFiles = ""
            facts = .success(repaired)
            return done
        case "sqlite3":
            change { $0.settings.journalMode = "wal" }
            return done
        case "orderd":
            change { $0.pauses = [] }
            return done
        case "sshd": return sshd(words)
        case "dpkg": return ProgramOutcome(code: changedFiles.isEmpty ? 0 : 1, output: changedFiles)
        default: return nil
        }
    }

    private var done: ProgramOutcome { ProgramOutcome(code: 0, output: "") }
    private func failed(_ words: String) -> ProgramOutcome { ProgramOutcome(code: 1, output: words) }

    // MARK: Files

    private func changeOwner(_ words: [String], _ operands: [String]) -> ProgramOutcome {
        if words.contains(where: { $0.hasPrefix("--reference") }) { return done }
        let names = operands[0].split(separator: ":").map(String.init)
        let accounts = AccountDatabase(self)
        guard let user = accounts.users[names[0]], let group = accounts.groups[names[1]] else { return failed("invalid user") }
        guard nodes[operands[1]] != nil else { return failed("no such file") }
        nodes[operands[1]]?.owner = user.user
        nodes[operands[1]]?.group = group.number
        return done
    }

    private func changeMode(_ operands: [String]) -> ProgramOutcome {
        guard let mode = nodes[operands[1]]?.mode else { return failed("no such file") }
        nodes[operands[1]]?.mode = operands[0] == "go-w" ? mode & ~0o022 : FileMode(operands[0], radix: 8) ?? mode
        return done
    }

    private func setAccess(_ words: [String], _ operands: [String]) -> ProgramOutcome {
        guard let path = operands.last, nodes[path] != nil else { return failed("no such file") }
        nodes[path]?.access = AccessList()
        guard words[1] == "--set" else { return done }
        for entry in operands[0].split(separator: ",") {
            let parts = entry.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
            let rights = zip(parts[2], [4, 2, 1] as [UInt16]).reduce(0) { $0 + ($1.0 == "-" ? 0 : $1.1) }
            if parts[0] == "g" { nodes[path]?.access.ownGroup = rights }
            guard parts[0] == "u", !parts[1].isEmpty else { continue }
            guard let user = AccountDatabase(self).users[parts[1]] else { return failed("no such user") }
            nodes[path]?.access.users[user.user] = rights
        }
        return done
    }

    private func install(_ words: [String], _ operands: [String]) -> ProgramOutcome {
        func option(_ name: String) -> String? { words.firstIndex(of: name).map { words[$0 + 1] } }
        guard words.contains("-d") else {
            guard let text = nodes[words[words.count - 2]]?.text, let path = words.last else { return failed("no such file") }
            put(path, text)
            return done
        }
        guard let path = words.last, let owner = option("-o"), let group = option("-g"), let mode = option("-m") else {
            return failed("usage")
        }
        makeDirectory(path)
        nodes[path]?.mode = FileMode(mode, radix: 8) ?? 0
        return changeOwner(["chown"], ["\(owner):\(group)", path])
    }

    private func make(_ words: [String]) -> ProgramOutcome {
        makeDirectory(words[words.count - 1])
        return done
    }

    // MARK: Accounts

    private func makeAccounts() -> ProgramOutcome {
        guard let text = nodes[DeclaredFile.accounts.installed]?.text else { return failed("no such file") }
        let declared = DeclaredAccounts(text)
        let known = AccountDatabase(self)
        for group in declared.groups where known.groups[group] == nil {
            append("/etc/group", "\(group):x:\(InstalledMachine.ids[group] ?? 999):")
        }
        for user in declared.users where known.users[user.name] == nil {
            let id = InstalledMachine.ids[user.name] ?? 999
            append("/etc/passwd", "\(user.name):x:\(id):\(id)::\(user.home):\(user.shell)")
        }
        return done
    }

    private func changeAccount(_ words: [String], _ operands: [String]) -> ProgramOutcome {
        func option(_ names: String...) -> String? { names.compactMap { words.firstIndex(of: $0) }.first.map { words[$0 + 1] } }
        let accounts = AccountDatabase(self)
        switch words[0] {
        case "gpasswd": return setMembers(words[3]) { $0.filter { $0 != words[2] } }
        case "userdel":
            rewrite("/etc/passwd", words[2]) { _ in nil }
            return done
        case "useradd":
            let name = words[words.count - 1]
            let id = InstalledMachine.ids[name] ?? 998
            append("/etc/passwd", "\(name):x:\(id):\(id)::\(option("--home-dir") ?? ""):\(option("--shell") ?? "")")
            if accounts.groups[name] == nil { append("/etc/group", "\(name):x:\(id):") }
            return setMembers(option("--groups") ?? "") { $0 + [name] }
        default:
            let name = words[words.count - 1]
            if let group = option("-G", "--groups") { return setMembers(group) { $0 + [name] } }
            rewrite("/etc/passwd", name) { fields in
                var fields = fields
                if let home = option("-d") { fields[5] = home }
                if let shell = option("-s") { fields[6] = shell }
                if let group = option("-g") { fields[3] = "\(accounts.groups[group]?.number ?? 0)" }
                return fields
            }
            return done
        }
    }

    private func setMembers(_ group: String, _ change: ([String]) -> [String]) -> ProgramOutcome {
        rewrite("/etc/group", group) { fields in
            fields.prefix(3) + [change(fields[3].split(separator: ",").map(String.init)).joined(separator: ",")]
        }
        return done
    }

    /// Changes the line of a name, or takes it out.
    func rewrite(_ path: String, _ name: String, _ change: ([String]) -> [String]?) {
        let lines = (text(path) ?? "").split(separator: "\n").compactMap { line -> String? in
            let fields = line.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
            return fields[0] == name ? change(fields)?.joined(separator: ":") : String(line)
        }
        nodes[path]?.text = lines.map { $0 + "\n" }.joined()
    }

    // MARK: Services

    private func control(_ operands: [String]) -> ProgramOutcome {
        switch operands[0] {
        case "show": return ProgramOutcome(code: 0, output: (properties[operands[1]] ?? "") + "\n")
        case "daemon-reload": properties["NeedDaemonReload"] = "no"
        case "enable": makeLink("/etc/systemd/system/multi-user.target.wants/orderd.service", to: DeclaredFile.unit.installed)
        case "unmask": remove("/etc/systemd/system/orderd.service")
        case "start", "restart":
            properties["ActiveState"] = "active"
            InstalledMachine.startDaemon(self)
        case "set-property": edit("/proc/4711/limits", "1024 ", "65536 ")
        default: break
        }
        return done
    }

    private func setKernel(_ words: [String], _ operands: [String]) -> ProgramOutcome {
        let settings = words.contains("-p") ? (nodes[operands[0]]?.text ?? "").split(separator: "\n").map(String.init) : operands
        for setting in settings where !setting.hasPrefix("#") {
            let parts = setting.split(separator: "=").map { $0.filter { $0 != " " } }
            put("/proc/sys/" + parts[0].replacing(".", with: "/"), parts[1] + "\n")
        }
        return done
    }

    /// What sshd says of a user: of each keyword the first value in the files that its configuration includes.
    private func sshd(_ words: [String]) -> ProgramOutcome {
        let user = words[3].dropFirst("user=".count).prefix { $0 != "," }
        guard AccountDatabase(self).isMember(String(user), of: Accounts.partners) else { return ProgramOutcome(code: 0, output: "") }
        let files = (names("/etc/ssh/sshd_config.d") ?? []).compactMap(\.text).map { "/etc/ssh/sshd_config.d/\($0)" }
        var said: Set<String> = []
        var output = ""
        for file in files {
            for block in SSHSettings(text(file) ?? "").blocks {
                for (keyword, value) in block.settings where said.insert(keyword).inserted { output += "\(keyword) \(value)\n" }
            }
        }
        return ProgramOutcome(code: 0, output: output)
    }
}
