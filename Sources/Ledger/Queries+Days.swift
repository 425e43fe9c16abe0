import Orders

/// Events of one UTC day: a range of their numbers, which have no gaps.
public struct EventDay: Sendable, Equatable {
    /// The day, `2026-11-22`.
    public let day: String
    /// The number of its first event.
    public let first: Int64
    /// The number of its last event so far.
    public let last: Int64
    /// Whether an event of a later day is on record. Times of events never run back, so the day gets no more of them then, whatever becomes of
    /// the clock.
    public let isClosed: Bool
}

extension Queries {
    /// The day of an event and the events of that day, up to a head; nil behind the head. Found by halving: a few dozen look-ups, however many
    /// events there are.
    ///
    /// - Parameters:
    ///   - first: the first event of the day, which the one before has told.
    ///   - head: the last event to be looked at.
    public func day(beginningWith first: Int64, head: Int64) throws(LedgerError) -> EventDay? {
        guard first <= head, let begin = try time(of: first) else { return nil }
        let midnight = Timestamp(milliseconds: (begin.milliseconds / 86_400_000 + 1) * 86_400_000)
        var (low, high) = (first, head + 1)
        while low + 1 < high {
            let middle = low + (high - low) / 2
            if let at = try time(of: middle), at < midnight { low = middle } else { high = middle }
        }
        return EventDay(day: begin.day, first: first, last: low, isClosed: low < head)
    }

    private func time(of seq: Int64) throws(LedgerError) -> Timestamp? {
        let row = try connection.statement("SELECT at FROM events WHERE seq = ?1")
        row.bind(1, seq)
        guard try row.step() else { return nil }
        defer { row.reset() }
        return Timestamp(milliseconds: row.integer(0))
    }
}
