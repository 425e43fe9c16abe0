import Glibc
import Spool

/// Who asks for a change, as the journal names them: `uid 1000 (anna)`.
enum Asker {
    /// The user of this process: who started it, also while root works as the spool's owner.
    static var own: String { text(user: getuid()) }

    static func text(user: UInt32) -> String {
        name(of: user).map { "uid \(user) (\($0))" } ?? "uid \(user)"
    }

    /// The user's name, from `/etc/passwd` only: a directory service that does not answer would stop the daemon.
    private static func name(of user: UInt32) -> String? {
        let files = SystemFiles()
        guard let name = FileName("passwd"), let directory = try? Directory(path: "/etc", files: files),
            let bytes = try? files.readAll(in: directory.descriptor, name, limit: 4 << 20)
        else { return nil }
        for line in bytes.split(separator: UInt8(ascii: "\n")) {
            let fields = line.split(separator: UInt8(ascii: ":"), maxSplits: 3, omittingEmptySubsequences: false)
            guard fields.count == 4, UInt32(String(decoding: fields[2], as: UTF8.self)) == user else { continue }
            return String(decoding: fields[0], as: UTF8.self)
        }
        return nil
    }
}
