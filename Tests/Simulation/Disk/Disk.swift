import Glibc
import Spool

/// A file system in memory that knows what a power cut would leave: as ext4 with `data=ordered`, it has its names in one log that a sync of
/// anything brings to disk up to there, and its bytes only where they were synced.
///
/// One thread has it at a time. Nothing here fails but for reasons of the names: errors of the machine come from `SimulatedFiles`.
final class Disk {
    /// One change of names. Changes of one call are one entry of the log: all of it survives, or nothing.
    enum Change {
        case added(Node, FileName, Node)
        case removed(Node, FileName, Node)
    }

    let root: Node
    private let clock: SimulatedClock
    private var log: [[Change]] = []
    private var dirty: [Node] = []
    private var freeInodes: [UInt64] = []
    private var lastInode: UInt64 = 2
    /// Told of what watches would tell: the directory, what happened, the name.
    var onEvent: (Node, WatchEvent.Kind, FileName) -> Void = { _, _, _ in }

    init(clock: SimulatedClock) {
        self.clock = clock
        root = Node(inode: 2, kind: .directory, mode: 0o755, now: clock.fileTime())
        root.links = 1
    }

    // MARK: Names

    /// What has a path below the root; links are not followed.
    func find(_ path: String, from base: Node? = nil) -> Node? {
        var node = base ?? root
        for part in path.split(separator: "/") where part != "." {
            guard let name = FileName(String(part)), let next = node.entries[name] else { return nil }
            node = next
        }
        return node
    }

    /// Makes something under a name that is free.
    func make(_ kind: FileKind, _ name: FileName, in directory: Node, mode: UInt32) -> Node {
        let node = Node(inode: takeInode(), kind: kind, mode: mode, now: clock.fileTime())
        record([.added(directory, name, node)])
        onEvent(directory, .created, name)
        return node
    }

    func link(_ node: Node, as name: FileName, in directory: Node) {
        record([.added(directory, name, node)])
        node.changed = clock.fileTime()
        onEvent(directory, .created, name)
    }

    func remove(_ name: FileName, in directory: Node) {
        guard let node = directory.entries[name] else { return }
        record([.removed(directory, name, node)])
        node.changed = clock.fileTime()
        onEvent(directory, .removed, name)
    }

    /// Renames, replacing what has the new name.
    func rename(_ name: FileName, in directory: Node, to newDirectory: Node, _ newName: FileName) {
        guard let node = directory.entries[name] else { return }
        var changes: [Change] = []
        if let old = newDirectory.entries[newName] {
            guard old !== node else { return }
            changes.append(.removed(newDirectory, newName, old))
        }
        record(changes + [.removed(directory, name, node), .added(newDirectory, newName, node)])
        node.changed = clock.fileTime()
        onEvent(directory, .movedOut, name)
        onEvent(newDirectory, .renamedIn, newName)
    }

    private func record(_ changes: [Change]) {
        log.append(changes)
        for change in changes { apply(change) }
    }

    private func apply(_ change: Change) {
        switch change {
        case .added(let directory, let name, let node):
            directory.entries[name] = node
            node.links += 1
            freeInodes.removeAll { $0 == node.inode }
            node.parent = directory
            node.name = name
        case .removed(let directory, let name, let node):
            directory.entries[name] = nil
            node.links -= 1
            release(node)
        }
    }

    private func undo(_ change: Change) {
        switch change {
        case .added(let directory, let name, let node): apply(.removed(directory, name, node))
        case .removed(let directory, let name, let node): apply(.added(directory, name, node))
        }
    }

    // MARK: Inodes

    /// Numbers are used again, the smallest first, as ext4 does.
    private func takeInode() -> UInt64 {
        if let index = freeInodes.indices.min(by: { freeInodes[$0] < freeInodes[$1] }) { return freeInodes.remove(at: index) }
        lastInode += 1
        return lastInode
    }

    /// Its number is free once no name and no descriptor is left.
    func release(_ node: Node) {
        if node.links == 0, node.opens == 0, !freeInodes.contains(node.inode) { freeInodes.append(node.inode) }
    }

    // MARK: Bytes

    func changed(_ node: Node) {
        node.modified = clock.fileTime()
        node.changed = node.modified
        guard !node.isDirty else { return }
        node.isDirty = true
        dirty.append(node)
    }

    /// Who wrote it closed it.
    func closedAfterWriting(_ node: Node) {
        if let parent = node.parent, let name = node.name, parent.entries[name] === node { onEvent(parent, .closedAfterWriting, name) }
    }

    func attributesChanged(_ node: Node) {
        node.changed = clock.fileTime()
        if let parent = node.parent, let name = node.name, parent.entries[name] === node { onEvent(parent, .attributes, name) }
    }

    // MARK: Durability

    /// `fsync` of one file or directory; the names of all that happened before come with it.
    func sync(_ node: Node) {
        node.sync()
        log.removeAll(keepingCapacity: true)
    }

    /// `syncfs`.
    func syncAll() {
        for node in dirty { node.sync() }
        dirty.removeAll(keepingCapacity: true)
        log.removeAll(keepingCapacity: true)
    }

    /// `syncfs` has failed: no later sync writes what waits.
    func failSyncAll() {
        for node in dirty { node.failSync() }
        dirty.removeAll(keepingCapacity: true)
    }

    /// All processes are gone: nobody has anything open.
    func closeAll() {
        visit { node in
            node.opens = 0
            node.writers = 0
            node.lease = nil
            node.isLeaseBroken = false
        }
    }

    /// The power is cut and comes back: of the names a beginning of the log is left, of each file's bytes what was synced and, it may be,
    /// some of what came after.
    ///
    /// - Returns: the files whose bytes are not what they were.
    func cutPower(_ dice: Dice) -> [Node] {
        for changes in log[dice.below(log.count + 1)...].reversed() {
            for change in changes.reversed() { undo(change) }
        }
        closeAll()
        var damaged: [Node] = []
        visit { node in
            guard node.kind == .regular else { return }
            let after = Self.survivor(of: node, dice)
            if after != node.content { damaged.append(node) }
            node.content = after
            node.synced = after
            node.hole = nil
            node.isDirty = false
        }
        log.removeAll()
        dirty.removeAll()
        return damaged
    }

    /// The bytes of a file after a power cut.
    private static func survivor(of node: Node, _ dice: Dice) -> [UInt8] {
        if node.hole == nil, node.synced == node.content { return node.content }
        if node.hole != nil { return node.synced }
        switch dice.below(4) {
        case 0: return node.synced
        case 1: return node.content
        default: break
        }
        guard node.content.starts(with: node.synced) else { return Array(node.content.prefix(dice.below(node.content.count + 1))) }
        var bytes = Array(node.content.prefix(node.synced.count + dice.below(node.content.count - node.synced.count + 1)))
        // Pages go to disk in any order: one in the middle may be missing.
        if bytes.count - node.synced.count > 4096, dice.once(in: 2) {
            for index in node.synced.count..<node.synced.count + 4096 { bytes[index] = 0 }
        }
        return bytes
    }

    /// Calls `body` with everything that has a name, each once, in the order of names.
    func visit(_ body: (Node) -> Void) {
        var seen: Set<ObjectIdentifier> = []
        var waiting = [root]
        while let node = waiting.popLast() {
            guard seen.insert(ObjectIdentifier(node)).inserted else { continue }
            body(node)
            for (_, child) in node.entries.sorted(by: { $0.key > $1.key }) { waiting.append(child) }
        }
    }
}
