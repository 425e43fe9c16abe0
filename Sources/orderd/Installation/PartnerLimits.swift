import Foundation
import Spool

/// A partner's own limits, as lines of the configuration's file.
///
/// A line is put at the end, or in the place of one that this wrote before: everything else in the file stays as its author wrote it.
struct PartnerLimits {
    let partner: String
    /// Orders a minute; nil leaves it as it is.
    let rate: Int?
    /// Orders at once after a quiet time; nil leaves it as it is.
    let burst: Int?

    /// What is wanted, by the full path of its key.
    private var wanted: [(path: String, value: Int)] {
        [(Keys.Intake.rateLimit.path, rate), (Keys.Intake.rateBurst.path, burst)].compactMap { path, value in
            value.map { ("\(Keys.partners).\(partner).\(path)", $0) }
        }
    }

    /// Whether anything is to be set.
    var isEmpty: Bool { wanted.isEmpty }

    /// The lines, as somebody would put them into the file.
    var lines: [String] { wanted.map { "\($0.path): \($0.value)" } }

    /// Why a value is out of its range; nil where all are fine.
    var fault: String? {
        for (path, value) in wanted {
            do {
                _ = try Configuration.load(path: "/dev/null", environment: [:], overrides: ["\(path)=\(value)"])
            } catch {
                return error.problems.first.map { "\(path): \($0.message)" } ?? "\(path) cannot be \(value)"
            }
        }
        return nil
    }

    /// The file's text with the limits in it.
    ///
    /// - Throws: `refused` where a limit stands in it in another form, or where the text would no longer be read.
    func applied(to text: String, file: String) throws(CommandFailure) -> String {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        if lines.last == "" { lines.removeLast() }
        for (path, value) in wanted {
            let line = "\(path): \(value)"
            if let index = lines.firstIndex(where: { $0.hasPrefix("\(path):") }) { lines[index] = line } else { lines.append(line) }
        }
        let new = lines.joined(separator: "\n") + "\n"
        let read = ConfigurationFile(text: new, path: file)
        if let problem = read.problems.first {
            throw .refused(
                "the limits cannot be put into \(file), put them there by hand: \(self.lines.joined(separator: ", ")) (\(problem))")
        }
        for (path, _) in wanted where read.entries.count(where: { $0.path == path }) != 1 {
            throw .refused("\(path) stands in \(file) already, in another form: change it there")
        }
        return new
    }

    /// Puts the limits into the file, which need not be there.
    ///
    /// - Returns: whether it changed.
    @discardableResult
    func write(to file: String) throws -> Bool {
        let old: String
        do { old = try String(contentsOfFile: file, encoding: .utf8) } catch {
            guard !FileManager.default.fileExists(atPath: file) else {
                throw CommandFailure.couldNotRun("\(file) cannot be read: \(error)")
            }
            old = ""
        }
        let new = try applied(to: old, file: file)
        if new == old { return false }
        let files = SystemFiles()
        let slash = file.lastIndex(of: "/")
        let above = slash.map { $0 == file.startIndex ? "/" : String(file[..<$0]) } ?? "."
        guard let name = FileName(String(file[(slash.map { file.index(after: $0) } ?? file.startIndex)...])) else { return false }
        let directory = try Directory(path: Path(above), files: files)
        let status = try files.status(in: directory.descriptor, name)
        try Publisher(owner: "limits", files: files).publish(
            Array(new.utf8), in: directory.descriptor, as: name, mode: status?.permissions ?? 0o644)
        if let status, let file = try? files.openForReading(in: directory.descriptor, name) {
            // Whoever had the file keeps it; only root can give it back.
            try? files.setOwner(file, user: status.owner, group: status.group)
            try? files.close(file)
        }
        try files.syncFileSystem(directory.descriptor)
        return true
    }
}
