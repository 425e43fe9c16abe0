import Foundation
import Ledger
import Orders
import Spool

/// Sees every event and everything that is published, as it happens, and remembers what must never change.
final class Witness {
    /// An order's own story, by its events.
    struct Story {
        var steps: [String] = []
        var isEnded = false
        var lastAt = Timestamp(milliseconds: 0)
    }

    /// Lines of the journal by event: none may ever read otherwise.
    private var lines: [Int64: [UInt8]] = [:]
    private(set) var head: Int64 = 0
    private var subjects: [String: [(seq: Int64, kind: String)]] = [:]
    /// Receipts and pick requests as they were first seen: by drop, by path.
    private(set) var receipts: [String: [UInt8]] = [:]
    private var picks: [String: [UInt8]] = [:]
    private(set) var stories: [OrderID: Story] = [:]
    /// Orders whose files were moved by hand since the last start after an unclean stop: a position is a command for these only.
    var moved: Set<OrderID> = []
    /// Who may be set aside as a cause of crashes.
    var blame = Blame()
    /// Calls that were seen already, by life and number.
    var seenCalls: Set<String> = []

    // MARK: Events

    /// Reads the events that are new in the journal.
    func follow(_ world: World) throws {
        for (seq, line) in try newLines(world) {
            if let known = lines[seq] {
                guard known == line else { throw Violation("event \(seq) of the journal was changed") }
                continue
            }
            lines[seq] = line
            head = max(head, seq)
            try take(try JournalLine(line), world)
        }
    }

    private func take(_ line: JournalLine, _ world: World) throws {
        world.trace.note("event", "\(line.seq)", line.kind, line.subject)
        subjects[line.subject, default: []].append((line.seq, line.kind))
        let data = try JSONValue.parse(line.data)
        if line.kind == "drop.judged" || line.kind == "drop.opened" { try judged(data, world) }
        if data["reason"]?.text == "set-aside" || String(decoding: line.data, as: UTF8.self).contains("\"code\":\"set-aside\"") {
            world.trace.note("set aside", line.subject)
            try blame.setAside(line, world.upload(data))
        }
        guard line.kind.hasPrefix("order."), let id = OrderID(line.subject) else { return }
        var story = stories[id] ?? Story()
        guard line.kind != "order.accepted" || stories[id] == nil else { throw Violation("\(id) was accepted twice") }
        guard !story.isEnded else { throw Violation("event \(line.seq): \(line.kind) of \(id), which had come to its end") }
        guard line.at >= story.lastAt else { throw Violation("event \(line.seq): the time of \(id) runs back") }
        story.lastAt = line.at
        if line.kind == "order.advanced", let step = data["step"]?.text {
            let expected = ["validate", "reserve", "charge", "fulfil", "notify"]
            guard story.steps.count < 5, expected[story.steps.count] == step else {
                throw Violation("event \(line.seq): \(id) has done \(story.steps), then \(step)")
            }
            story.steps.append(step)
        }
        if let to = data["to"]?.text, Stage(to).isTerminal { story.isEnded = true }
        if data["by"]?.text == "hand", !moved.contains(id) {
            throw Violation("event \(line.seq): \(line.kind) of \(id) by hand, and nobody has moved its file")
        }
        stories[id] = story
    }

    /// A file that its partner had not finished must not be judged.
    private func judged(_ data: JSONValue, _ world: World) throws {
        guard let upload = world.upload(data) else { return }
        if upload.isUnfinished { throw Violation("\(upload.name) of \(upload.partner) was judged by half") }
        upload.isJudged = true
    }

    /// The lines of the journal behind what was read, with the numbers of their events.
    private func newLines(_ world: World) throws -> [(Int64, [UInt8])] {
        guard let journal = world.disk.find("spool/journal") else { return [] }
        var found: [(Int64, [UInt8])] = []
        var number: Int64 = 0
        for day in journal.entries.keys.sorted() {
            for (_, node) in (journal.entries[day]?.entries ?? [:]).sorted(by: { $0.key < $1.key }) {
                let ends = Self.lineEnds(node.content)
                // Most of it was read before.
                let known = Int(min(Int64(ends.count), max(0, head - number)))
                for index in known..<max(known, ends.count) {
                    let start = index == 0 ? 0 : ends[index - 1] + 1
                    found.append((number + Int64(index) + 1, Array(node.content[start..<ends[index]])))
                }
                number += Int64(ends.count)
            }
        }
        return found
    }

    private static func lineEnds(_ bytes: [UInt8]) -> [Int] {
        bytes.withUnsafeBytes { buffer in
            var ends: [Int] = []
            var start = 0
            while start < buffer.count, let base = buffer.baseAddress, let found = memchr(base + start, 10, buffer.count - start) {
                let end = UnsafeRawPointer(found) - base
                ends.append(end)
                start = end + 1
            }
            return ends
        }
    }

    // MARK: What is published

    /// A file got its final name: nothing is told that is not in the journal, on disk; and what was told once stays so.
    func published(_ node: Node, _ path: String, _ world: World) {
        let isReceipt = path.contains("/receipts/")
        guard path.contains("/partners/"), isReceipt || path.contains("/status/") || path.contains("/pick/") else { return }
        if isReceipt, let id = Self.dropID(of: node.content) {
            if let known = receipts[id], known != node.content { world.found.append("the receipt of \(id) was changed") }
            receipts[id] = node.content
            let counts = count(["drop.judged", "drop.closed"], with: id, world)
            if counts == 0 { world.found.append("the receipt of \(id) was published before the journal was on disk") }
        }
        if path.contains("/pick/") {
            if let known = picks[path], known != node.content { world.found.append("\(path) was changed") }
            picks[path] = node.content
        }
        if path.contains("/status/"), let id = node.name?.text?.dropLast(5) {
            let told = String(decoding: node.content, as: UTF8.self).components(separatedBy: "\"at\":").count - 1
            let written = count(with: String(id), world)
            if written < told {
                world.found.append("the status of \(id) tells of \(told) events, and \(written) are in the journal on disk")
            }
        }
    }

    /// Events that are in the journal, on disk for certain, of some kinds or of all, about a subject.
    func count(_ kinds: [String] = [], with subject: String, _ world: World) -> Int {
        do { try follow(world) } catch { world.found.append("\(error)") }
        var durable: Int64 = 0
        for day in world.disk.find("spool/journal")?.entries.values.map({ $0 }) ?? [] {
            for node in day.entries.values { durable += Int64(Self.lineEnds(node.synced).count) }
        }
        return (subjects[subject] ?? []).count { $0.seq <= durable && (kinds.isEmpty || kinds.contains($0.kind)) }
    }

    /// The drop that a receipt is of.
    static func dropID(of receipt: [UInt8]) -> String? {
        // It stands at the beginning: `{"version":1,"dropId":"drop_...`.
        let parts = String(decoding: receipt.prefix(80), as: UTF8.self).components(separatedBy: "\"dropId\":\"")
        return parts.count == 2 ? parts[1].components(separatedBy: "\"").first : nil
    }
}
