import Ledger
import Spool
import Stages

/// Counts, beside the daemon, the crashes at which its note named one thing as alone in hand: without three of them at one position nothing
/// may be set aside as the cause.
struct Blame {
    static let note = "spool/state/in-hand"
    private static let limit = 3

    /// Crashes by the note's last line, which names the position and the thing.
    private var crashes: [String: Int] = [:]
    /// Uploads that were set aside, or orders of them, each for a reason: by inode and birth.
    private(set) var uploads: Set<String> = []

    /// A start follows: what the note says now is what a crash has left.
    mutating func startFollows(_ note: [UInt8]) {
        // A line that was cut short says nothing.
        let whole = note.lastIndex(of: 10).map { note[...$0] } ?? []
        let lines = String(decoding: whole, as: UTF8.self).split(separator: "\n")
        let things = Set(lines.map { $0.split(separator: " ").dropFirst(2).joined(separator: " ") })
        guard things.count == 1, let last = lines.last, last.hasPrefix("alone ") else { return }
        crashes[String(last), default: 0] += 1
    }

    /// Whether a thing, or any that its words begin, has crashed the daemon often enough at one position.
    private func isGuilty(_ thing: String) -> Bool {
        crashes.contains { line, count in
            count >= Self.limit && line.split(separator: " ").dropFirst(2).joined(separator: " ").hasPrefix(thing)
        }
    }

    /// An event says that something was set aside.
    mutating func setAside(_ line: JournalLine, _ upload: Upload?) throws {
        if line.kind.hasPrefix("order.") {
            guard isGuilty("order \(line.subject)") else { throw Violation("\(line.subject) was set aside and has not crashed the daemon") }
            return
        }
        // Slices of a large file do not name it.
        guard let upload else {
            guard isGuilty("file ") else { throw Violation("\(line.subject) was set aside, and no file has crashed the daemon") }
            return
        }
        let identity = "\(upload.node.inode) \(upload.node.birth)"
        guard isGuilty("file \(upload.partner) \(upload.drop) \(identity) ") else {
            throw Violation("\(upload.name) of \(upload.partner) was set aside and has not crashed the daemon")
        }
        uploads.insert(identity)
    }
}
