import Foundation
import TestSupport
import Testing

@testable import Reports

/// `docs/metrics.md` says what the metrics are. `make pages` writes its table.
@Suite(.serialized) struct MetricsPageTests {
    @Test func thePageHasEveryMetric() throws {
        var table = "| metric | type | labels | unit | what |\n|---|---|---|---|---|"
        for metric in MetricDefinition.all {
            let labels = metric.labels.map { "`\($0)`" }.joined(separator: ", ")
            table += "\n| `\(metric.name)` | \(metric.kind.rawValue) | \(labels) | \(metric.unit) | \(metric.help) |"
        }
        #expect(
            try GeneratedPage("docs/metrics.md").holds(table, after: "# Metrics\n"),
            "docs/metrics.md is not what is written; run `make pages`")
    }

    @Test(arguments: ["etc/prometheus/orderd.rules.yml", "etc/grafana/orderd.json"])
    func whatAsksForMetricsAsksForThoseThatAre(file: String) throws {
        let text = try GeneratedPage(file).text
        let known = Set(
            MetricDefinition.all.flatMap { metric in
                // What an alert tells a person to look at is the metric as a whole.
                metric.kind == .histogram ? ["", "_bucket", "_sum", "_count"].map { metric.name + $0 } : [metric.name]
            })
        let named = Set(text.matches(of: /\borderd_[a-z_]+/).map { String($0.output) })
        #expect(named.count > 10)
        for name in named { #expect(known.contains(name), "\(file) asks for \(name)") }
    }

    @Test func aPageSaysWhatPrometheusCallsGood() {
        for metric in MetricDefinition.all {
            #expect((metric.kind == .counter) == metric.name.hasSuffix("_total"), "\(metric.name)")
            #expect(metric.help.hasSuffix("."), "\(metric.name)")
        }
        #expect(Set(MetricDefinition.all.map(\.name)).count == MetricDefinition.all.count)
    }
}
