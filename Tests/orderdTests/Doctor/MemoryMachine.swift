import Ledger
import Orders
import Spool

@testable import orderd

/// A machine in memory, whose owners, modes and accounts anybody may change.
final class MemoryMachine: MachineView {
    /// What there is at a path.
    struct Node {
        var kind = FileKind.directory
        var owner: UInt32 = 0
        var group: UInt32 = 0
        var mode: FileMode = 0o755
        var access = AccessList()
        var text = ""
        var target: String?
        var modified: Int64 = 0
    }

    var nodes: [String: Node] = ["/": Node()]
    var user: UInt32 = 0
    /// 2026-11-24.
    var now: Int64 = 1_795_500_000_000
    var space: FreeSpace? = FreeSpace(bytes: 50 << 30, inodes: 1_000_000)
    var mountList = [Mount(point: "/", kind: "ext4", options: ["rw", "relatime"])]
    var isSynchronised: Bool? = true
    var facts: Result<LedgerFacts, LedgerError> = .success(LedgerFacts())
    /// What `systemctl show` says.
    var properties = ["NeedDaemonReload": "no", "ActiveState": "active"]
    /// What `dpkg --verify` prints.
    var changedFiles = ""
    /// What the installed ledger would say once Debian's SQLite is there, once the newer program is, and so on.
    var repaired = LedgerFacts()
    /// What the package has, by path: what installing it again brings back.
    var package: [String: String] = [:]
    /// Programs that are not there.
    var missingPrograms: Set<String> = []
    /// Every command that was run.
    private(set) var ran: [[String]] = []

    /// Directories that the asking user may not enter.
    var closed: Set<String> = []

    func isAbsent(_ path: String) -> Bool { nodes[path] == nil && !isHidden(path) }
    private func isHidden(_ path: String) -> Bool { closed.contains { path.hasPrefix($0 + "/") } }

    func status(_ path: String) -> PathStatus? {
        if isHidden(path) { return nil }
        return nodes[path].map { PathStatus(kind: $0.kind, owner: $0.owner, group: $0.group, mode: $0.mode, modified: $0.modified) }
    }

    func status(in directory: String, _ name: FileName) -> PathStatus? { status("\(directory)/\(name.text ?? "")") }
    func text(_ path: String) -> String? { nodes[path].flatMap { $0.kind == .regular ? $0.text : nil } }

    func names(_ path: String) -> [FileName]? {
        guard nodes[path]?.kind == .directory else { return nil }
        let names = nodes.keys.filter { $0.hasPrefix(path + "/") && !$0.dropFirst(path.count + 1).contains("/") }
        return names.compactMap { FileName(String($0.dropFirst(path.count + 1))) }.sorted()
    }

    func target(_ path: String) -> String? { nodes[path]?.target }
    func accessList(_ path: String) -> AccessList? { nodes[path]?.access }
    func freeSpace(_ path: String) -> FreeSpace? { space }
    func mounts() -> [Mount] { mountList }
    func isClockSynchronised() -> Bool? { isSynchronised }
    func ledger(inSpool root: String) -> Result<LedgerFacts, LedgerError> { facts }

    func run(_ words: [String]) -> ProgramOutcome? {
        ran.append(words)
        return missingPrograms.contains(words[0]) ? nil : execute(words)
    }

    // MARK: Building

    /// A file, with the directories above it.
    func put(_ path: String, _ text: String, mode: FileMode = 0o644) {
        makeParents(of: path)
        nodes[path] = Node(kind: .regular, mode: mode, text: text)
    }

    func makeDirectory(_ path: String) {
        makeParents(of: path)
        if nodes[path] == nil { nodes[path] = Node() }
    }

    func makeLink(_ path: String, to target: String) {
        makeParents(of: path)
        nodes[path] = Node(kind: .symlink, mode: 0o777, target: target)
    }

    private func makeParents(of path: String) {
        guard let slash = path.lastIndex(of: "/"), slash != path.startIndex else { return }
        makeDirectory(String(path[..<slash]))
    }

    /// Changes a fact of the ledger.
    func change(_ change: (inout LedgerFacts) -> Void) {
        guard case .success(var facts) = facts else { return }
        change(&facts)
        self.facts = .success(facts)
    }

    /// Replaces a part of a file's text.
    func edit(_ path: String, _ old: String, _ new: String) {
        nodes[path]?.text.replace(old, with: new)
    }

    /// The text of a file with a line behind it.
    func append(_ path: String, _ line: String) {
        nodes[path]?.text += line + "\n"
    }

    /// Removes a path and what is below it.
    func remove(_ path: String) {
        for name in nodes.keys where name == path || name.hasPrefix(path + "/") { nodes[name] = nil }
    }
}
