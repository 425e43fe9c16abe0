import Ledger
import Orders
import Spool
import Testing

@testable import Reports

@Suite("Metrics")
struct MetricsTests {
    @Test func partnersBeyondTheCapAreAddedUpUnderOneLabel() {
        var cap = PartnerCap(limit: 2)
        var metrics = Metrics()
        metrics.add(
            ["a", "b", "c", "d"].enumerated().map { Sample("orderd_received_bytes_total", [("partner", $1)], .number(Int64($0 + 1))) },
            partners: &cap)
        // Who has a label keeps it, whatever comes first later.
        metrics.add([Sample("orderd_orders", [("stage", "hold"), ("partner", "d")], .number(5))], partners: &cap)
        metrics.add([Gauge("orderd_rate_limited", "", partner: "b", 1)], partners: &cap)
        #expect(
            Self.lines(metrics) == [
                #"orderd_orders{stage="hold",partner="_other"} 5"#, #"orderd_received_bytes_total{partner="a"} 1"#,
                #"orderd_received_bytes_total{partner="b"} 2"#, #"orderd_received_bytes_total{partner="_other"} 7"#,
                #"orderd_rate_limited{partner="b"} 1"#,
            ])
    }

    @Test func aHistogramIsCumulativeAndInSeconds() {
        var histogram = Histogram(bounds: [1_000_000, 2_500_000_000])
        for value: Int64 in [0, 1_000_000, 1_000_001, 2_500_000_000, 7_000_000_000] { histogram.observe(value) }
        var cap = PartnerCap(limit: 9)
        var metrics = Metrics()
        metrics.add([Sample("orderd_step_seconds", [("step", "charge")], .durations(histogram))], partners: &cap)
        #expect(
            Self.lines(metrics) == [
                #"orderd_step_seconds_bucket{step="charge",le="0.001"} 2"#, #"orderd_step_seconds_bucket{step="charge",le="2.5"} 4"#,
                #"orderd_step_seconds_bucket{step="charge",le="+Inf"} 5"#, #"orderd_step_seconds_sum{step="charge"} 9.502000001"#,
                #"orderd_step_seconds_count{step="charge"} 5"#,
            ])
        var sizes = Histogram(bounds: [10])
        sizes.observe(10)
        var other = Metrics()
        other.add([Sample("orderd_commit_events", .sizes(sizes))], partners: &cap)
        #expect(
            Self.lines(other) == [
                #"orderd_commit_events_bucket{le="10"} 1"#, #"orderd_commit_events_bucket{le="+Inf"} 1"#, "orderd_commit_events_sum 10",
                "orderd_commit_events_count 1",
            ])
    }

    @Test func receiptsAndCompletionsAreTimedOnce() throws {
        let rig = try PublishRig()
        let id = rig.newOrderID()
        try rig.drop("o.json", [rig.result(0, .accepted, id)])
        try rig.accept(id)
        try rig.move(id, .advanced, "validate", to: "fulfil", next: "fulfil")
        try rig.publish()
        try rig.move(id, .advanced, "fulfil", to: "done", next: "")
        // Of the first file it is not known when it was whole.
        var facts = rig.facts(Array("p.json".utf8))
        facts.finished = Timestamp(milliseconds: rig.now.milliseconds - 4000)
        try rig.record(.dropJudged(facts, DropResult(verdict: .rejected, results: [], faults: [])), rig.newDropID().text)
        try rig.publish()
        try rig.followers.writeMetrics(gauges: [])
        let text = try rig.text("metrics/orderd.prom")
        for line in [
            "orderd_receipt_seconds_count 2", "orderd_drop_to_receipt_seconds_count 1",
            "orderd_completion_seconds_count 1", "orderd_completion_seconds_sum 2",
            #"orderd_received_bytes_total{partner="acme"} 240"#, #"orderd_received_files_total{completeness="renamed"} 2"#,
            "orderd_publish_seconds_count 2",
        ] {
            #expect(text.contains("\n\(line)\n"), "\(line)")
        }
    }

    private static func lines(_ metrics: Metrics) -> [String] {
        String(decoding: metrics.bytes, as: UTF8.self).split(separator: "\n").map(String.init).filter { !$0.hasPrefix("#") }
    }
}
