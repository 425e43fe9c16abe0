import Glibc
import Spool

/// Opening, reading, writing, and what makes it durable.
extension SimulatedFiles {
    func openDirectory(at base: Descriptor?, path: Path) throws(FileError) -> Descriptor {
        let full = base.map { self.path($0, path) } ?? path.description
        return try call("openat", full) { () throws(FileError) in
            guard let node = find(path, from: try base.map { base throws(FileError) in try directory(base, "openat") }) else {
                throw error("openat", full, ENOENT)
            }
            guard node.kind == .directory else { throw error("openat", full, ENOTDIR) }
            return open(node, full)
        }
    }

    func openForReading(in directory: Descriptor, _ name: FileName) throws(FileError) -> Descriptor {
        let full = path(directory, name)
        return try call("openat", full) { () throws(FileError) in
            guard let node = try self.directory(directory, "openat").entries[name] else { throw error("openat", full, ENOENT) }
            if node.kind == .symlink { throw error("openat", full, ELOOP) }
            if node.mode & 0o444 == 0 { throw error("openat", full, EACCES) }
            return open(node, full)
        }
    }

    func openForAppending(in directory: Descriptor, _ name: FileName, mode: FileMode) throws(FileError) -> Descriptor {
        try openForWriting("openat", directory, name, mode, appends: true)
    }

    func openForUpdating(in directory: Descriptor, _ name: FileName, mode: FileMode) throws(FileError) -> Descriptor {
        try openForWriting("openat", directory, name, mode, appends: false)
    }

    func create(in directory: Descriptor, _ name: FileName, mode: FileMode, exclusive: Bool, truncate: Bool) throws(FileError) -> Descriptor
    {
        try openForWriting("openat", directory, name, mode, appends: false, exclusive: exclusive, truncate: truncate)
    }

    private func openForWriting(
        _ name: StaticString, _ directory: Descriptor, _ file: FileName, _ mode: FileMode, appends: Bool, exclusive: Bool = false,
        truncate: Bool = false
    ) throws(FileError) -> Descriptor {
        let full = path(directory, file)
        return try call(name, full, changes: true) { () throws(FileError) in
            let parent = try liveDirectory(directory, name)
            guard let node = parent.entries[file] else {
                return open(disk.make(.regular, file, in: parent, mode: mode), full, canWrite: true, appends: appends)
            }
            if exclusive { throw error(name, full, EEXIST) }
            if node.kind == .symlink { throw error(name, full, ELOOP) }
            guard node.kind == .regular else { throw error(name, full, EISDIR) }
            if truncate {
                node.cut(to: 0)
                disk.changed(node)
            }
            return open(node, full, canWrite: true, appends: appends)
        }
    }

    func replace(_ number: Descriptor, with descriptor: Descriptor) throws(FileError) {
        try call("dup3", path(descriptor)) { () throws(FileError) in
            guard let open = table[descriptor] else { throw error("dup3", "descriptor \(descriptor)", EBADF) }
            shut(number)
            open.node.opens += 1
            table[number] = open
        }
    }

    func close(_ descriptor: Descriptor) throws(FileError) {
        // A dead process's descriptors are closed when it is reaped.
        guard !isDead else { return }
        shut(descriptor)
    }

    func read(_ descriptor: Descriptor, into buffer: UnsafeMutableRawBufferPointer, at offset: Int64) throws(FileError) -> Int {
        try call("pread", path(descriptor)) { () throws(FileError) in
            let node = try node(descriptor, "pread")
            guard node.kind == .regular else { throw error("pread", path(descriptor), EISDIR) }
            guard offset < Int64(node.content.count) else { return 0 }
            let count = min(buffer.count, node.content.count - Int(offset))
            buffer.copyBytes(from: node.content[Int(offset)..<Int(offset) + count])
            return count
        }
    }

    func write(_ descriptor: Descriptor, _ bytes: UnsafeRawBufferPointer) throws(FileError) {
        let part = { self.put(descriptor, UnsafeRawBufferPointer(rebasing: bytes.prefix(self.dice.below(bytes.count + 1)))) }
        try call("write", path(descriptor), changes: true, part: part) { () throws(FileError) in
            _ = try node(descriptor, "write")
            put(descriptor, bytes)
        }
    }

    private func put(_ descriptor: Descriptor, _ bytes: UnsafeRawBufferPointer) {
        guard let open = table[descriptor], !bytes.isEmpty else { return }
        let node = open.node
        let start = open.appends ? node.content.count : open.offset
        if start == node.content.count {
            node.content.append(contentsOf: bytes)
        } else {
            if start + bytes.count > node.content.count {
                node.content += [UInt8](repeating: 0, count: start + bytes.count - node.content.count)
            }
            node.content.replaceSubrange(start..<start + bytes.count, with: bytes)
        }
        table[descriptor]?.offset = start + bytes.count
        disk.changed(node)
    }

    func truncate(_ descriptor: Descriptor, to size: Int64) throws(FileError) {
        try call("ftruncate", path(descriptor), changes: true) { () throws(FileError) in
            let node = try node(descriptor, "ftruncate")
            node.cut(to: Int(size))
            disk.changed(node)
        }
    }

    // MARK: Durability

    func syncData(_ descriptor: Descriptor) throws(FileError) { try sync("fdatasync", descriptor) }
    func syncAll(_ descriptor: Descriptor) throws(FileError) { try sync("fsync", descriptor) }

    private func sync(_ name: StaticString, _ descriptor: Descriptor) throws(FileError) {
        let failing = { if let open = self.table[descriptor] { open.node.failSync() } }
        try call(name, path(descriptor), changes: true, failing: failing) { () throws(FileError) in
            disk.sync(try node(descriptor, name))
        }
    }

    func syncFileSystem(_ descriptor: Descriptor) throws(FileError) {
        try call("syncfs", path(descriptor), changes: true, failing: disk.failSyncAll) { () throws(FileError) in disk.syncAll() }
    }

    // MARK: Leases

    func takeReadLease(_ descriptor: Descriptor) -> LeaseResult {
        guard !isDead, let open = table[descriptor] else { return .unsupported(EBADF) }
        guard hasLeases else { return .unsupported(EACCES) }
        guard open.node.writers == 0, open.node.lease == nil else { return .busy }
        open.node.lease = descriptor
        open.node.isLeaseBroken = false
        return .granted
    }

    func leaseHeld(_ descriptor: Descriptor) -> Bool {
        guard let node = table[descriptor]?.node else { return false }
        return node.lease == descriptor && !node.isLeaseBroken
    }

    func dropLease(_ descriptor: Descriptor) {
        guard let node = table[descriptor]?.node, node.lease == descriptor else { return }
        node.lease = nil
        node.isLeaseBroken = false
    }

    func lock(_ descriptor: Descriptor) throws(FileError) -> Bool { true }
    func freeSpace(_ descriptor: Descriptor) throws(FileError) -> FreeSpace { free }
}
