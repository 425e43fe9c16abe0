/// A chart of columns as inline SVG: axes with units, a title and a description for those who do not see it, and the same numbers as a table.
struct BarChart {
    /// One series of columns.
    struct Series {
        let name: String
        let values: [Int64]
    }

    /// A line across at which something should not be passed.
    struct Mark {
        /// Behind this column.
        let after: Int
        let label: String
    }

    /// Unique on the page: other elements refer to it.
    let id: String
    let title: String
    /// What the columns count: `orders`, or a currency.
    let unit: String
    /// A label below each column; empty for those that stay without.
    let labels: [String]
    /// The full name of each column, for the table.
    let names: [String]
    let series: [Series]
    /// What a value looks like; amounts have a point.
    var text: (Int64) -> String = { number($0) }
    /// The smallest step of the axis: 1, or the minor units of one unit of money.
    var unitStep: Int64 = 1
    var mark: Mark?
    /// The head of the first column of the table.
    var axis = "Time"

    static let width = 560
    static let height = 236
    private static let left = 64
    private static let right = 22
    private static let top = 14
    private static let bottom = 40

    /// What a template shows of it.
    var fields: [String: Any] {
        [
            "chart": svg, "chartTitle": title, "chartAxis": axis, "chartEmpty": isEmpty,
            "chartLegend": series.count > 1 ? series.enumerated().map { ["key": "s\($0.offset + 1)", "name": $0.element.name] } : [],
            "chartHeads": series.map { ["head": $0.name] },
            "chartRows": names.indices.filter { index in series.contains { $0.values[index] != 0 } }.map { index in
                ["row": names[index], "cells": series.map { ["cell": text($0.values[index])] }] as [String: Any]
            },
        ]
    }

    private var isEmpty: Bool { series.allSatisfy { $0.values.allSatisfy { $0 == 0 } } }

    /// What it shows, in words.
    var summary: String {
        if isEmpty { return "Nothing in this time." }
        return series.map { item in
            var sum: Int64 = 0
            for value in item.values { sum = sum.addingReportingOverflow(value).overflow ? .max : sum + value }
            let most = item.values.indices.max { item.values[$0] < item.values[$1] } ?? 0
            return "\(item.name): \(text(sum)) in all; most, \(text(item.values[most])), at \(names[most])."
        }.joined(separator: " ")
    }

    private var svg: String {
        let top = niceTop(series.flatMap(\.values).max() ?? 0)
        let area = Double(Self.height - Self.top - Self.bottom)
        let wide = Double(Self.width - Self.left - Self.right)
        var out = """
            <svg class="chart\(series.count == 1 ? " single" : "")" role="img" viewBox="0 0 \(Self.width) \(Self.height)" aria-labelledby="\(id)-t \(id)-d">\
            <title id="\(id)-t">\(escapedForMarkup(title))</title><desc id="\(id)-d">\(escapedForMarkup(summary))</desc>
            """
        for step in 0...4 {
            let value = top / 4 * Int64(step)
            let y = place(Double(Self.top) + area * (1 - Double(step) / 4))
            out +=
                #"<line class="\#(step == 0 ? "axis" : "grid")" x1="\#(Self.left)" x2="\#(Self.width - Self.right)" y1="\#(y)" y2="\#(y)"/>"#
            out += #"<text x="\#(Self.left - 6)" y="\#(y)" dy="4" text-anchor="end">\#(escapedForMarkup(short(value)))</text>"#
        }
        out += #"<text class="unit" x="0" y="\#(Self.height - 4)">\#(escapedForMarkup(unit))</text>"#
        let slot = wide / Double(max(1, labels.count))
        let bar = max(1, slot * 0.76 / Double(max(1, series.count)))
        for column in labels.indices {
            let start = Double(Self.left) + slot * Double(column) + slot * 0.12
            for (number, item) in series.enumerated() where item.values[column] > 0 {
                let high = max(1.5, area * Double(item.values[column]) / Double(top))
                out += """
                    <rect class="s\(number + 1)" x="\(place(start + bar * Double(number)))" y="\(place(Double(Self.top) + area - high))" \
                    width="\(place(bar))" height="\(place(high))">\
                    <title>\(escapedForMarkup("\(names[column]): \(text(item.values[column])) \(item.name)"))</title></rect>
                    """
            }
            if !labels[column].isEmpty {
                out += """
                    <text x="\(place(start + slot * 0.38))" y="\(Self.height - Self.bottom + 16)" text-anchor="middle">\
                    \(escapedForMarkup(labels[column]))</text>
                    """
            }
        }
        if let mark {
            let x = place(Double(Self.left) + slot * Double(mark.after))
            out += #"<line class="mark" x1="\#(x)" x2="\#(x)" y1="\#(Self.top)" y2="\#(Self.height - Self.bottom)"/>"#
            out += #"<text class="mark" x="\#(x)" y="\#(Self.top + 8)" dx="5">\#(escapedForMarkup(mark.label))</text>"#
        }
        return out + "</svg>"
    }

    /// The smallest of 4, 8, 12, 20, 40 ... that is not below the largest value, so that four equal steps are round numbers.
    private func niceTop(_ largest: Int64) -> Int64 {
        var base = unitStep
        while true {
            for step in [4, 8, 12, 20] as [Int64] {
                let (top, overflow) = base.multipliedReportingOverflow(by: step)
                if overflow { return .max }
                if top >= largest { return top }
            }
            let (next, overflow) = base.multipliedReportingOverflow(by: 10)
            if overflow { return .max }
            base = next
        }
    }

    /// A value for the axis: `12,000` as `12k`.
    private func short(_ value: Int64) -> String {
        let whole = value / unitStep
        switch whole {
        case 1_000_000_000...: return tenths(whole / 100_000_000) + "bn"
        case 1_000_000...: return tenths(whole / 100_000) + "M"
        case 10_000...: return "\(whole / 1000)k"
        default: return number(whole)
        }
    }

    private func tenths(_ value: Int64) -> String { number(value / 10) + (value % 10 == 0 ? "" : ".\(value % 10)") }

    /// One digit behind the point is finer than any screen.
    private func place(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        return tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths / 10).\(tenths % 10)"
    }
}
