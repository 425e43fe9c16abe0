import Ledger
import Orders
import Spool

/// What the followers count of what they publish, since they were started.
struct FollowerMeters {
    private var receiptTimes = Histogram.durations
    private var dropTimes = Histogram.durations
    private var completionTimes = Histogram.durations
    private var passTimes = Histogram.durations
    private var bytes: [String: Int64] = [:]
    private var completeness: [String: Int64] = [:]
    private var failures: [String: Int64] = [:]
    /// When each file of this pass was taken, and when it was whole where that is known; its receipt counts once it is on disk.
    private var received: [(taken: Timestamp, whole: Timestamp?)] = []

    mutating func publishing(_ drop: DropRecord) {
        bytes[drop.facts.partner, default: 0] += drop.facts.size
        completeness[drop.facts.completeness, default: 0] += 1
        received.append((drop.facts.received, drop.facts.finished))
    }

    mutating func completed(_ order: OrderRecord) { completionTimes.observe(milliseconds(from: order.created, to: order.updated)) }

    mutating func failed(_ follower: String) { failures[follower, default: 0] += 1 }

    /// The pass is on disk.
    mutating func passed(nanoseconds: Int64, at now: Timestamp) {
        passTimes.observe(nanoseconds)
        for file in received {
            receiptTimes.observe(milliseconds(from: file.taken, to: now))
            if let whole = file.whole { dropTimes.observe(milliseconds(from: whole, to: now)) }
        }
        received.removeAll(keepingCapacity: true)
    }

    /// As nanoseconds; none where a clock ran back.
    private func milliseconds(from: Timestamp, to: Timestamp) -> Int64 { max(0, to.milliseconds - from.milliseconds) * 1_000_000 }

    var samples: [Sample] {
        var samples = [
            Sample("orderd_receipt_seconds", .durations(receiptTimes)), Sample("orderd_drop_to_receipt_seconds", .durations(dropTimes)),
            Sample("orderd_completion_seconds", .durations(completionTimes)), Sample("orderd_publish_seconds", .durations(passTimes)),
        ]
        for (partner, count) in bytes.sorted(by: { $0.key < $1.key }) {
            samples.append(Sample("orderd_received_bytes_total", [("partner", partner)], .number(count)))
        }
        for (word, count) in completeness.sorted(by: { $0.key < $1.key }) {
            samples.append(Sample("orderd_received_files_total", [("completeness", word)], .number(count)))
        }
        for follower in ["pick", "receipt", "status"] {
            samples.append(Sample("orderd_publish_failures_total", [("follower", follower)], .number(failures[follower] ?? 0)))
        }
        return samples
    }
}
