import Foundation
import Ledger
import Orders

/// A screen of `orderd top`: lines that fit a terminal's width and height.
struct TopScreen {
    private let view: TopView
    private let terminal: Terminal
    private let width: Int
    private(set) var lines: [String] = []

    /// Without a terminal nothing is cut but the number of rows.
    ///
    /// - Parameter height: lines that there is room for; nil where it may scroll.
    init(_ view: TopView, terminal: Terminal, height: Int?) {
        self.view = view
        self.terminal = terminal
        width = terminal.width ?? .max
        addTitle()
        addNotes()
        addFlow()
        addStages()
        addRest(height)
        if let height, lines.count > height { lines.removeLast(lines.count - height) }
    }

    // MARK: Parts

    private mutating func addTitle() {
        let left = "orderd top  \(printable(view.root))"
        // The seconds' fraction would only flicker.
        let time = String(view.now.rfc3339.prefix(19)) + "Z"
        guard let columns = terminal.width else {
            lines.append("\(left)  \(time)")
            return
        }
        let room = columns - columnCount(time) - 2
        let shown = cut(left, to: max(0, room))
        add(shown + String(repeating: " ", count: max(2, columns - columnCount(shown) - columnCount(time))) + time, .bold)
    }

    private mutating func addNotes() {
        var parts = ["\(counted(view.files, "file")) waiting"]
        switch view.daemon {
        case .runs(let process, let since):
            let time = since.map { "is up \(span(view.now.milliseconds - $0.milliseconds))" } ?? "runs"
            parts.insert("daemon \(process) \(time)", at: 0)
        case .none: add("no daemon runs on this spool", .red)
        case .unknown: break
        }
        if view.unpublished > 0 { parts.append("\(counted(view.unpublished, "event")) to publish") }
        if let free = view.free { parts.append("\(Self.size(free)) free") }
        add(parts.joined(separator: ", "))
        if view.isDiskLow { add("intake is paused: the disk is nearly full", .red) }
        if view.isBreakerOpen { add("calls to the payment gateway are held back: it fails", .red) }
        for alert in view.alerts { add("alert: \(alert)", .red) }
        for pause in view.pauses { add("paused: \(pause)", .yellow) }
    }

    private mutating func addFlow() {
        var rows = [["A MINUTE", "FILES", "ACCEPTED", "COMPLETED", "DEFERRED", "HELD", "FAILED", "REFUSED"]]
        for (minutes, counts) in view.flow {
            let numbers = [
                counts.files, counts.accepted, counts.completed, counts.deferred, counts.held, counts.failed, counts.declined,
            ]
            rows.append(["over \(minutes) min"] + numbers.map { Self.rate($0, minutes) })
        }
        add(table(rows, rightFrom: 1))
    }

    private mutating func addStages() {
        var rows = [[""] + view.stages.map(\.name), ["orders"] + view.stages.map { "\($0.orders)" }]
        rows.append(["oldest"] + view.stages.map { $0.oldest.map { Self.shortSpan(view.now.milliseconds - $0.milliseconds) } ?? "-" })
        add(table(rows, rightFrom: 1, gap: 1))
    }

    /// Partners and orders share what room there is: partners get half, and what orders leave.
    private mutating func addRest(_ height: Int?) {
        // Each has a blank line and a heading.
        let room = height.map { max(0, $0 - lines.count - 4) } ?? 30
        let half = room - min(view.slowest.count, room / 2)
        let shown = view.partners.count <= half ? view.partners.count : max(0, half - 1)
        var rows = [["PARTNER", "FILES", "UNDER WAY", "DEFERRED", "HELD", "FAILED", "DONE"]]
        for partner in view.partners.prefix(shown) {
            rows.append(
                [partner.name]
                    + [Int64(partner.files), partner.moving, partner.deferred, partner.held, partner.failed, partner.done].map { "\($0)" })
        }
        add(table(rows, rightFrom: 1, cut: [0], width: terminal.width))
        if view.partners.count > shown { add("and \(counted(view.partners.count - shown, "more partner"))", .dim) }
        guard !view.slowest.isEmpty else { return }
        addOrders(height.map { $0 - lines.count - 2 } ?? 10)
    }

    private mutating func addOrders(_ room: Int) {
        // What is less than half a column is not worth its place: the reference is for wide screens.
        let isWide = width >= 110
        var rows = [["SLOWEST ORDER", "WAITS", "STAGE", "PARTNER", "TRIES", "REASON"] + (isWide ? ["REFERENCE"] : [])]
        for order in view.slowest.prefix(max(0, room)) {
            rows.append(
                [
                    order.id.text, Self.shortSpan(view.now.milliseconds - order.created.milliseconds), order.stage.name, order.partner,
                    "\(order.attempts)", order.reason ?? "-",
                ] + (isWide ? [order.reference.map(printable) ?? "-"] : []))
        }
        add(table(rows, cut: [3, 5, 6], width: terminal.width))
    }

    // MARK: Lines

    private mutating func add(_ line: String, _ paint: Terminal.Paint? = nil) {
        lines.append(terminal.paint(cut(line, to: width), paint))
    }

    /// A table: a blank line, a heading that stands out, rows.
    private mutating func add(_ table: [String]) {
        lines.append("")
        for (index, line) in table.enumerated() { add(line, index == 0 ? .bold : nil) }
    }

    // MARK: Numbers

    /// So many a minute, with a digit behind the point where there are few.
    static func rate(_ count: Int64, _ minutes: Int64) -> String {
        let rate = Double(count) / Double(minutes)
        return rate == 0 ? "0" : rate < 99.95 ? String(format: "%.1f", rate) : String(format: "%.0f", rate)
    }

    /// `3s`, `12m`, `5h`, `9d`: a column has no room for more.
    static func shortSpan(_ milliseconds: Int64) -> String {
        let seconds = max(0, milliseconds) / 1000
        switch seconds {
        case 0..<120: return "\(seconds)s"
        case 120..<7200: return "\(seconds / 60)m"
        case 7200..<172_800: return "\(seconds / 3600)h"
        default: return "\(seconds / 86_400)d"
        }
    }

    /// `12.3 GiB`.
    static func size(_ bytes: Int64) -> String {
        let units = ["bytes", "KiB", "MiB", "GiB", "TiB"]
        var (number, unit) = (Double(max(0, bytes)), 0)
        while number >= 1024, unit < units.count - 1 {
            number /= 1024
            unit += 1
        }
        return unit == 0 ? "\(bytes) bytes" : String(format: "%.1f ", number) + units[unit]
    }
}
