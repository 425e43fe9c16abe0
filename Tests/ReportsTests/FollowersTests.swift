import Foundation
import Ledger
import Orders
import Spool
import Testing

@testable import Reports

@Suite("Followers")
struct FollowersTests {
    @Test func publishingAgainFromTheStartGivesTheSameFiles() throws {
        let rig = try PublishRig()
        for number in 0..<3 {
            let id = rig.newOrderID()
            try rig.drop(number == 2 ? "o-0.json" : "o-\(number).json", [rig.result(0, .accepted, id)])
            try rig.accept(id)
            try rig.move(id, .advanced, "validate", to: "fulfil", next: "fulfil")
            if number > 0 { try rig.move(id, .advanced, "fulfil", to: "done", next: "") }
            try rig.publish()
        }
        let before = try rig.published()
        #expect(before.count == 3 + 3 + 2)
        try rig.publishAgainFromTheStart()
        #expect(try rig.published() == before)
        for path in before.keys { try FileManager.default.removeItem(atPath: rig.root + "/" + path) }
        try rig.publishAgainFromTheStart()
        #expect(try rig.published() == before, "it comes back from the ledger")
    }

    /// A pass may end in the middle of what one commit brought, and reads orders as they are at its end.
    @Test func aStatusIsWrittenOnceForOneCommitAndAgainForTheNext() throws {
        let rig = try PublishRig()
        let id = rig.newOrderID()
        try rig.drop("o.json", [rig.result(0, .accepted, id)])
        try rig.accept(id)
        let accepted = rig.ledger.head.seq
        try rig.move(id, .advanced, "validate", to: "fulfil", next: "fulfil")
        try rig.ledger.commit()
        #expect(try rig.followers.pass(through: accepted) == false)
        let status = "partners/acme/status/\(id.text).json"
        let first = try rig.text(status)
        #expect(first.contains("fulfil"))
        try "as it was".write(toFile: rig.root + "/" + status, atomically: false, encoding: .utf8)
        #expect(try rig.followers.pass(through: rig.ledger.committed.seq) == false)
        #expect(try rig.text(status) == "as it was")
        try rig.move(id, .advanced, "fulfil", to: "done", next: "")
        try rig.publish()
        #expect(try rig.text(status).contains("COMPLETED"))
    }

    @Test func nothingIsPublishedThatIsNotCommitted() throws {
        let rig = try PublishRig()
        try rig.drop("o.json")
        _ = try rig.followers.pass(through: rig.ledger.head.seq)
        #expect(try rig.published().isEmpty)
        try rig.publish()
        #expect(try rig.published().count == 1)
    }

    @Test func aPartnerWhoseDirectoryIsGoneKeepsNobodyWaiting() throws {
        let rig = try PublishRig()
        let gone = rig.root + "/partners/acme/receipts"
        try FileManager.default.removeItem(atPath: gone)
        let drop = try rig.drop("o.json")
        try rig.drop("w.json", partner: "warehouse")
        try rig.publish()
        #expect(rig.followers.cursor == rig.ledger.committed.seq)
        #expect(try rig.names("partners/warehouse/receipts/orders") == ["w.json.receipt.json"])
        let failures = rig.followers.takeFailures()
        #expect(failures.map(\.follower) == ["receipt"] && failures.map(\.subject) == [drop.text])
        #expect(try rig.followers.retry([("receipt", drop.text)]) == [false])
        try FileManager.default.createDirectory(atPath: gone + "/orders", withIntermediateDirectories: true)
        // The daemon's rescan finds that the directory is another one.
        _ = try rig.tree.revalidate()
        #expect(try rig.followers.retry([("receipt", drop.text)]) == [true])
        #expect(try rig.names("partners/acme/receipts/orders") == ["o.json.receipt.json"])
        #expect(rig.followers.takeFailures().isEmpty)
    }

    @Test func metricsAreInTheTextFormatOfPrometheus() throws {
        let rig = try PublishRig()
        let id = rig.newOrderID()
        try rig.drop("o.json", [rig.result(0, .accepted, id), rig.result(1, .rejected)])
        try rig.accept(id)
        try rig.record(.paused(Pause(what: "charge", by: "uid 0", reason: "x")), "")
        try rig.publish()
        try rig.followers.writeMetrics(gauges: [Gauge("orderd_test", "A number.", 7)])
        let lines = try rig.text("metrics/orderd.prom").split(separator: "\n").map(String.init)
        for expected in [
            #"orderd_orders{stage="validate",partner="acme"} 1"#, #"orderd_drops_total{partner="acme",verdict="partial"} 1"#,
            #"orderd_entries_total{partner="acme",verdict="rejected"} 1"#, #"orderd_paused{what="charge"} 1"#, "orderd_test 7",
            "orderd_published_seq \(rig.ledger.committed.seq)",
        ] {
            #expect(lines.contains(expected), "\(expected)")
        }
        // Each name has one HELP and one TYPE, before its samples.
        var known: Set<String> = []
        for line in lines {
            let words = line.split(separator: " ")
            if line.hasPrefix("# TYPE ") { #expect(known.insert(String(words[2])).inserted) }
            guard !line.hasPrefix("#") else { continue }
            // A histogram's lines have its name and one of these.
            let name = String(line.prefix { $0 != "{" && $0 != " " }).replacing(/_(bucket|sum|count)$/, with: "")
            #expect(known.contains(name), "\(line)")
        }
    }

    @Test func theStateFileTellsWhatIsPausedAndHowFarThingsAre() throws {
        let rig = try PublishRig()
        try rig.accept(rig.newOrderID())
        try rig.record(.paused(Pause(what: "intake", by: "uid 0", reason: "stocktaking")), "")
        try rig.publish()
        let time = Timestamp(milliseconds: 1_772_409_000_000)
        try rig.followers.writeState(
            DaemonState(
                state: "running", process: 42, started: time, updated: time, software: "1.2.3", gauges: [Gauge("orderd_test", "", 7)]))
        let state = try rig.json("state/status.json")
        #expect(state["state"]?.text == "running" && state["pid"]?.integer == 42 && state["orderd_test"]?.integer == 7)
        #expect(state["orders"]?["validate"]?.integer == 1)
        #expect(state["paused"]?.items?.first?["reason"]?.text == "stocktaking")
        #expect(state["lastEvent"]?.integer == state["publishedEvent"]?.integer)
    }
}
