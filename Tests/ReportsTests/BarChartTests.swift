import Testing

@testable import Reports

@Suite("Charts")
struct BarChartTests {
    private func chart(_ values: [Int64], unit: String = "orders", title: String = "Orders") -> BarChart {
        BarChart(
            id: "c", title: title, unit: unit, labels: values.indices.map { "\($0)" }, names: values.indices.map { "hour \($0)" },
            series: [BarChart.Series(name: "accepted", values: values)])
    }

    private func svg(_ chart: BarChart) -> String { chart.fields["chart"] as? String ?? "" }

    @Test func whoDoesNotSeeItIsToldWhatItShows() {
        #expect(chart([1, 4, 2]).summary == "accepted: 7 in all; most, 4, at hour 1.")
        #expect(chart([0, 0]).summary == "Nothing in this time.")
        #expect(svg(chart([1, 4, 2])).contains(#"role="img""#))
        #expect(svg(chart([1, 4, 2])).contains(#"aria-labelledby="c-t c-d""#))
    }

    @Test(arguments: [
        ([0], ["0", "1", "2", "3", "4"]), ([3], ["0", "1", "2", "3", "4"]), ([9], ["0", "3", "6", "9", "12"]),
        ([11_413], ["0", "3,000", "6,000", "9,000", "12k"]), ([5_200_000], ["0", "2M", "4M", "6M", "8M"]),
    ])
    func axesHaveRoundNumbers(_ values: [Int64], _ expected: [String]) {
        let found = svg(chart(values)).matches(of: /text-anchor="end">([^<]*)</).map { String($0.output.1) }
        #expect(found == expected)
    }

    @Test func whatIsOnlyATraceIsStillSeen() {
        #expect(svg(chart([1, 1_000_000])).contains(#"height="1.5""#))
        #expect(svg(chart([.max, .max])).contains("<rect"))
    }

    @Test func itsTextIsEscaped() {
        let made = svg(chart([1], unit: "<b>", title: "\"&'<script>"))
        #expect(!made.contains("<script") && !made.contains("<b>") && made.contains("&quot;&amp;&#39;&lt;script&gt;"))
    }
}
