import Glibc
import Spool

/// Looking at names, and changing them.
extension SimulatedFiles {
    func status(_ descriptor: Descriptor) throws(FileError) -> FileStatus {
        try call("statx", path(descriptor)) { () throws(FileError) in try node(descriptor, "statx").status }
    }

    func status(in directory: Descriptor, _ name: FileName) throws(FileError) -> FileStatus? {
        try call("statx", path(directory, name)) { () throws(FileError) in
            try self.directory(directory, "statx").entries[name]?.status
        }
    }

    func status(at base: Descriptor?, path: Path) throws(FileError) -> FileStatus? {
        // The ledger lies in the real file system.
        if base == nil, !isOurs(path) { return isDead ? nil : try system.status(at: nil, path: path) }
        let full = base.map { self.path($0, path) } ?? path.description
        return try call("statx", full) { () throws(FileError) in
            find(path, from: try base.map { base throws(FileError) in try directory(base, "statx") })?.status
        }
    }

    func rename(
        from directory: Descriptor, _ name: FileName, to newDirectory: Descriptor, _ newName: FileName, replacing: Bool
    ) throws(FileError) {
        let full = path(directory, name)
        let target = path(newDirectory, newName)
        try call("renameat2", full + " -> " + target, changes: true) { () throws(FileError) in
            let source = try liveDirectory(directory, "renameat2")
            let destination = try liveDirectory(newDirectory, "renameat2")
            guard let node = source.entries[name] else { throw error("renameat2", full, ENOENT) }
            if let old = destination.entries[newName] {
                guard replacing else { throw error("renameat2", target, EEXIST) }
                if old.kind == .directory { throw error("renameat2", target, EISDIR) }
            }
            disk.rename(name, in: source, to: destination, newName)
            onPublished(node, target)
        }
    }

    func link(from directory: Descriptor, _ name: FileName, to newDirectory: Descriptor, _ newName: FileName) throws(FileError) {
        let target = path(newDirectory, newName)
        try call("linkat", target, changes: true) { () throws(FileError) in
            guard let node = try self.directory(directory, "linkat").entries[name] else { throw error("linkat", target, ENOENT) }
            let destination = try liveDirectory(newDirectory, "linkat")
            guard destination.entries[newName] == nil else { throw error("linkat", target, EEXIST) }
            disk.link(node, as: newName, in: destination)
            onPublished(node, target)
        }
    }

    func remove(in directory: Descriptor, _ name: FileName) throws(FileError) {
        let full = path(directory, name)
        try call("unlinkat", full, changes: true) { () throws(FileError) in
            let parent = try self.directory(directory, "unlinkat")
            guard let node = parent.entries[name] else { throw error("unlinkat", full, ENOENT) }
            if node.kind == .directory { throw error("unlinkat", full, EISDIR) }
            disk.remove(name, in: parent)
        }
    }

    func removeDirectory(in directory: Descriptor, _ name: FileName) throws(FileError) {
        let full = path(directory, name)
        try call("rmdir", full, changes: true) { () throws(FileError) in
            let parent = try self.directory(directory, "rmdir")
            guard let node = parent.entries[name] else { throw error("rmdir", full, ENOENT) }
            guard node.kind == .directory else { throw error("rmdir", full, ENOTDIR) }
            guard node.entries.isEmpty else { throw error("rmdir", full, ENOTEMPTY) }
            disk.remove(name, in: parent)
        }
    }

    func makeDirectory(in directory: Descriptor, _ name: FileName, mode: FileMode) throws(FileError) -> Bool {
        try call("mkdirat", path(directory, name), changes: true) { () throws(FileError) in
            let parent = try liveDirectory(directory, "mkdirat")
            guard parent.entries[name] == nil else { return false }
            _ = disk.make(.directory, name, in: parent, mode: mode)
            return true
        }
    }

    func setModifyTime(in directory: Descriptor, _ name: FileName, to nanoseconds: Int64) throws(FileError) {
        let full = path(directory, name)
        try call("utimensat", full, changes: true) { () throws(FileError) in
            guard let node = try self.directory(directory, "utimensat").entries[name] else { throw error("utimensat", full, ENOENT) }
            node.modified = nanoseconds
            disk.attributesChanged(node)
        }
    }

    func setMode(_ descriptor: Descriptor, to mode: FileMode) throws(FileError) {
        try call("fchmod", path(descriptor), changes: true) { () throws(FileError) in
            let node = try node(descriptor, "fchmod")
            node.mode = mode
            disk.attributesChanged(node)
        }
    }

    func list(_ directory: Descriptor) throws(FileError) -> DirectoryReader {
        let full = path(directory)
        let names = try call("openat", full + "/.") { () throws(FileError) in try self.directory(directory, "openat").entries.keys.sorted()
        }
        // In the order of a hash of the name, as ext4 lists, a few at a time.
        var left = names.sorted { Self.order($0) < Self.order($1) }[...]
        let size = dice.within(1...16)
        return DirectoryReader { [self] () throws(FileError) -> [DirectoryEntry]? in
            guard !left.isEmpty else { return nil }
            return try call("getdents64", full) { () throws(FileError) in
                defer { left = left.dropFirst(size) }
                return left.prefix(size).map { DirectoryEntry(name: $0, kind: nil) }
            }
        }
    }

    private static func order(_ name: FileName) -> UInt64 {
        name.bytes.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3 }
    }
}
