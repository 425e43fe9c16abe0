import Ledger
import Orders
import Spool

/// Something that was in hand when orderd crashed, and that may have been the cause.
struct Suspect: Hashable, Sendable {
    /// The position of a thing as a whole.
    static let whole: Int64 = -1
    /// Crashes of a thing while it was alone in hand, at one position, that show that it is the cause.
    static let limit = 3

    let thing: Thing
    /// Where in the thing it crashed while it was alone: the number of an order of a file, ``whole``, or, below that, how far a large file had
    /// been looked through. A crash at another position than the one before begins a new count: the thing has got on.
    var position: Int64
    /// Crashes while it was alone, in a row and at this position.
    var crashes: Int

    /// It has crashed often enough.
    var isGuilty: Bool { crashes >= Self.limit }
}

/// The suspects of the crashes so far. Each is taken in a turn of its own, so that another crash tells whether it was the cause.
///
/// Kept in a mark of the ledger, which is written at a start: what the note of a crashed run says is counted there before anything is touched.
struct Suspects {
    /// The mark's name.
    static let mark = "suspects"

    private(set) var all: [Suspect] = []

    /// Suspects as a mark holds them; a line that is not understood is left out.
    init(text: String) {
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ")
            guard words.count >= 4, let crashes = Int(words[0]), let position = Int64(words[1]), let thing = Thing(words: words[2...])
            else {
                continue
            }
            all.append(Suspect(thing: thing, position: position, crashes: crashes))
        }
    }

    /// As a mark holds them.
    var text: String { all.map { "\($0.crashes) \($0.position) \($0.thing.text)" }.joined(separator: "\n") }

    /// Counts a crash. `left` is what the note said; `called` are orders whose call had no answer yet.
    mutating func crashed(_ left: [InHand.Entry], called: [OrderID]) {
        let things = Set(left.map(\.thing))
        // A file is taken alone while calls of others may be out; then nobody can tell.
        if things.count == 1, let last = left.last, last.isAlone, last.isOrder || called.isEmpty {
            if let index = all.firstIndex(where: { $0.thing == last.thing }) {
                all[index].crashes = all[index].position == last.position ? all[index].crashes + 1 : 1
                all[index].position = last.position
            } else {
                all.append(Suspect(thing: last.thing, position: last.position, crashes: 1))
            }
            return
        }
        for entry in left { add(entry.thing) }
        for id in called { add(.order(id)) }
    }

    /// One more to be taken alone.
    mutating func add(_ thing: Thing) {
        if !all.contains(where: { $0.thing == thing }) { all.append(Suspect(thing: thing, position: Suspect.whole, crashes: 0)) }
    }

    mutating func remove(_ thing: Thing) { all.removeAll { $0.thing == thing } }

    var isEmpty: Bool { all.isEmpty }

    /// Those against which a crash was counted.
    var counted: [Suspect] { all.filter { $0.crashes > 0 } }

    /// The first order under suspicion.
    var firstOrder: (OrderID, Suspect)? {
        for suspect in all { if case .order(let id) = suspect.thing { return (id, suspect) } }
        return nil
    }

    /// The suspect of an upload.
    func file(_ partner: String, _ drop: String, _ upload: DropIdentity) -> Suspect? {
        if all.isEmpty { return nil }
        let thing = Thing.file(partner: partner, drop: drop, upload: upload)
        return all.first { $0.thing == thing }
    }

    /// Whether this order is under suspicion.
    func contains(_ id: OrderID) -> Bool { !all.isEmpty && all.contains { $0.thing == .order(id) } }
}
