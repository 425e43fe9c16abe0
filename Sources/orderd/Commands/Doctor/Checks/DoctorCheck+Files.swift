/// The files that `etc/` declares, against those that are installed.
extension DoctorCheck {
    static let files: [DoctorCheck] = [
        DoctorCheck("files.present", .installation, "every file that etc/ declares is installed") { examination in
            examination.files.compactMap { file in
                guard examination.machine.status(file.installed) == nil else { return nil }
                return DoctorFinding(
                    subject: file.installed, found: "nothing", expected: "the file that etc/\(file.source) declares", why: file.why,
                    mend: examination.declared.mend(file) + file.afterwards, isSafe: examination.declared.source != nil)
            }
        },
        DoctorCheck("files.content", .installation, "every installed file, with the one that etc/ declares") { examination in
            examination.files.compactMap { file in
                // What administrators may add to sshd's drop-in is looked at word by word.
                guard file != .ssh, examination.declared.source != nil, let declared = examination.declared[file],
                    let installed = examination.machine.text(file.installed), installed != declared
                else { return nil }
                return DoctorFinding(
                    subject: file.installed, found: "line \(firstDifference(installed, declared)) differs from what is declared",
                    expected: "the text of \(examination.declared.origin(file) ?? file.source)",
                    why: file.why + "; an upgrade would undo the change anyway",
                    mend: examination.declared.mend(file) + file.afterwards)
            }
        },
        DoctorCheck("files.shadow", .installation, "no file of /etc, /run or /usr/local takes the place of one that is installed") {
            examination in
            examination.files.flatMap { file in file.shadows.compactMap { examination.shadow($0, of: file) } }
        },
        DoctorCheck("files.package", .installation, "the package's other files, the program first, with the sums that dpkg keeps") {
            examination in examination.changedPackageFiles()
        },
    ]
}

/// The number of the first line in which two texts differ.
private func firstDifference(_ left: String, _ right: String) -> Int {
    let (left, right) = (
        left.split(separator: "\n", omittingEmptySubsequences: false), right.split(separator: "\n", omittingEmptySubsequences: false)
    )
    return (zip(left, right).enumerated().first { $0.element.0 != $0.element.1 }?.offset ?? min(left.count, right.count)) + 1
}

extension DeclaredFile {
    /// What lets a changed file take effect.
    var afterwards: [DoctorFinding.Command] {
        switch self {
        case .unit: [["systemctl", "daemon-reload"]]
        case .accounts: [["systemd-sysusers", installed]]
        case .directories: [["systemd-tmpfiles", "--create", installed]]
        case .kernel: [["sysctl", "-q", "-p", installed]]
        // A server with a broken configuration would not come back; reload asks it to look first.
        case .ssh: [["systemctl", "try-reload-or-restart", "ssh"]]
        default: []
        }
    }
}

extension Examination {
    /// The files that are declared. Without the declarations at hand all but the kernel's must be there: not every system needs that one.
    fileprivate var files: [DeclaredFile] {
        DeclaredFile.all.filter { declared.source == nil ? $0 != .kernel : declared[$0] != nil }
    }

    fileprivate func shadow(_ path: String, of file: DeclaredFile) -> DoctorFinding? {
        // A mask of the unit is told by the check on what starts it.
        guard machine.status(path) != nil, path != DeclaredFile.ownUnit || machine.target(path) != "/dev/null" else { return nil }
        if let text = machine.text(path), text == declared[file] { return nil }
        return DoctorFinding(
            subject: path, found: "a file in the place of \(file.installed)", expected: "none", why: file.why,
            mend: [["mv", "-T", path, path + ".set-aside"]] + file.afterwards,
            advice: file == .unit ? "move what you changed there into a drop-in: systemctl edit orderd" : nil, isSafe: false)
    }

    fileprivate func changedPackageFiles() -> [DoctorFinding] {
        // Nothing where there is no dpkg, or no such package.
        guard let outcome = machine.run(["dpkg", "--verify", "orderd"]), !outcome.output.contains("not installed") else { return [] }
        return outcome.output.split(separator: "\n").compactMap { line in
            // `??5?????? c /etc/...`: a `c` marks what is the administrator's to change.
            let words = line.split(separator: " ").map(String.init)
            guard let path = words.last, path.hasPrefix("/"), !words.contains("c"),
                !isCompared(path)
            else { return nil }
            return DoctorFinding(
                subject: path, found: line.contains("missing") ? "nothing" : "other bytes than the package has",
                expected: "the file of the package", why: "nobody has tested what runs then, and somebody may have changed it with intent",
                mend: [["apt-get", "install", "--reinstall", "-y", "orderd"]], isSafe: false)
        }
    }

    /// Whether a file has a check of its own, which says more.
    private func isCompared(_ path: String) -> Bool {
        declared.source != nil && DeclaredFile.all.contains { $0.installed == path }
    }
}
