public import Orders

/// A dropped file as the ledger knows it.
public final class DropRecord {
    /// The number of the event that recorded it.
    public let seq: Int64
    /// Its id.
    public let id: DropID
    /// What is known of the file.
    public let facts: DropFacts
    /// The verdict; nil while slices are still to come.
    public internal(set) var verdict: Verdict?
    /// The orders so far.
    public internal(set) var counts: EntryCounts
    /// Slices so far.
    public internal(set) var slices: Int
    /// Where the next slice begins, in the splitter's own terms.
    public internal(set) var position: String
    /// The verdicts on its orders, a JSON array; empty for a file of several slices, whose verdicts lie in a row each.
    public internal(set) var results: [UInt8]
    /// Faults of the file itself, a JSON array.
    public internal(set) var faults: [UInt8]

    var isNew: Bool
    var isDirty: Bool

    init(
        seq: Int64, id: DropID, facts: DropFacts, verdict: Verdict?, counts: EntryCounts, slices: Int, position: String, results: [UInt8],
        faults: [UInt8], isNew: Bool
    ) {
        self.seq = seq
        self.id = id
        self.facts = facts
        self.verdict = verdict
        self.counts = counts
        self.slices = slices
        self.position = position
        self.results = results
        self.faults = faults
        self.isNew = isNew
        isDirty = isNew
    }
}

extension EntryCounts {
    init(_ results: [EntryResult]) {
        self.init()
        for result in results { add(result.verdict) }
    }

    static func += (left: inout EntryCounts, right: EntryCounts) {
        left.entries += right.entries
        left.accepted += right.accepted
        left.duplicate += right.duplicate
        left.conflict += right.conflict
        left.rejected += right.rejected
    }
}
