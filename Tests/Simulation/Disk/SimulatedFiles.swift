import Glibc
import Spool

/// The daemon's file operations, on the simulated disk. Every call may fail, and every call may be the last of the process.
///
/// After the last one all calls fail and change nothing: what the process does while it unwinds leaves no trace on the disk. Belongs to the
/// world's one thread.
final class SimulatedFiles: FileOperations, @unchecked Sendable {
    /// A descriptor.
    struct Open {
        let node: Node
        let path: String
        let canWrite: Bool
        let appends: Bool
        var offset = 0
    }

    /// Where the disk is mounted; every other absolute path is the real file system's.
    static let mount = "/sim"

    let disk: Disk
    let faults: FaultPlan
    let trace: Trace
    let dice: Dice
    /// Told when the process ends in the middle of a call.
    var onEnd: () -> Void = {}
    /// Called before each call: somebody else may do something meanwhile.
    var onCall: () -> Void = {}
    /// Told of a file that gets its final name in a directory, after the rename.
    var onPublished: (Node, String) -> Void = { _, _ in }
    /// Whether leases can be had on this file system.
    var hasLeases = true
    /// What is free.
    var free = FreeSpace(bytes: 1 << 40, inodes: 1 << 30)
    private(set) var isDead = false
    var table: [Descriptor: Open] = [:]
    private var lastDescriptor: Descriptor = 100_000
    let system = SystemFiles()

    init(disk: Disk, faults: FaultPlan, trace: Trace, dice: Dice) {
        self.disk = disk
        self.faults = faults
        self.trace = trace
        self.dice = dice
    }

    /// The process is gone: its descriptors are closed. A new one may begin.
    func reap() {
        for descriptor in table.keys.sorted() { shut(descriptor) }
        isDead = false
    }

    /// The process ends now, between two calls.
    func end() { isDead = true }

    // MARK: A call

    /// Makes one call, unless something befalls it.
    ///
    /// - Parameters:
    ///   - changes: whether it changes the disk.
    ///   - part: does it by half, for an end within it and for an error.
    ///   - failing: what an error leaves behind.
    func call<Result>(
        _ name: StaticString, _ path: String, changes: Bool = false, part: (() -> Void)? = nil, failing: (() -> Void)? = nil,
        _ body: () throws(FileError) -> Result
    ) throws(FileError) -> Result {
        guard !isDead else { throw FileError(call: name.description, path: "a dead process", code: EIO) }
        onCall()
        switch faults.next(changing: changes) {
        case .passes: break
        case .fails(let code):
            trace.note("!", name.description, path, "error", "\(code)")
            part?()
            failing?()
            throw FileError(call: name.description, path: path, code: code)
        case .ends(let moment):
            trace.note("!", name.description, path, "ends", moment.rawValue)
            if moment == .within { part?() }
            if moment == .after { _ = try? body() }
            isDead = true
            onEnd()
            throw FileError(call: name.description, path: "a dead process", code: EIO)
        }
        do throws(FileError) {
            let result = try body()
            trace.note(".", name.description, path)
            return result
        } catch {
            trace.note(".", name.description, path, "gives", "\(error.code)")
            throw error
        }
    }

    func error(_ call: StaticString, _ path: String, _ code: Int32) -> FileError {
        FileError(call: call.description, path: path, code: code)
    }

    // MARK: Descriptors

    func open(_ node: Node, _ path: String, canWrite: Bool = false, appends: Bool = false) -> Descriptor {
        lastDescriptor += 1
        node.opens += 1
        if canWrite { node.writers += 1 }
        table[lastDescriptor] = Open(node: node, path: path, canWrite: canWrite, appends: appends)
        return lastDescriptor
    }

    func shut(_ descriptor: Descriptor) {
        guard let open = table.removeValue(forKey: descriptor) else { return }
        open.node.opens -= 1
        if open.canWrite { open.node.writers -= 1 }
        if open.node.lease == descriptor {
            open.node.lease = nil
            open.node.isLeaseBroken = false
        }
        disk.release(open.node)
        if open.canWrite { disk.closedAfterWriting(open.node) }
    }

    func path(_ directory: Descriptor, _ name: some CustomStringConvertible) -> String {
        (table[directory]?.path ?? "?") + "/" + name.description
    }

    func path(_ descriptor: Descriptor) -> String { table[descriptor]?.path ?? "?" }

    func node(_ descriptor: Descriptor, _ call: StaticString) throws(FileError) -> Node {
        guard let open = table[descriptor] else { throw error(call, "descriptor \(descriptor)", EBADF) }
        return open.node
    }

    func directory(_ descriptor: Descriptor, _ call: StaticString) throws(FileError) -> Node {
        let node = try node(descriptor, call)
        guard node.kind == .directory else { throw error(call, path(descriptor), ENOTDIR) }
        return node
    }

    /// A directory that names can be made in; one that was removed takes none.
    func liveDirectory(_ descriptor: Descriptor, _ call: StaticString) throws(FileError) -> Node {
        let node = try directory(descriptor, call)
        guard node.links > 0 else { throw error(call, path(descriptor), ENOENT) }
        return node
    }

    /// What a path leads to, from a directory or from the mount; nil where it leads nowhere.
    func find(_ path: Path, from base: Node?) -> Node? {
        let text = path.description
        if let base { return disk.find(text, from: base) }
        return disk.find(String(text.dropFirst(Self.mount.count)))
    }

    func isOurs(_ path: Path) -> Bool { path.description.hasPrefix(Self.mount) }
}
