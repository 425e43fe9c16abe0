import Spool

/// What one partner may have of what all share: room for candidates, and orders a minute.
extension Intake {
    /// Candidates in memory, settling or in a lane: the window bounds them together.
    var held: Int { settle.count + lanes.values.reduce(0) { $0 + $1.waiting } }

    /// Candidates of one partner.
    func held(_ partner: String) -> Int {
        directories.values.reduce(lanes[partner]?.waiting ?? 0) { $0 + ($1.partner == partner ? settle.count(of: $1.tag) : 0) }
    }

    /// The part of the window that a partner may fill, so that whoever drops a million files leaves room for everybody else's one.
    var share: Int { max(1, policy.window / max(1, turns.count)) }

    /// Whether a directory is to be listed, and its partner has room for what is found.
    func wantsScan(_ directory: DropDirectory) -> Bool {
        guard directory.needsScan || directory.listing != nil || !directory.leftover.isEmpty else { return false }
        return held < policy.window && held(directory.partner) <= share / 2
    }

    /// Orders that may be taken from a partner now.
    func allowance(_ partner: String, now: Int64) -> Int {
        guard let limit = policy.rateLimit(for: partner) else { return .max }
        return buckets[partner, default: TokenBucket(limit, now: now)].orders(at: now)
    }

    /// When a partner that has used up its limit may go on; `nil` where it may now, or has nothing to take.
    func limitedUntil(_ partner: String, now: Int64) -> Int64? {
        guard lanes[partner]?.isEmpty == false, allowance(partner, now: now) == 0 else { return nil }
        return buckets[partner]?.nextOrder(after: now)
    }

    /// Counts work that was done in this batch: orders looked at, or a file.
    func count(_ orders: Int, of partner: String) {
        judged += orders
        buckets[partner]?.take(orders)
    }

    /// Keeps what is left of each limit over a change of the configuration.
    func adoptLimits(now: Int64) {
        for partner in buckets.keys {
            if let limit = policy.rateLimit(for: partner) { buckets[partner]?.adopt(limit, now: now) } else { buckets[partner] = nil }
        }
    }
}
