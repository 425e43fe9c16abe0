import Ledger
import Orders
import Spool
import Testing

@testable import Stages

/// From a dropped file to the event of its receipt.
@Suite struct IntakeTests {
    @Test func orderGoesFromDropToDone() async throws {
        let rig = try Rig()
        let record = try await rig.take(order("A-1"))
        #expect(record.stage == .done && record.status == .completed && record.charge == "account")
        let drop = try rig.lastDrop()
        #expect(drop.verdict == .accepted && drop.facts.completeness == "renamed" && drop.facts.name == Array("o.json".utf8))
        #expect(try rig.results(drop).first?["orderId"]?.text == record.id.text)
        #expect(try rig.events(record.id).first == "order.accepted")
        #expect(rig.places(record.id) == ["done/2026-11-22/\(record.id.text).json"])
        #expect(try rig.list("partners/acme/orders") == [])
        try rig.check()
    }

    @Test func fileOfManyIsTakenInPartsAndKeptWhole() async throws {
        let rig = try Rig()
        try rig.drop("many.json", "[\(order("A")),{\"customerId\":1},\(order("B"))]")
        try await rig.run()
        let drop = try rig.lastDrop()
        #expect(drop.verdict == .partial && drop.counts.accepted == 2 && drop.counts.rejected == 1)
        let results = try rig.results(drop)
        #expect(results.map { $0["verdict"]?.text } == ["accepted", "rejected", "accepted"])
        #expect((results[1]["errors"]?.items?.count ?? 0) > 1)
        #expect(rig.exists("done/2026-11-22/files/\(drop.id.text)"))
        #expect(try rig.orders().allSatisfy { $0.stage == .done })
        try rig.check()
    }

    @Test func fileWithoutAnOrderIsRejectedWithItsFault() async throws {
        let rig = try Rig()
        try rig.drop("bad.json", "{\"customerId\":")
        try rig.drop("none.ndjson", "\n\n")
        try await rig.run()
        let drops = try rig.drops()
        #expect(drops.map(\.verdict) == [.rejected, .rejected])
        #expect(drops.allSatisfy { rig.exists("rejected/2026-11-22/\($0.id.text)") })
        #expect(try JSONValue.parse(drops[0].faults).items?.first?["code"]?.text == "incomplete")
        try rig.check()
    }

    @Test func fileFoundByAScanWaitsUntilItIsSettled() async throws {
        let rig = try Rig()
        try rig.write(order("A-1"), to: "partners/acme/orders/a.json")
        try rig.rescan()
        #expect(try rig.drops().isEmpty)
        try await rig.pass(milliseconds: 999)
        #expect(try rig.drops().isEmpty)
        try await rig.pass(milliseconds: 1)
        #expect(try rig.lastDrop().verdict == .accepted)
        #expect(try ["found", "weak"].contains(rig.lastDrop().facts.completeness))
    }

    @Test func unfinishedUploadWaitsForItsResume() async throws {
        let rig = try Rig()
        let text = order("A-1")
        try rig.write(String(text.prefix(20)), to: "partners/acme/orders/a.json")
        try rig.rescan()
        try await rig.pass(milliseconds: 5000)
        #expect(try rig.drops().isEmpty)
        try rig.write(text, to: "partners/acme/orders/a.json")
        try rig.rescan()
        try await rig.pass(milliseconds: 2000)
        #expect(try rig.lastDrop().verdict == .accepted)
    }

    @Test func unfinishedUploadIsJudgedAtTheDeadline() async throws {
        let rig = try Rig()
        try rig.write("{\"customerId\":\"a\"", to: "partners/acme/orders/a.json")
        try rig.rescan()
        try await rig.pass(milliseconds: 2000)
        #expect(try rig.drops().isEmpty)
        try await rig.pass(milliseconds: 600_000)
        #expect(try rig.lastDrop().verdict == .rejected)
    }

    @Test func temporaryNamesAreLeftAlone() async throws {
        let rig = try Rig()
        for name in [".a.json", "a.json.filepart", "a.json.part", "a.json.tmp", "a.json~"] {
            try rig.write(order("A"), to: "partners/acme/orders/" + name)
        }
        try rig.rescan()
        try await rig.pass(milliseconds: 60_000)
        #expect(try rig.drops().isEmpty)
        #expect(try rig.list("partners/acme/orders").count == 5)
    }

    @Test func eventsThatWereLostAreMadeUpForByAScan() async throws {
        let rig = try Rig()
        try rig.write(order("A-1"), to: "partners/acme/orders/a.json")
        rig.watcher.overflow()
        try rig.settle()
        try await rig.pass(milliseconds: 1000)
        #expect(try rig.order("A-1").stage == .done)
    }

    @Test func namesOfAnyBytesComeBackAsTheyWere() async throws {
        let rig = try Rig()
        let names: [[UInt8]] = [
            [0xFF, 0xFE] + Array(".json".utf8), Array("a b\n\"\\.JSON".utf8), Array("häß ☃.jsonl".utf8), Array("-rf.ndjson".utf8),
            Array(repeating: UInt8(ascii: "x"), count: 250) + Array(".json".utf8),
        ]
        for (number, name) in names.enumerated() {
            try rig.drop(try #require(FileName(bytes: name)), Array(order("A-\(number)").utf8))
        }
        try await rig.run()
        #expect(try Set(rig.drops().map(\.facts.name)) == Set(names))
        #expect(try rig.drops().allSatisfy { $0.verdict == .accepted })
        try rig.check()
    }

    @Test func cardNumbersAreMaskedInWhatIsKept() async throws {
        let rig = try Rig()
        try rig.drop("a.json", order("A", extra: ",\"notes\":\"4111 1111 1111 1111\""))
        try await rig.run()
        let drop = try rig.lastDrop()
        #expect(drop.verdict == .rejected)
        #expect(try !rig.content("rejected/2026-11-22/\(drop.id.text)").contains("4111 1111"))
    }

    @Test func partnersTakeTurns() async throws {
        let rig = try Rig(partners: ["acme", "bolt"]) { $0.slice = 8 }
        for number in 0..<40 { try rig.drop("a\(number).json", order("A-\(number)")) }
        for number in 0..<4 { try rig.drop("b\(number).json", order("B-\(number)"), partner: "bolt") }
        try rig.pipeline.turn()
        let counts = try rig.orders().reduce(into: [String: Int]()) { $0[$1.partner, default: 0] += 1 }
        #expect(counts.count == 2 && counts["acme"] == counts["bolt"])
        try await rig.run()
        #expect(try rig.orders().count == 44)
    }

    @Test func orderOfHighPriorityIsDrawnFirst() async throws {
        let gateway = ScriptedGateway()
        let rig = try Rig(gateway: gateway) { $0.paymentConcurrency = 1 }
        gateway.hold()
        try rig.drop("0.json", order("first"))
        try rig.settle()
        try rig.drop("1.json", order("low", extra: ",\"priority\":-3"))
        try rig.drop("2.json", order("high", extra: ",\"priority\":7"))
        try rig.settle()
        gateway.letGo(.done(reference: "x"))
        try await rig.run()
        #expect(try gateway.requests.map(\.orderID) == ["first", "high", "low"].map { try rig.order($0).id.text })
    }

    @Test func lowDiskStopsIntakeAndNothingElse() async throws {
        let rig = try Rig { $0.diskReserve = .max }
        rig.clock.advance(milliseconds: 2000)
        try rig.drop("a.json", order("A"))
        try rig.settle()
        #expect(rig.pipeline.isDiskLow)
        #expect(try rig.drops().isEmpty)
        var policy = rig.policy
        policy.diskReserve = 0
        rig.pipeline.adopt(policy)
        try await rig.pass(milliseconds: 2000)
        #expect(try rig.order("A").stage == .done)
    }
}
