import Spool

/// The file in which sshd finds a partner's keys, and under which it does not while the partner may not log in.
struct KeyFile {
    private let directory: Directory
    private let name: FileName
    /// No account has a point in its name, so sshd looks for none of this name.
    private let asideName: FileName
    private let files = SystemFiles()

    /// Of an account; makes the directory where it is missing.
    init(account: String, machine: any Machine) throws {
        guard let name = FileName(account), let aside = FileName(account + Self.asideSuffix) else {
            throw CommandFailure.refused("\(printable(account)) names no file")
        }
        (self.name, asideName) = (name, aside)
        let path = machine.path(SSHKeyFile.directory)
        directory = try Self.open(path, files)
    }

    private static let asideSuffix = ".off"

    private static func open(_ path: String, _ files: SystemFiles) throws(FileError) -> Directory {
        do {
            return try Directory(path: Path(path), files: files)
        } catch {
            guard error.isMissing, let slash = path.lastIndex(of: "/"), let name = FileName(String(path[path.index(after: slash)...]))
            else {
                throw error
            }
            let above = try Directory(path: Path(String(path[..<slash])), files: files)
            guard try files.makeDirectory(in: above.descriptor, name, mode: 0o755) else { throw error }
            let made = try Directory(at: above.descriptor, path: Path(name), files: files)
            try files.setMode(made.descriptor, to: 0o755)
            return made
        }
    }

    /// The keys that let the partner in; those that are set aside where `aside` is true. None where there is no file.
    func keys(aside: Bool = false) throws -> [SSHPublicKey] {
        try Self.keys(in: directory, aside ? asideName : name, files)
    }

    /// Lets these keys in, and no others.
    func write(_ keys: [SSHPublicKey]) throws(FileError) {
        let text = keys.map { $0.line + "\n" }.joined()
        try Publisher(owner: "keys", files: files).publish(Array(text.utf8), in: directory.descriptor, as: name, mode: 0o644)
        try files.syncFileSystem(directory.descriptor)
    }

    /// Takes the keys from sshd and keeps them.
    func setAside() throws(FileError) {
        do { try files.rename(from: directory.descriptor, name, to: directory.descriptor, asideName, replacing: true) } catch {
            guard error.isMissing else { throw error }
        }
    }

    /// Gives sshd the keys that were set aside.
    func bringBack() throws(FileError) {
        do { try files.rename(from: directory.descriptor, asideName, to: directory.descriptor, name, replacing: false) } catch {
            guard error.isMissing || error.isTaken else { throw error }
        }
    }

    /// The account, of those other than this, that has or had one of these keys. With one key for two partners nobody could say whose login
    /// it was, and a removed partner's key lets nobody in as somebody else.
    func owner(among keys: [SSHPublicKey]) throws -> (account: String, key: SSHPublicKey)? {
        let reader = try files.list(directory.descriptor)
        while let batch = try reader.next() {
            for entry in batch where entry.name != name && entry.name != asideName && !entry.name.isHidden {
                // A file that an administrator wrote may hold what this program would not take.
                guard let known = try? Self.keys(in: directory, entry.name, files), let key = keys.first(where: known.contains) else {
                    continue
                }
                let text = entry.name.description
                return (text.hasSuffix(Self.asideSuffix) ? String(text.dropLast(Self.asideSuffix.count)) : text, key)
            }
        }
        return nil
    }

    private static func keys(in directory: Directory, _ name: FileName, _ files: SystemFiles) throws -> [SSHPublicKey] {
        guard let bytes = try files.readAll(in: directory.descriptor, name, limit: SSHPublicKey.largestFile), !bytes.isEmpty else {
            return []
        }
        do throws(SSHPublicKey.Fault) { return try SSHPublicKey.keys(in: bytes) } catch {
            throw CommandFailure.couldNotRun("\(SSHKeyFile.directory)/\(name): \(error)")
        }
    }
}
