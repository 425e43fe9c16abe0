import Orders
import Spool

/// Uploads that ended too soon and wait for their resume, and whose have changed since that was last told.
///
/// The settle table has their deadlines; this has what a partner is told of them.
struct UnfinishedUploads {
    private struct Key: Hashable {
        let directory: WatchedDirectory
        let name: FileName
    }

    private struct Entry {
        let partner: String
        let upload: WaitingUpload
        /// Both in nanoseconds of the boot clock, which the wall clock's jumps do not reach.
        let unchangedSince: Int64
        let deadline: Int64
    }

    private var entries: [Key: Entry] = [:]
    /// What was taken out last: looked at again it is mostly as it was, and is then told with the same times, to the millisecond.
    private var last: (key: Key, entry: Entry)?
    private var changed: Set<String> = []

    /// How many wait.
    var count: Int { entries.count }

    /// Whether there is something to be told.
    var hasChanges: Bool { !changed.isEmpty }

    /// An upload waits from now on.
    mutating func insert(
        _ candidate: Candidate, _ directory: DropDirectory, until deadline: Int64, _ fate: WaitingUpload.Fate, now: Timestamp, boot: Int64
    ) {
        let key = Key(directory: directory.tag, name: candidate.name)
        changed.insert(directory.partner)
        if let last, last.key == key, last.entry.unchangedSince == candidate.unchangedSince, last.entry.deadline == deadline,
            last.entry.upload.size == candidate.status.size, last.entry.upload.fate == fate
        {
            entries[key] = last.entry
            return
        }
        func wall(_ time: Int64) -> Int64 { now.milliseconds + (time - boot) / 1_000_000 }
        let upload = WaitingUpload(
            directory: directory.drop, name: candidate.name, size: candidate.status.size, since: wall(candidate.unchangedSince),
            until: wall(deadline), fate: fate)
        entries[key] = Entry(
            partner: directory.partner, upload: upload, unchangedSince: candidate.unchangedSince, deadline: deadline)
    }

    /// An upload is looked at again, is gone, or is judged: it does not wait any more.
    mutating func remove(_ directory: DropDirectory, _ name: FileName) {
        let key = Key(directory: directory.tag, name: name)
        guard let entry = entries.removeValue(forKey: key) else { return }
        last = (key, entry)
        changed.insert(entry.partner)
    }

    /// What was taken out last is not judged yet: unless it has changed, it waits on.
    mutating func putBack(_ candidate: Candidate) {
        guard let last, last.key == Key(directory: candidate.directory, name: candidate.name),
            last.entry.unchangedSince == candidate.unchangedSince
        else { return }
        entries[last.key] = last.entry
    }

    /// Takes out all of a partner's.
    mutating func forget(_ partner: String) {
        entries = entries.filter { $0.value.partner != partner }
        changed.insert(partner)
    }

    /// Has everything of these partners told, whether it has changed or not.
    mutating func tellAgain(_ partners: some Sequence<String>) { changed.formUnion(partners) }

    /// The partners of whom something waits, and what of it they are told.
    var told: [(partner: String, uploads: WaitingUploads)] {
        Set(entries.values.map(\.partner)).sorted().map { ($0, waiting($0)) }
    }

    /// What is to be told, by partner.
    mutating func takeChanged() -> [(partner: String, uploads: WaitingUploads)] {
        defer { changed = [] }
        return changed.sorted().map { ($0, waiting($0)) }
    }

    private func waiting(_ partner: String) -> WaitingUploads {
        WaitingUploads(entries.values.lazy.filter { $0.partner == partner }.map(\.upload))
    }
}
