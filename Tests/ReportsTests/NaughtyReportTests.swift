import Foundation
import Ledger
import Mustache
import Orders
import Spool
import Testing

@testable import Reports

/// Text of others in a report: whatever it is, the page around it stays what it is.
@Suite("Foreign text in the report")
struct NaughtyReportTests {
    private static let own = [
        "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "' onmouseover='alert(1)", "</title></svg></main>", "{{{chart}}}",
        "{{#orders}}{{/orders}}", "]]>--><!--", "&lt;b&gt;", "\u{202e}txt.exe", "a\u{0}b\u{7}\u{1b}[31m", "<\u{338}script>",
        "\"\u{301} onload=x",
        "\u{600}<b>", String(repeating: "W", count: 5000), "Z\u{34f}" + String(repeating: "\u{30d}", count: 500), "\r\n\u{2028}", "",
        "javascript:alert(1)", "=cmd|' /C calc'!A0", "\u{1f469}\u{200d}\u{1f469}", "\u{feff}", "$1 %s %n",
    ]

    private static var all: [String] {
        let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "shared/data/naughty/blns.json")
        let list = (try? Data(contentsOf: file)).flatMap { try? JSONDecoder().decode([String].self, from: $0) } ?? []
        return own + list
    }

    /// Every text that comes from outside, in all places where a page shows it.
    private func pages(_ text: String) throws -> [String] {
        let report = try ReportRig(placesPage: { _ in true })
        try report.partner("acme")
        let name =
            text.isEmpty ? "x" : String(text.prefix(60)).replacingOccurrences(of: "/", with: "_").replacingOccurrences(of: "\0", with: "_")
        try report.rig.record(.catalogueLoaded([CatalogueEntry(product: "P" + text, name: "N" + text, price: "1")]), "")
        for _ in 0..<2 {
            try report.complete(try report.order(file: name, country: "C" + text, customer: text, reference: text, products: ["P" + text]))
        }
        for _ in 0..<8 {
            let id = try report.order(file: name, country: text, customer: text, reference: "R" + text, products: [text, "x"])
            try report.hold(id, reason: "r" + text, detail: "D" + text)
        }
        let fault = Fault(path: "/" + text, code: .syntax, message: "M" + text)
        try report.rig.drop(Array(name.utf8), [report.rig.result(0, .rejected, faults: [fault])])
        try report.rig.drop([0xff] + Array(name.utf8), [], faults: [fault])
        let declined = try report.order(reference: text)
        try report.rig.record(
            .orderMoved(Move(.declined, step: "charge", to: .rejected, next: "charge", reason: "s" + text, detail: text)), declined.text)
        try report.rig.record(.paused(Pause(what: "w" + text, by: text, reason: "p" + text)), "")
        #expect(try report.write().failures == [])
        var pages = [try report.page(), try report.page("partners/acme.html"), try report.page("days/2026-03-01.html")]
        for order in try report.rig.names("reports/orders") { pages.append(try report.page("orders/" + order)) }
        return pages + [try report.rig.text("partners/acme/status/report.html")]
    }

    /// The tags of a page in order, without what differs from run to run.
    private func skeleton(_ page: String) -> [String] {
        var tags: [String] = []
        var rest = Substring(page)
        while let open = rest.utf8.firstIndex(of: UInt8(ascii: "<")) {
            guard let close = rest.utf8[open...].firstIndex(of: UInt8(ascii: ">")) else { break }
            let tag = rest[open...close]
            tags.append(
                tag.replacingOccurrences(of: "ord_[0-9a-z]+", with: "ID", options: .regularExpression)
                    .replacingOccurrences(of: "datetime=\"[^\"]*\"|href=\"[^\"]*\"", with: "", options: .regularExpression))
            rest = rest[rest.utf8.index(after: close)...]
        }
        return tags
    }

    @Test func noTextChangesThePageAroundIt() throws {
        let plain = try pages("plain").map(skeleton)
        for text in Self.all {
            let found = try pages(text).map(skeleton)
            #expect(found.count == plain.count)
            for (page, expected) in zip(found, plain) where page != expected {
                let place = zip(page, expected).enumerated().first { $0.element.0 != $0.element.1 }
                Issue.record("\(text.debugDescription) changes a page at \(place.debugDescription)")
            }
        }
    }

    /// What a page escapes goes by characters as people see them: a quote with a mark above it would be another one.
    @Test func nothingSpecialHidesBehindAMark() throws {
        let template = try MustacheTemplate(string: "{{text}}")
        #expect(template.render(["text": "\"\u{301}"]).unicodeScalars.contains("\""), "what shown guards against is no danger any more")
        var checked = 0
        for value in UInt32(0x80)..<UInt32(0x2_0000) {
            guard let scalar = Unicode.Scalar(value) else { continue }
            for special in ["<", "\"", "&"] as [Unicode.Scalar] {
                var text = String.UnicodeScalarView()
                text.append(contentsOf: [scalar, special, scalar])
                // Only these can be one character to a reader; to render the others would take minutes.
                guard String(text).count < 3 else { continue }
                checked += 1
                let made = template.render(["text": shown(String(text))])
                #expect(!made.unicodeScalars.contains(special) || special == "&" && made.contains("&amp;"), "U+\(String(value, radix: 16))")
            }
        }
        #expect(checked > 1000)
    }

    @Test(arguments: [
        ("a\u{202e}b", "a\\u{202E}b"), ("a\tb", "a\\tb"), ("caf\u{e9}", "caf\u{e9}"),
        ("\u{1f469}\u{200d}\u{1f469}", "\u{1f469}\u{200d}\u{1f469}"),
        ("a\u{301}\u{301}\u{301}\u{301}\u{301}", "a\u{301}\u{301}\u{301}"), ("l'\u{e9}t\u{e9}", "l'\u{e9}t\u{e9}"),
    ])
    func textIsShownAsItIsButForWhatTurnsAPageAround(_ text: String, _ expected: String) {
        #expect(shown(text).utf8.elementsEqual(expected.utf8))
        #expect(shown(String(repeating: "x", count: 500)).count == 121)
    }
}
