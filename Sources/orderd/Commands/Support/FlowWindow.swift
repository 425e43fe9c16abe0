import Ledger
import Orders

/// What happened lately, kept in stretches of time and fed with what came since: a look costs what is new, however much there was.
struct FlowWindow {
    /// How far back it knows, in milliseconds.
    let length: Int64
    /// How fine, in milliseconds.
    let stretch: Int64
    private var counts: [(stretch: Int64, counts: FlowCounts)] = []
    private var last: Int64?

    init(length: Int64, stretch: Int64) {
        self.length = length
        self.stretch = stretch
    }

    /// Takes in what came since the last time; the first time all that lies within its length.
    ///
    /// - Parameter targets: how long orders and files may take.
    mutating func update(_ queries: Queries, now: Timestamp, _ targets: FlowTargets = FlowTargets()) throws(LedgerError) {
        let from: Int64
        if let last { from = last } else { from = try queries.lastEvent(before: Timestamp(milliseconds: now.milliseconds - length)) }
        let (new, last) = try queries.flow(after: from, stretch: stretch, targets)
        take(new, now: now)
        self.last = last
    }

    /// Takes in counts that are not in it yet.
    mutating func take(_ new: [(stretch: Int64, counts: FlowCounts)], now: Timestamp) {
        for item in new {
            if let known = counts.last, known.stretch == item.stretch {
                counts[counts.count - 1].counts = known.counts + item.counts
            } else {
                counts.append(item)
            }
        }
        let first = (now.milliseconds - length) / stretch
        counts.removeAll { $0.stretch < first }
    }

    /// What happened within so many milliseconds before a time.
    func sum(over span: Int64, now: Timestamp) -> FlowCounts {
        let first = (now.milliseconds - span) / stretch
        return counts.reduce(FlowCounts()) { $1.stretch > first ? $0 + $1.counts : $0 }
    }
}
