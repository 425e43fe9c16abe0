import Foundation
import Ledger
import Orders
import Spool
import Testing

@testable import Reports

@Suite("The report")
struct ReportTests {
    @Test func anEmptyLedgerIsWellAndSaysSo() throws {
        let report = try ReportRig()
        #expect(try report.write().failures == [])
        let words = try report.words()
        #expect(words.contains("All is well; no order has come yet."))
        #expect(words.contains("Nothing. Every order goes on by itself."))
        #expect(words.contains("No order has been completed in this time."))
        #expect(words.contains("Nothing was refused in the last 30 days."))
    }

    @Test func aLedgerWithoutSumsIsNotReportedOn() throws {
        let report = try ReportRig()
        report.rig.ledger.setMark("summaries", to: "empty")
        let error = #expect(throws: LedgerError.self) { try report.write() }
        #expect(error?.hint.contains("orderd run") == true)
    }

    @Test func whatNeedsAPersonComesWithTheCommandThatDealsWithIt() throws {
        let report = try ReportRig()
        try report.partner("acme")
        let held = try report.order(reference: "PO-7")
        try report.hold(held, detail: "line 1 has a price of zero")
        let failed = try report.order()
        try report.rig.move(failed, .failed, "validate", to: "failed", next: "validate", reason: "charge-unavailable")
        try report.rig.record(.paused(Pause(what: "charge", by: "uid 0", reason: "it is down")), "")
        report.daemon.isDiskLow = true
        try report.write()
        let words = try report.words()
        #expect(words.contains("1 order failed, 1 order is held for a person, the disk is nearly full and the step charge is paused."))
        #expect(words.contains("orderd release \(held.text) --reason"))
        #expect(words.contains("Reference PO-7 line 1 has a price of zero"))
        #expect(words.contains("orderd retry \(failed.text) --reason"))
        #expect(words.contains("orderd resume --step charge"))
        #expect(words.contains("By uid 0: it is down"))
    }

    @Test func allIsWellSinceTheLastOrderThatNeededAPersonWentOn() throws {
        let report = try ReportRig()
        try report.partner("acme")
        let id = try report.order()
        try report.hold(id)
        try report.rig.move(id, .released, "validate", to: "validate", next: "validate")
        let since = report.rig.now
        try report.complete(id)
        try report.write()
        #expect(try report.words().contains("All is well. Since \(since.words)"))
        #expect(try report.page().contains(#"<time datetime="\#(since.rfc3339)">"#))
    }

    @Test func aFileThatWaitsForTooLongIsTold() throws {
        let report = try ReportRig()
        try report.partner("acme")
        let since = report.rig.now
        report.daemon.oldestFile = (since, "partners/acme/orders/")
        report.later = 30_000
        #expect(try report.write().lateFrom == Timestamp(milliseconds: since.milliseconds + 30_001))
        #expect(try report.words().contains("All is well"))
        report.later = 30_001
        #expect(try report.write().lateFrom == nil)
        let words = try report.words()
        #expect(words.contains("A file waits in partners/acme/orders/ for more than 30 s. Since \(since.words)"))
        #expect(words.contains("orderd queue"))
        // A partner does not see how others fare.
        #expect(try !report.words("partners/acme.html").contains("for more than"))
    }

    /// If nothing happens, the report is written once more when an order becomes late, and then not again.
    @Test func itIsKnownWhenTimeAloneMakesTheReportWrong() throws {
        let report = try ReportRig()
        try report.partner("acme")
        #expect(try report.write().lateFrom == nil)
        let id = try report.order()
        let accepted = report.rig.now
        #expect(try report.write().lateFrom == Timestamp(milliseconds: accepted.milliseconds + 30_001))
        report.later = 30_001
        #expect(try report.write().lateFrom == nil)
        #expect(try report.words().contains("1 order is on the way for more than 30 s"))
        try report.hold(id)
        #expect(try report.write().lateFrom == nil)
    }

    @Test func anOrderOnItsWayForTooLongIsTold() throws {
        let report = try ReportRig()
        try report.partner("acme")
        try report.order()
        try report.write()
        #expect(try report.words().contains("All is well."))
        report.later = 31_000
        try report.write()
        #expect(try report.words().contains("1 order is on the way for more than 30 s."))
        #expect(try report.words().contains("1 in validate"))
    }

    @Test func currenciesAreNeverAdded() throws {
        let report = try ReportRig()
        try report.partner("acme")
        for (total, currency) in [(1000, "GBP"), (2050, "GBP"), (300, "EUR"), (70, "JPY")] as [(Int64, String)] {
            try report.complete(try report.order(total: total, currency: try #require(Currency(currency))))
        }
        try report.write()
        let words = try report.words()
        #expect(words.contains("In EUR Revenue EUR 3.00 Orders 1 Units 3 Average basket EUR 3.00"))
        #expect(words.contains("In GBP Revenue GBP 30.50 Orders 2 Units 6 Average basket GBP 15.25"))
        #expect(words.contains("In JPY Revenue JPY 70 Orders 1 Units 3 Average basket JPY 70"))
    }

    @Test func salesAreToldByDayProductPartnerAndCountry() throws {
        let report = try ReportRig()
        for name in ["acme", "bolt"] { try report.partner(name) }
        try report.rig.record(.catalogueLoaded([CatalogueEntry(product: "PEN", name: "A good pen", price: "0.50")]), "")
        try report.complete(try report.order(total: 1_234_567, country: "GB"))
        try report.complete(try report.order(partner: "bolt", total: 1000, country: nil, customer: "other"))
        try report.write()
        let words = try report.words()
        #expect(words.contains("acme 1 3 12,345.67 99.9 %"))
        #expect(words.contains("GB 1 3 12,345.67 99.9 % not named 1 3 10.00 0.1 %"))
        #expect(words.contains("INK 2 4 2.00"))
        #expect(words.contains("PEN A good pen 2 2 1.00"))
        #expect(words.contains("New 2 Returning, once a day each 0"))
        #expect(try report.page().contains("Revenue a day in GBP"))
        #expect(try report.page().contains("<title>1 Mar 2026: 12,355.67 revenue</title>"))
    }

    @Test func aPartnersPageHasItsOwnDataAlone() throws {
        let report = try ReportRig(placesPage: { $0 == "bolt" })
        for name in ["acme", "bolt"] { try report.partner(name) }
        try report.complete(try report.order(file: "of-acme.json", total: 77_700, customer: "anna", products: ["ACME-ONLY"]))
        try report.hold(try report.order(reference: "ACME-REF"))
        try report.complete(try report.order(partner: "bolt", total: 1500, customer: "bert", products: ["BOLT-ONLY"]))
        try report.hold(try report.order(partner: "bolt", reference: "BOLT-REF"))
        try report.write()
        for path in ["reports/partners/bolt.html", "partners/bolt/status/report.html"] {
            let text = try report.rig.text(path)
            #expect(text.contains("BOLT-ONLY") && text.contains("BOLT-REF") && text.contains("GBP 15.00"))
            #expect(!text.contains("ACME") && !text.contains("acme") && !text.contains("777"), "\(path)")
        }
        // What is placed in a partner's tree says nothing of commands, and leads to no page that is not there.
        let placed = try report.rig.text("partners/bolt/status/report.html")
        #expect(!placed.contains("orderd release") && !placed.contains(".html") && !placed.contains("Cost"))
        #expect(try report.page("partners/bolt.html").contains("orderd release"))
        #expect(!FileManager.default.fileExists(atPath: report.rig.root + "/partners/acme/status/report.html"))
    }

    @Test func anOrderThatNeedsAPersonHasAPageUntilItNeedsNoneAnyMore() throws {
        let report = try ReportRig()
        try report.partner("acme")
        let id = try report.order(customer: "anna", reference: "PO-9")
        try report.hold(id, detail: "line 1 has a price of zero")
        try report.write()
        #expect(try report.page().contains(#"<a href="orders/\#(id.text).html">"#))
        let words = try report.words("orders/\(id.text).html")
        for text in [
            "GBP 2.50, acme: held", "price-zero", "PO-9", "anna", "accepted validate", "held validate", "orderd cancel", "PEN 1 0.50 0.50",
        ] {
            #expect(words.contains(text), "\(text) in \(words)")
        }
        try report.rig.move(id, .released, "validate", to: "validate", next: "validate")
        try report.complete(id)
        #expect(try report.write().removed == 1)
        #expect(try report.rig.names("reports/orders") == [])
    }

    @Test func aDayThatIsOverIsWrittenOnceMoreAndThenLeftAlone() throws {
        let report = try ReportRig()
        try report.partner("acme")
        try report.complete(try report.order())
        try report.write()
        #expect(try report.words("days/2026-03-01.html").contains("The day is not over yet."))
        report.later = 86_400_000
        try report.write()
        let closed = try report.words("days/2026-03-01.html")
        #expect(!closed.contains("not over yet") && closed.contains("Completed 1"))
        try FileManager.default.removeItem(atPath: report.rig.root + "/reports/days/2026-03-01.html")
        try report.write()
        #expect(try report.rig.names("reports/days") == [])
    }

    @Test func whatWasReachedStandsBesideTheTargets() throws {
        let report = try ReportRig(monthlyCost: 300_000)
        try report.partner("acme")
        for number in 0..<4 { try report.complete(try report.order(file: "\(number).json", finishedBefore: number == 0 ? 60_000 : 500)) }
        let failed = try report.order(finishedBefore: 500)
        try report.rig.move(failed, .failed, "validate", to: "failed", next: "validate", reason: "attempts")
        try report.write()
        let words = try report.words()
        #expect(words.contains("Drop to receipt p50"))
        #expect(words.contains("80.00 % of 5 within the target p99 within 3 s missed"))
        #expect(words.contains("75.00 % of 4 within the target p99 within 30 s missed"))
        #expect(words.contains("Errors 20.00 % (1 of 5 orders)"))
        #expect(words.contains("Availability 80.00 % (4 of 5 files)"))
        // 30.00 a month are 1.00 a day.
        #expect(words.contains("Cost 0.2500 an order"))
    }

    @Test func whatWasRefusedHasItsReasonAndAnExample() throws {
        let report = try ReportRig()
        try report.partner("acme")
        let fault = Fault(path: "/items/0/quantity", code: .outOfRange, message: "expected 1 or more, found -3")
        try report.rig.drop(
            Array("bad.ndjson".utf8),
            [report.rig.result(0, .rejected, faults: [fault, fault]), report.rig.result(1, .rejected, faults: [fault])])
        let declined = try report.order()
        try report.rig.record(
            .orderMoved(Move(.declined, step: "charge", to: .rejected, next: "charge", reason: "payment-declined", detail: "no money")),
            declined.text)
        try report.write()
        let words = try report.words()
        #expect(
            words.contains("out-of-range order in a file acme 2 expected 1 or more, found -3 in bad.ndjson , order 1, at /items/0/quantity")
        )
        #expect(words.contains("payment-declined order, by a step acme 1 no money \(declined.text)"))
    }

    @Test func aCompanysTemplateTakesThePlaceOfOne() throws {
        let report = try ReportRig(own: ["index": "{{> mine}}: {{sentence}}\n", "mine": "Ours"])
        try report.write()
        #expect(try report.page() == "Ours: All is well; no order has come yet\n")
        let fault = #expect(throws: ReportTemplates.Fault.self) { try ReportTemplates(replacing: ["day": "{{#open}}"]) }
        #expect(fault?.description.contains("day.mustache") == true)
    }

    @Test func aPageThatCannotBeWrittenIsToldAndTheOthersAreWritten() throws {
        let report = try ReportRig()
        try report.partner("acme")
        try report.complete(try report.order())
        try FileManager.default.createDirectory(atPath: report.rig.root + "/reports/index.html", withIntermediateDirectories: true)
        let outcome = try report.write()
        #expect(outcome.failures.count == 1 && outcome.failures.first?.hasPrefix("index.html: ") == true)
        #expect(try report.rig.names("reports/partners") == ["acme.html"])
    }
}
