import Spool

/// A file, directory, link or pipe of the simulated disk: what everybody sees of it now, and what of it a power cut would leave.
final class Node {
    let inode: UInt64
    let kind: FileKind
    /// When it was made, nanoseconds since 1970; with the inode it names the file for good.
    let birth: Int64
    var changed: Int64
    var modified: Int64
    var mode: UInt32
    /// Names that it has.
    var links: UInt32 = 0
    /// Descriptors that are open on it, and those of them that can write.
    var opens = 0
    var writers = 0
    /// The descriptor that holds a read lease, and whether a writer wants it back.
    var lease: Descriptor?
    var isLeaseBroken = false

    /// A directory's names.
    var entries: [FileName: Node] = [:]
    /// Where it was last given a name, for events.
    weak var parent: Node?
    var name: FileName?

    /// A file's bytes as they are read now.
    var content: [UInt8] = []
    /// A file's bytes as they are on disk for certain.
    var synced: [UInt8] = []
    /// Bytes that a failed sync has left out for good: the kernel takes them for written.
    var hole: Range<Int>?
    var isDirty = false

    init(inode: UInt64, kind: FileKind, mode: UInt32, now: Int64) {
        self.inode = inode
        self.kind = kind
        self.mode = mode
        birth = now
        changed = now
        modified = now
    }

    /// Its kind as `st_mode` has it.
    private var kindBits: UInt32 {
        switch kind {
        case .directory: 0o040_000
        case .symlink: 0o120_000
        case .fifo: 0o010_000
        default: 0o100_000
        }
    }

    /// As `statx` tells it.
    var status: FileStatus {
        FileStatus(
            device: 1, inode: inode, mount: 1, birthTime: birth, changeTime: changed, modifyTime: modified, size: Int64(content.count),
            links: max(links, kind == .directory ? 2 : links), mode: kindBits | mode)
    }

    /// The bytes are on disk now, but for those that a failed sync has left out.
    func sync() {
        isDirty = false
        synced = content
        guard let hole else { return }
        for index in hole where index < synced.count { synced[index] = 0 }
    }

    /// A sync of it has failed: what was to be written is taken for written from now on, and is not.
    func failSync() {
        isDirty = false
        let same = zip(synced, content).prefix { $0 == $1 }.count
        guard same < content.count else { return }
        hole = min(same, hole?.lowerBound ?? same)..<content.count
    }

    /// Cut to a size: what lay behind it is written anew, if ever. The disk must be told that it changed.
    func cut(to size: Int) {
        if size < content.count {
            content.removeLast(content.count - size)
        } else {
            content += [UInt8](repeating: 0, count: size - content.count)
        }
        if let hole { self.hole = hole.lowerBound < size ? hole.lowerBound..<min(hole.upperBound, size) : nil }
    }
}
