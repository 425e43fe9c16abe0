/// Files in drop directories that wait to be taken: a bounded window on what lies there.
///
/// A file renamed into place is due at once. Any other is due when its (device, inode, ctime) has not changed for the settle time: who takes
/// a file right after it was closed makes clients report an error, which then set times or look at the name. The key is the inode, never the
/// name alone, since the next upload may have the same name.
///
/// Pure logic: time is passed in, as nanoseconds of the boot clock, which the wall clock's jumps do not reach.
///
/// A candidate handed out by ``due(now:limit:)`` is out of the table. What is not finished with it is put back by
/// ``confirm(_:status:now:)`` or ``postpone(_:until:status:returned:)``.
public struct SettleTable: Sendable {
    /// How long a file must not change, in nanoseconds.
    public var settleNanoseconds: Int64
    /// How many candidates the table holds at most.
    public let capacity: Int

    private struct Key: Hashable {
        var directory: WatchedDirectory
        var name: FileName
    }

    private struct Entry {
        var candidate: Candidate
        var deadline: Int64
        /// Which line of `timeline` counts for this entry; earlier lines are left behind.
        var turn: UInt64
        /// We renamed it back into the drop directory: the event of that is none of the partner's.
        var returned = false
    }

    private struct Line: Comparable {
        var deadline: Int64
        var turn: UInt64
        var key: Key
        static func < (left: Line, right: Line) -> Bool { (left.deadline, left.turn) < (right.deadline, right.turn) }
        static func == (left: Line, right: Line) -> Bool { (left.deadline, left.turn) == (right.deadline, right.turn) }
    }

    private var entries: [Key: Entry] = [:]
    /// How many entries each directory has; none where it has none.
    private var counts: [WatchedDirectory: Int] = [:]
    private var timeline = MinimumHeap<Line>()
    private var turns: UInt64 = 0

    /// Whether a candidate was refused because the table was full, so that a scan is due once there is room. Set back by
    /// ``clearOverflow()``.
    public private(set) var overflowed = false

    /// An empty table.
    ///
    /// - Parameters:
    ///   - settleNanoseconds: how long a file must not change; 0 or more.
    ///   - capacity: how many candidates to hold at most; 1 or more.
    public init(settleNanoseconds: Int64, capacity: Int) {
        precondition(settleNanoseconds >= 0 && capacity >= 1, "a settle time below 0, or no room for a candidate")
        self.settleNanoseconds = settleNanoseconds
        self.capacity = capacity
    }

    /// How many candidates wait.
    public var count: Int { entries.count }

    /// How many candidates of one directory wait.
    public func count(of directory: WatchedDirectory) -> Int { counts[directory] ?? 0 }

    /// When the next candidate is due; `nil` where none waits.
    public var nextDeadline: Int64? {
        // The first line always counts: who makes it stale removes it.
        timeline.first?.deadline
    }

    /// Notes that a scan is under way which will find what was refused.
    public mutating func clearOverflow() { overflowed = false }

    /// Notes that a file was noticed.
    ///
    /// A file seen before and unchanged keeps its deadline, or gets an earlier one where the sighting says more than those before. A changed
    /// one, or another file of the name, starts anew.
    ///
    /// - Parameter unchangedFor: for how many nanoseconds a file that is not known here yet has surely not changed.
    /// - Returns: false where the table is full and the file is not in it; then ``overflowed`` is set.
    @discardableResult
    public mutating func sighted(
        _ directory: WatchedDirectory, _ name: FileName, status: FileStatus, how: Sighting, unchangedFor: Int64 = 0, now: Int64
    ) -> Bool {
        let key = Key(directory: directory, name: name)
        guard let known = entries[key] else {
            guard entries.count < capacity else {
                overflowed = true
                return false
            }
            var candidate = Candidate(directory: directory, name: name, status: status, how: how, now: now)
            let waited = min(max(0, unchangedFor), settleNanoseconds)
            candidate.unchangedSince = now - waited
            put(Entry(candidate: candidate, deadline: max(now, deadline(how, now) - waited), turn: 0), at: key)
            return true
        }
        update(known, key, status, how, now)
        return true
    }

    /// Notes that the server's log says that the upload of a file broke off: it waits to be resumed, even where it looks whole.
    ///
    /// - Returns: false where the table is full and the file is not in it; then ``overflowed`` is set.
    @discardableResult
    public mutating func brokeOff(_ directory: WatchedDirectory, _ name: FileName, status: FileStatus, now: Int64) -> Bool {
        guard sighted(directory, name, status: status, how: .found, now: now) else { return false }
        let key = Key(directory: directory, name: name)
        entries[key]?.candidate.how = .found
        entries[key]?.candidate.isBroken = true
        return true
    }

    private mutating func update(_ known: Entry, _ key: Key, _ status: FileStatus, _ how: Sighting, _ now: Int64) {
        var entry = known
        if !status.isSameFile(as: known.candidate.status) {
            entry.candidate = Candidate(directory: key.directory, name: key.name, status: status, how: how, now: now)
            entry.deadline = deadline(how, now)
            entry.returned = false
        } else if known.returned, how == .renamed {
            entry.returned = false
        } else if how == .closed, known.candidate.how == .renamed {
            // Somebody wrote to it after the rename: what it was as it came is not known any more.
            entry.candidate.how = .closed
            entry.candidate.unchangedSince = now
            entry.candidate.status = status
            entry.deadline = deadline(how, now)
        } else if status.changeTime != known.candidate.status.changeTime {
            entry.candidate = known.candidate.changed(to: status, how: how, now: now)
            entry.deadline = deadline(how, now)
        } else {
            entry.candidate.how = max(how, known.candidate.how)
            if how >= .logged { entry.candidate.isBroken = false }
            // A scan finds it again and again, which must not shorten the wait for a partner's resume; an event is news.
            if how >= .closed { entry.deadline = min(entry.deadline, deadline(how, now)) }
        }
        put(entry, at: key)
    }

    /// Takes out up to `limit` candidates that are due, the longest due first.
    public mutating func due(now: Int64, limit: Int = .max) -> [Candidate] {
        var due: [Candidate] = []
        while due.count < limit, let line = timeline.first, line.deadline <= now {
            timeline.removeFirst()
            if let entry = remove(line.key) { due.append(entry.candidate) }
            dropStaleLines()
        }
        return due
    }

    /// Whether a candidate that is due may be taken, by its status now: renamed into place, or unchanged.
    ///
    /// Else it is put back, to wait the settle time from now on.
    public mutating func confirm(_ candidate: Candidate, status: FileStatus, now: Int64) -> Bool {
        if candidate.status.isUnchanged(since: status) { return true }
        if candidate.how == .renamed, status.isSameFile(as: candidate.status), status.size == candidate.status.size { return true }
        var again = Candidate(directory: candidate.directory, name: candidate.name, status: status, how: .found, now: now)
        if status.isSameFile(as: candidate.status) { again = candidate.changed(to: status, how: .found, now: now) }
        postpone(again, until: now + settleNanoseconds)
        return false
    }

    /// Puts a candidate back, to be due at `deadline`, or before that when it changes or is closed again.
    ///
    /// - Parameters:
    ///   - candidate: as it was handed out.
    ///   - deadline: nanoseconds of the boot clock.
    ///   - status: the file as it is now, where that is known to differ from the candidate's.
    ///   - returned: whether we ourselves renamed the file back into the drop directory. The event of that then does not count as the
    ///     partner's.
    public mutating func postpone(_ candidate: Candidate, until deadline: Int64, status: FileStatus? = nil, returned: Bool = false) {
        let key = Key(directory: candidate.directory, name: candidate.name)
        var candidate = candidate
        if let status { candidate.status = status }
        // Even where the table is full by now: this one had its place, and losing it would leave it to the next scan.
        put(Entry(candidate: candidate, deadline: deadline, turn: 0, returned: returned), at: key)
    }

    /// Drops what waits under this name.
    public mutating func forget(_ directory: WatchedDirectory, _ name: FileName) {
        remove(Key(directory: directory, name: name))
        dropStaleLines()
    }

    /// Drops all that waits of a directory.
    public mutating func forget(_ directory: WatchedDirectory) {
        entries = entries.filter { $0.key.directory != directory }
        counts[directory] = nil
        rebuildTimeline()
    }

    @discardableResult
    private mutating func remove(_ key: Key) -> Entry? {
        guard let entry = entries.removeValue(forKey: key) else { return nil }
        let rest = count(of: key.directory) - 1
        counts[key.directory] = rest > 0 ? rest : nil
        return entry
    }

    private func deadline(_ how: Sighting, _ now: Int64) -> Int64 {
        how == .renamed ? now : now + settleNanoseconds
    }

    private mutating func put(_ entry: Entry, at key: Key) {
        var entry = entry
        if let known = entries[key], known.deadline == entry.deadline {
            entry.turn = known.turn
            entries[key] = entry
            return
        }
        turns += 1
        entry.turn = turns
        if entries.updateValue(entry, forKey: key) == nil { counts[key.directory, default: 0] += 1 }
        timeline.insert(Line(deadline: entry.deadline, turn: turns, key: key))
        dropStaleLines()
        if timeline.count > 2 * entries.count + 64 { rebuildTimeline() }
    }

    private mutating func dropStaleLines() {
        while let line = timeline.first, entries[line.key]?.turn != line.turn { timeline.removeFirst() }
    }

    private mutating func rebuildTimeline() {
        timeline = MinimumHeap(entries.map { Line(deadline: $0.value.deadline, turn: $0.value.turn, key: $0.key) })
    }
}
