public import Orders

/// What happened in one stretch of time.
public struct FlowCounts: Sendable, Equatable {
    /// Dropped files that got their verdict.
    public var files: Int64 = 0
    /// Of these, the ones that had it later after their upload was whole than the target.
    public var lateFiles: Int64 = 0
    /// Orders that were accepted.
    public var accepted: Int64 = 0
    /// Orders that were completed.
    public var completed: Int64 = 0
    /// Of these, without those that a person had held: the ones whose way from acceptance took longer than the target.
    public var late: Int64 = 0
    /// How often an order was deferred.
    public var deferred: Int64 = 0
    /// How often an order was held.
    public var held: Int64 = 0
    /// How often an order failed.
    public var failed: Int64 = 0
    /// Orders that a step refused for good.
    public var declined: Int64 = 0

    /// Nothing happened.
    public init() {}

    /// Both together.
    public static func + (left: FlowCounts, right: FlowCounts) -> FlowCounts {
        var sum = left
        sum.files += right.files
        sum.lateFiles += right.lateFiles
        sum.accepted += right.accepted
        sum.completed += right.completed
        sum.late += right.late
        sum.deferred += right.deferred
        sum.held += right.held
        sum.failed += right.failed
        sum.declined += right.declined
        return sum
    }
}

/// How long things may take, in milliseconds; by default any time.
public struct FlowTargets: Sendable, Equatable {
    /// From an upload being whole to its verdict, which the receipt follows within moments.
    public var receipt: Int64
    /// From an order's acceptance to its completion.
    public var completion: Int64

    /// Targets of these lengths.
    public init(receipt: Int64 = .max, completion: Int64 = .max) {
        self.receipt = receipt
        self.completion = completion
    }
}

/// Questions about what happened lately, from the events. A caller that asks again and again asks for what came since.
extension Queries {
    /// What the events after a number were, by stretches of time.
    ///
    /// - Parameters:
    ///   - seq: the last event that was counted already.
    ///   - stretch: how long a stretch is, in milliseconds.
    ///   - targets: what takes longer is late.
    /// - Returns: the stretches in which something happened, by their number since 1970; and the last event that is counted.
    public func flow(
        after seq: Int64, stretch: Int64, _ targets: FlowTargets = FlowTargets()
    ) throws(LedgerError) -> (counts: [(stretch: Int64, counts: FlowCounts)], last: Int64) {
        // A drop of one commit has the number of its event. A large file was opened earlier, mostly a few drops before its end.
        // A move to done is told by its data. Text from outside cannot look like it: within a JSON string the quotes are escaped.
        let row = try connection.statement(
            """
            SELECT at / ?2, max(seq), sum(kind IN ('drop.judged', 'drop.closed')), sum(kind = 'order.accepted'), sum(done), \
            sum(CASE WHEN done THEN ifnull((SELECT e.at - o.created > ?3 AND instr(o.history, '"event":"held"') = 0 \
            FROM orders o WHERE o.id = e.subject), 0) ELSE 0 END), \
            sum(kind = 'order.deferred'), sum(kind = 'order.held'), sum(kind = 'order.failed'), sum(kind = 'order.declined'), \
            sum(CASE iif(?4 < \(Int64.max), kind, '') WHEN 'drop.judged' THEN ifnull((SELECT e.at - d.finished > ?4 FROM drops d WHERE d.seq = e.seq), 0) \
            WHEN 'drop.closed' THEN ifnull((SELECT e.at - d.finished > ?4 FROM drops d WHERE d.seq < e.seq AND d.id = e.subject \
            ORDER BY d.seq DESC LIMIT 1), 0) ELSE 0 END) \
            FROM (SELECT seq, at, kind, subject, kind = 'order.advanced' AND instr(data, '"to":"done"') > 0 AS done FROM events \
            WHERE seq > ?1) e GROUP BY 1 ORDER BY 1
            """)
        row.bind(1, seq)
        row.bind(2, stretch)
        row.bind(3, targets.completion)
        row.bind(4, targets.receipt)
        var found: [(stretch: Int64, counts: FlowCounts)] = []
        var last = seq
        while try row.step() {
            var counts = FlowCounts()
            last = max(last, row.integer(1))
            counts.files = row.integer(2)
            counts.accepted = row.integer(3)
            counts.completed = row.integer(4)
            counts.late = row.integer(5)
            counts.deferred = row.integer(6)
            counts.held = row.integer(7)
            counts.failed = row.integer(8)
            counts.declined = row.integer(9)
            counts.lateFiles = row.integer(10)
            found.append((row.integer(0), counts))
        }
        return (found, last)
    }

    /// The number of the last event before a time; 0 where there is none. Times of events never run back, so a few look-ups find it.
    public func lastEvent(before time: Timestamp) throws(LedgerError) -> Int64 {
        var (low, high) = (Int64(0), try head().seq)
        let row = try connection.statement("SELECT at FROM events WHERE seq = ?1")
        while low < high {
            let middle = low + (high - low + 1) / 2
            row.bind(1, middle)
            let isBefore = try row.step() && row.integer(0) < time.milliseconds
            row.reset()
            if isBefore { low = middle } else { high = middle - 1 }
        }
        return low
    }

    /// When the last order was accepted; nil where none was.
    public func lastAcceptance() throws(LedgerError) -> Timestamp? {
        let row = try connection.statement("SELECT created FROM orders ORDER BY seq DESC LIMIT 1")
        guard try row.step() else { return nil }
        defer { row.reset() }
        return Timestamp(milliseconds: row.integer(0))
    }

    /// Orders read from files that were taken after an event, and how many of these were refused at intake: faulty, or in conflict with an
    /// earlier one.
    public func refused(after seq: Int64) throws(LedgerError) -> (read: Int64, refused: Int64) {
        let row = try connection.statement(
            "SELECT ifnull(sum(entries), 0), ifnull(sum(rejected + conflict), 0) FROM drops WHERE seq > ?1")
        row.bind(1, seq)
        guard try row.step() else { return (0, 0) }
        defer { row.reset() }
        return (row.integer(0), row.integer(1))
    }
}
