import Ledger
import Orders
import Spool

/// What the ledger says, as samples.
enum LedgerMetrics {
    static func samples(_ queries: Queries, published: Int64) throws(LedgerError) -> [Sample] {
        var samples: [Sample] = []
        for count in try queries.stageCounts() {
            samples.append(Sample("orderd_orders", [("stage", count.stage.name), ("partner", count.partner)], .number(count.orders)))
        }
        var entries: [String: EntryCounts] = [:]
        for total in try queries.dropTotals() {
            samples.append(Sample("orderd_drops_total", [("partner", total.partner), ("verdict", total.verdict)], .number(total.drops)))
            var sum = entries[total.partner] ?? EntryCounts()
            sum.accepted += total.counts.accepted
            sum.duplicate += total.counts.duplicate
            sum.conflict += total.counts.conflict
            sum.rejected += total.counts.rejected
            entries[total.partner] = sum
        }
        for (partner, sum) in entries.sorted(by: { $0.key < $1.key }) {
            for (verdict, value) in [
                ("accepted", sum.accepted), ("duplicate", sum.duplicate), ("conflict", sum.conflict), ("rejected", sum.rejected),
            ] {
                samples.append(Sample("orderd_entries_total", [("partner", partner), ("verdict", verdict)], .number(Int64(value))))
            }
        }
        for pause in try queries.pauses() { samples.append(Sample("orderd_paused", [("what", pause.pause.what)], .number(1))) }
        samples.append(Sample("orderd_event_seq", .number(try queries.head().seq)))
        samples.append(Sample("orderd_published_seq", .number(published)))
        samples.append(Sample("orderd_deliveries_waiting", .number(Int64(try queries.deliveries().count))))
        return samples
    }
}
