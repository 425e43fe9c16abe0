extension SpoolTree {
    /// Permission bits of what partners look into. sshd wants a chroot that only its owner can write to.
    public static let partnerMode: FileMode = 0o755
    /// Permission bits of what the daemon and its administrators share.
    public static let sharedMode: FileMode = 0o750
    /// Permission bits of what is the daemon's alone.
    public static let privateMode: FileMode = 0o700

    /// Makes a spool at `root`, or what is missing in one: every directory but those of partners. What is there is left as it is.
    ///
    /// - Parameters:
    ///   - root: made too, where the directory above it is there.
    ///   - steps: the names of the steps, in their order, which gives their numbers, from 1.
    ///   - files: the file operations.
    /// - Returns: the opened spool.
    @discardableResult
    public static func create(root: Path, steps: [String], files: any FileOperations) throws(FileError) -> SpoolTree {
        try makeRoot(root, files)
        let tree = try SpoolTree(root: root, files: files)
        try tree.make(partners, partnerMode)
        for path in [claimed, journal] { try tree.make(path, privateMode) }
        for (index, step) in steps.enumerated() { try tree.make(stepDirectory(index + 1, step), sharedMode) }
        for name in restingQueues { try tree.make(restingDirectory(name), sharedMode) }
        for path in [done, cancelled, rejected, reports, metrics, state] { try tree.make(path, sharedMode) }
        return tree
    }

    /// Makes a spool at `root`. As ``create(root:steps:files:)`` of a path does.
    @discardableResult
    public static func create(root: String, steps: [String], files: any FileOperations) throws(FileError) -> SpoolTree {
        try create(root: Path(root), steps: steps, files: files)
    }

    /// Makes a partner's directories, or what is missing of them. What is there is left as it is.
    public func createPartner(_ partner: String) throws(FileError) {
        for drop in Self.dropDirectories {
            try make(Self.dropDirectory(drop, of: partner), Self.partnerMode)
            try make(Self.receiptDirectory(drop, of: partner), Self.partnerMode)
            try make(Self.claimedDirectory(drop, of: partner), Self.privateMode)
        }
        for name in Self.readDirectories { try make(Self.readDirectory(name, of: partner), Self.partnerMode) }
    }

    /// Whether files can be renamed from one directory to the other: one file system, reached by one mount.
    ///
    /// A bind mount of the same file system is another mount, over which a rename fails as it does between two disks.
    public func sameFileSystemAndMount(
        _ first: String = SpoolTree.partners, _ second: String = SpoolTree.claimed
    ) throws(FileError) -> Bool {
        let one = try files.status(directory(first))
        let other = try files.status(directory(second))
        return one.device == other.device && one.mount == other.mount
    }

    private static func makeRoot(_ root: Path, _ files: any FileOperations) throws(FileError) {
        guard try files.status(at: nil, path: root) == nil else { return }
        var bytes = Array(root.bytes)
        while bytes.count > 1, bytes.last == UInt8(ascii: "/") { bytes.removeLast() }
        let cut = bytes.lastIndex(of: UInt8(ascii: "/"))
        let above = cut.map { $0 == 0 ? Path("/") : Path(bytes: bytes[..<$0]) } ?? "."
        guard let name = FileName(bytes: bytes[((cut ?? -1) + 1)...]) else { return }
        let parent = try Directory(path: above, files: files)
        guard try files.makeDirectory(in: parent.descriptor, name, mode: partnerMode) else { return }
        let made = try Directory(at: parent.descriptor, path: Path(name), files: files)
        try files.setMode(made.descriptor, to: partnerMode)
    }

    private func make(_ relative: String, _ mode: FileMode) throws(FileError) {
        _ = try directory(relative, creating: mode)
    }
}
