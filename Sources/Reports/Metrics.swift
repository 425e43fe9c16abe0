import Ledger
import Orders
import Spool

/// What monitoring reads: `metrics/orderd.prom`, in the text format of Prometheus (version 0.0.4).
struct Metrics {
    private var text = ""

    static func bytes(_ queries: Queries, gauges: [Gauge], published: Int64) throws(LedgerError) -> [UInt8] {
        var metrics = Metrics()
        metrics.head("orderd_orders", "gauge", "Orders by stage and partner.")
        for count in try queries.stageCounts() {
            metrics.line("orderd_orders", [("stage", count.stage.name), ("partner", count.partner)], count.orders)
        }
        let totals = try queries.dropTotals()
        metrics.head("orderd_drops_total", "counter", "Dropped files by partner and verdict.")
        for total in totals { metrics.line("orderd_drops_total", [("partner", total.partner), ("verdict", total.verdict)], total.drops) }
        metrics.head("orderd_entries_total", "counter", "Orders read from dropped files, by partner and verdict.")
        var entries: [String: EntryCounts] = [:]
        for total in totals {
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
                metrics.line("orderd_entries_total", [("partner", partner), ("verdict", verdict)], Int64(value))
            }
        }
        metrics.head("orderd_paused", "gauge", "1 for what is paused by hand: intake or a step.")
        for pause in try queries.pauses() { metrics.line("orderd_paused", [("what", pause.pause.what)], 1) }
        metrics.head("orderd_event_seq", "counter", "The number of the last event.")
        metrics.line("orderd_event_seq", [], try queries.head().seq)
        metrics.head("orderd_published_seq", "counter", "The last event that receipts and status files show.")
        metrics.line("orderd_published_seq", [], published)
        metrics.head("orderd_deliveries_waiting", "gauge", "Files that could not be published and are tried again.")
        metrics.line("orderd_deliveries_waiting", [], Int64(try queries.deliveries().count))
        var told: Set<String> = []
        for gauge in gauges where told.insert(gauge.name).inserted {
            metrics.head(gauge.name, "gauge", gauge.help)
            for one in gauges where one.name == gauge.name {
                metrics.line(one.name, one.partner.map { [("partner", $0)] } ?? [], one.value)
            }
        }
        return Array(metrics.text.utf8)
    }

    private mutating func head(_ name: String, _ type: String, _ help: String) {
        text += "# HELP \(name) \(help)\n# TYPE \(name) \(type)\n"
    }

    private mutating func line(_ name: String, _ labels: [(String, String)], _ value: Int64) {
        text += name
        if !labels.isEmpty {
            text += "{" + labels.map { "\($0.0)=\"\(Self.escape($0.1))\"" }.joined(separator: ",") + "}"
        }
        text += " \(value)\n"
    }

    private static func escape(_ value: String) -> String {
        var escaped = ""
        for character in value {
            switch character {
            case "\\": escaped += "\\\\"
            case "\"": escaped += "\\\""
            case "\n": escaped += "\\n"
            default: escaped.append(character)
            }
        }
        return escaped
    }
}
