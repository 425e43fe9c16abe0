import Foundation
import Ledger
import Orders
import Spool

@testable import Reports

/// A spool whose report is written and read, by a clock that stands still but for what is recorded.
final class ReportRig {
    let rig: PublishRig
    private var writer: ReportWriter
    var daemon = DaemonCondition(isRunning: true)
    /// Milliseconds between the last event and the report.
    var later: Int64 = 1000

    init(placesPage: @escaping @Sendable (String) -> Bool = { _ in false }, monthlyCost: Int64? = nil, own: [String: String] = [:]) throws {
        rig = try PublishRig()
        writer = ReportWriter(
            tree: rig.tree, reader: try LedgerReader(path: rig.root + "/state/ledger.sqlite"),
            templates: try ReportTemplates(replacing: own),
            settings: ReportSettings(
                steps: ["validate", "fulfil"], software: "0.0.0", monthlyCost: monthlyCost, placesPage: placesPage))
    }

    var now: Timestamp { Timestamp(milliseconds: rig.now.milliseconds + later) }

    func partner(_ name: String) throws {
        try rig.tree.createPartner(name)
        try rig.record(.partnerChanged(PartnerChange(name: name, role: "shop", state: "active")), name)
    }

    /// Commits, and writes what has changed.
    @discardableResult
    func write() throws -> ReportWriter.Outcome {
        try rig.ledger.commit()
        return try writer.write(now: now, daemon: daemon, gate: rig.ledger.gate)
    }

    /// A page as text.
    func page(_ path: String = "index.html") throws -> String { try rig.text("reports/" + path) }

    /// What a person reads on a page: its text without tags, blanks made one.
    func words(_ path: String = "index.html") throws -> String {
        var text = try page(path)
        if let head = text.range(of: "<main") { text = String(text[head.lowerBound...]) }
        text = text.replacingOccurrences(of: "<[^>]*>", with: " ", options: .regularExpression)
        for (entity, character) in [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&amp;", "&"), ("\u{a0}", " ")] {
            text = text.replacingOccurrences(of: entity, with: character)
        }
        return text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }

    /// One order in a file of its own.
    @discardableResult
    func order(
        partner: String = "acme", file: String = "order.json", total: Int64 = 250, currency: Currency = .gbp, country: String? = "GB",
        customer: String = "demo", reference: String? = nil, products: [String] = ["PEN", "INK"], finishedBefore: Int64 = 0
    ) throws -> OrderID {
        let id = rig.newOrderID()
        var facts = rig.facts(Array(file.utf8), partner: partner)
        facts.finished = Timestamp(milliseconds: rig.now.milliseconds + 1000 - finishedBefore)
        let result = DropResult(verdict: .accepted, results: [rig.result(0, .accepted, id)], faults: [])
        let drop = try rig.record(.dropJudged(facts, result), rig.newDropID().text)
        let lines = products.enumerated().map { OrderLine(productId: $0.element, quantity: Int64($0.offset + 1), price: 50) }
        var order = Order(customerId: customer, lines: lines, currency: currency, totalAmount: total)
        order.country = country
        order.orderReference = reference
        let acceptance = Acceptance(
            drop: drop, entry: 0, partner: partner, key: "k:" + id.text, content: nil, order: order, size: 2,
            sha: [UInt8](repeating: 1, count: 32), to: Stage("validate"), step: "validate")
        try rig.record(.orderAccepted(acceptance), id.text, document: Array("{}".utf8))
        return id
    }

    func complete(_ id: OrderID) throws {
        try rig.move(id, .advanced, "validate", to: "fulfil", next: "fulfil")
        try rig.move(id, .advanced, "fulfil", to: "done", next: "")
    }

    func hold(_ id: OrderID, reason: String = "price-zero", detail: String? = nil) throws {
        try rig.record(
            .orderMoved(Move(.held, step: "validate", to: .hold, next: "validate", reason: reason, detail: detail)), id.text)
    }
}
