import Ledger
import Orders
import Spool

/// The note of what is in hand, `state/in-hand`: written before a thing is touched, emptied when a turn has ended well.
///
/// After a crash it says what may have been the cause. It is not synced: a crash of the process leaves it in the page cache, and what a power
/// cut takes with it is no cause of anything. So a note costs one write, and none where nothing is done.
final class InHand {
    /// A line of the note.
    struct Entry: Hashable {
        let thing: Thing
        /// Where in the thing the work is, so that a thing that gets on is told from one that does not. See ``Suspect/position``.
        let position: Int64
        /// Nothing else was in hand.
        let isAlone: Bool

        var isOrder: Bool { if case .order = thing { true } else { false } }
    }

    /// The note's name in `state/`.
    static let name = Places.name("in-hand")

    private let files: any FileOperations
    private let descriptor: Descriptor
    private var isEmpty = true
    /// The last line, where it was one thing's.
    private var last: Entry?

    /// Opens the note, and reads what a run before this one has left in it; nothing after a turn that ended well.
    ///
    /// A line that a crash has cut short is left out.
    static func open(_ tree: SpoolTree) throws(FileError) -> (note: InHand, left: [Entry]) {
        let state = try tree.directory(SpoolTree.state)
        let bytes = try tree.files.readAll(in: state, name, limit: 16 << 20) ?? []
        let descriptor = try tree.files.openForAppending(in: state, name, mode: 0o600)
        let note = InHand(files: tree.files, descriptor: descriptor)
        note.isEmpty = bytes.isEmpty
        let end = bytes.lastIndex(of: 10).map { $0 + 1 } ?? 0
        let lines = String(decoding: bytes[..<end], as: UTF8.self).split(separator: "\n")
        return (note, lines.compactMap(entry))
    }

    private init(files: any FileOperations, descriptor: Descriptor) {
        self.files = files
        self.descriptor = descriptor
    }

    deinit { try? files.close(descriptor) }

    /// Notes what is about to be touched.
    func touch(_ thing: Thing, position: Int64 = Suspect.whole, isAlone: Bool = false) throws(FileError) {
        let entry = Entry(thing: thing, position: position, isAlone: isAlone)
        // A file is touched where it was dropped and again once it is claimed.
        guard entry != last else { return }
        try write([thing], position, isAlone)
        last = entry
    }

    /// Notes orders that are about to go on together.
    func touch(_ orders: [OrderRecord]) throws(FileError) {
        guard !orders.isEmpty else { return }
        try write(orders.map { .order($0.id) }, Suspect.whole, false)
    }

    private func write(_ things: [Thing], _ position: Int64, _ isAlone: Bool) throws(FileError) {
        var text: [UInt8] = []
        text.reserveCapacity(128 * things.count)
        for thing in things {
            text.append(contentsOf: (isAlone ? "alone " : "with ").utf8)
            text.append(contentsOf: String(position).utf8)
            text.append(UInt8(ascii: " "))
            thing.append(to: &text)
            text.append(10)
        }
        isEmpty = false
        last = nil
        try files.write(descriptor, text)
    }

    /// Nothing is in hand any more.
    func rest() throws(FileError) {
        guard !isEmpty else { return }
        last = nil
        try files.truncate(descriptor, to: 0)
        isEmpty = true
    }

    private static func entry(_ line: Substring) -> Entry? {
        let words = line.split(separator: " ")
        guard words.count >= 4, words[0] == "alone" || words[0] == "with", let position = Int64(words[1]),
            let thing = Thing(words: words[2...])
        else { return nil }
        return Entry(thing: thing, position: position, isAlone: words[0] == "alone")
    }
}
