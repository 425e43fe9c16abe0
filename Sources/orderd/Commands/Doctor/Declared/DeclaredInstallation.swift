/// What is declared for an installation: the files of `etc/`, read.
///
/// From `--etc`; else from the copies that the package keeps for comparison; else from where they are installed, which tells nothing of what
/// was changed there, but all of what follows from them.
struct DeclaredInstallation {
    /// Where the package keeps its copies.
    static let copies = "/usr/share/orderd/etc"

    /// Where the files come from; nil where they are the installed ones.
    let source: String?
    private let texts: [DeclaredFile: String]

    init(_ machine: any MachineView, etc: String?) {
        source = etc ?? (machine.names(Self.copies) == nil ? nil : Self.copies)
        var texts: [DeclaredFile: String] = [:]
        for file in DeclaredFile.all {
            texts[file] = machine.text(source.map { "\($0)/\(file.source)" } ?? file.installed)
        }
        self.texts = texts
    }

    /// The text that a file must have; nil where it is not declared.
    subscript(file: DeclaredFile) -> String? { texts[file] }

    /// Where to take a file from, to put it back.
    func origin(_ file: DeclaredFile) -> String? { texts[file] == nil ? nil : source.map { "\($0)/\(file.source)" } }

    /// What puts a file back.
    func mend(_ file: DeclaredFile) -> [DoctorFinding.Command] {
        if let origin = origin(file) { return [["install", "-D", "-m", "0644", origin, file.installed]] }
        return [["apt-get", "install", "--reinstall", "-y", "-o", "Dpkg::Options::=--force-confmiss", "orderd"]]
    }

    /// Whether any of the files is installed.
    func isPresent(_ machine: any MachineView) -> Bool {
        DeclaredFile.all.contains { machine.status($0.installed) != nil } || machine.names(Self.copies) != nil
    }

    /// The spool that is declared: the first directory that tmpfiles.d makes, of which all others are parts.
    var spool: String {
        let lines = (texts[.directories] ?? "").split(separator: "\n").map { $0.split(separator: " ", omittingEmptySubsequences: true) }
        let paths = lines.filter { $0.count > 1 && $0[0].first == "d" }.map { String($0[1]) }
        return paths.first { path in path.hasPrefix("/var/spool/") } ?? "/var/spool/orderd"
    }

    /// The unit.
    var unit: UnitFile { UnitFile(texts[.unit] ?? "") }

    /// What sshd is told of partners.
    var ssh: SSHSettings { SSHSettings(texts[.ssh] ?? "") }

    /// Limits of the kernel, by name: the least value of each.
    var kernel: [(name: String, value: Int64)] {
        (texts[.kernel] ?? "").split(separator: "\n").compactMap { line in
            let parts = line.split(separator: "=", maxSplits: 1).map { $0.trimmed }
            guard parts.count == 2, !parts[0].hasPrefix("#"), let value = Int64(parts[1]) else { return nil }
            return (parts[0], value)
        }
    }
}

extension Substring {
    /// Without blanks at its ends.
    var trimmed: String {
        var rest = self
        while let first = rest.first, first.isWhitespace { rest.removeFirst() }
        while let last = rest.last, last.isWhitespace { rest.removeLast() }
        return String(rest)
    }
}
