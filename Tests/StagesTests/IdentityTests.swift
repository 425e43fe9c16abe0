import Ledger
import Orders
import Testing

@testable import Stages

/// Which orders are the same order. Each rule of "Identity of an order".
@Suite struct IdentityTests {
    /// The verdict on a file's one order: word, code of its first fault, and the order that came first.
    private func verdict(_ rig: Rig) throws -> (verdict: String?, code: String?, first: String?) {
        let result = try rig.results(rig.lastDrop()).last
        return (
            result?["verdict"]?.text, result?["errors"]?.items?.first?["code"]?.text,
            result?["firstOrderId"]?.text
        )
    }

    @Test func sameKeyAndContentIsADuplicateThatNamesTheFirst() async throws {
        let rig = try Rig()
        let first = try await rig.take(order("A-1"))
        try rig.drop("again.json", order("A-1"))
        try await rig.run()
        #expect(try verdict(rig) == ("duplicate", nil, first.id.text))
        #expect(try rig.lastDrop().verdict == .duplicate)
        #expect(try rig.orders().count == 1)
        try rig.check()
    }

    @Test(arguments: [
        ("{\"customerId\":\"c\",\"orderReference\":\"R\",\"items\":[{\"productId\":\"P\",\"quantity\":1,\"price\":22.2}],\"totalAmount\":22.20}"),
        (" {\"totalAmount\":22.2, \"items\":[{\"price\":22.20,\"quantity\":1,\"productId\":\"P\"}], \"orderReference\":\"R\",\"customerId\":\"c\"}\n"),
        ("{\"customerId\":\"\\u0063\",\"orderReference\":\"R\",\"items\":[{\"productId\":\"P\",\"quantity\":1,\"price\":22.2}],\"totalAmount\":22.2}"),
    ])
    func spellingOfTheSameContentDoesNotCount(_ other: String) async throws {
        let rig = try Rig()
        let first = try await rig.take(
            "{\"customerId\":\"c\",\"orderReference\":\"R\",\"items\":[{\"productId\":\"P\",\"quantity\":1,\"price\":22.2}],\"totalAmount\":22.2}"
        )
        try rig.drop("other.json", other)
        try await rig.run()
        #expect(try verdict(rig) == ("duplicate", nil, first.id.text))
    }

    @Test func sameKeyWithOtherContentIsAConflict() async throws {
        let rig = try Rig()
        let first = try await rig.take(order("A-1"))
        try rig.drop("again.json", order("A-1", [("PEN", 2, 100)]))
        try await rig.run()
        #expect(try verdict(rig) == ("conflict", "key-taken", first.id.text))
        #expect(try rig.lastDrop().verdict == .conflict)
        #expect(try rig.exists("rejected/2026-11-22/\(rig.lastDrop().id.text)"))
    }

    @Test func idempotencyKeyGoesBeforeTheReference() async throws {
        let rig = try Rig()
        let first = try await rig.take(order("A-1", key: "K"))
        try await rig.take(order("A-1", key: "L"))
        try rig.drop("again.json", order("A-2", key: "K"))
        try await rig.run()
        #expect(try verdict(rig) == ("conflict", "key-taken", first.id.text))
        #expect(try rig.orders().count == 2)
    }

    @Test func aKeyAndAReferenceOfTheSameTextAreTwoKeys() async throws {
        let rig = try Rig()
        try await rig.take(order("X"))
        try await rig.take(order("Y", key: "X"))
        #expect(try rig.orders().count == 2)
    }

    @Test func anotherPartnersKeyIsAnotherKey() async throws {
        let rig = try Rig(partners: ["acme", "bolt"])
        try await rig.take(order("A-1"))
        try await rig.take(order("A-1"), partner: "bolt")
        #expect(try rig.orders().map(\.partner) == ["acme", "bolt"])
    }

    @Test func rejectedOrderTakesNoKey() async throws {
        let rig = try Rig()
        try rig.drop("bad.json", "{\"customerId\":\"c\",\"orderReference\":\"A-1\",\"items\":[],\"totalAmount\":0}")
        try await rig.run()
        #expect(try rig.lastDrop().verdict == .rejected)
        #expect(try await rig.take(order("A-1")).stage == .done)
    }

    @Test func cancelledOrderKeepsItsKeyAndTheReceiptSaysHowToGoOn() async throws {
        let rig = try Rig()
        try rig.command(.pause("validate"))
        let first = try await rig.take(order("A-1"))
        #expect(try rig.command(.cancel(first.id)).isDone)
        try rig.drop("again.json", order("A-1"))
        try await rig.run()
        let result = try #require(try rig.results(rig.lastDrop()).last)
        #expect(result["verdict"]?.text == "duplicate")
        #expect(result["errors"]?.items?.first?["message"]?.text?.contains("under a new reference") == true)
    }

    @Test func duplicatesAndConflictsWithinOneFileAreFound() async throws {
        let rig = try Rig()
        try rig.drop("many.ndjson", [order("A"), order("A"), order("A", [("PEN", 3, 100)]), order("B")].joined(separator: "\n") + "\n")
        try await rig.run()
        let results = try rig.results(rig.lastDrop())
        #expect(results.map { $0["verdict"]?.text } == ["accepted", "duplicate", "conflict", "accepted"])
        #expect(results[1]["firstOrderId"] == results[0]["orderId"])
        #expect(results.map { $0["line"]?.integer } == [1, 2, 3, 4])
        #expect(try rig.orders().count == 2)
    }

    // MARK: Without a key

    @Test func sameFileNameIndexAndContentIsADuplicate() async throws {
        let rig = try Rig()
        let first = try await rig.take(order(), as: "o.json")
        try rig.drop("o.json", order())
        try await rig.run()
        #expect(try verdict(rig) == ("duplicate", nil, first.id.text))
    }

    @Test func sameContentUnderAnotherNameIsHeldAsPossibleDuplicate() async throws {
        let rig = try Rig()
        let first = try await rig.take(order(), as: "o.json")
        let second = try await rig.take(order(), as: "p.json")
        #expect(second.stage == .hold && second.reason == "possible-duplicate" && second.status == .onHold)
        #expect(second.detail?.contains(first.id.text) == true)
        #expect(try rig.command(.release(second.id)).isDone)
        #expect(try rig.stage(second.id) == "done")
        try rig.check()
    }

    @Test func sameContentAfterADayIsAnOrderOfItsOwn() async throws {
        let rig = try Rig()
        try await rig.take(order(), as: "o.json")
        rig.clock.advance(milliseconds: 86_400_001)
        #expect(try await rig.take(order(), as: "p.json").stage == .done)
    }

    @Test func sameFileNameAfterADayIsStillADuplicate() async throws {
        let rig = try Rig()
        try await rig.take(order(), as: "o.json")
        rig.clock.advance(milliseconds: 86_400_001)
        try rig.drop("o.json", order())
        try await rig.run()
        #expect(try rig.lastDrop().verdict == .duplicate)
    }

    @Test func possibleDuplicateIsAcceptedOrRejectedAsConfigured() async throws {
        let accepting = try Rig { $0.possibleDuplicate = .accept }
        try await accepting.take(order(), as: "o.json")
        #expect(try await accepting.take(order(), as: "p.json").stage == .done)

        let rejecting = try Rig { $0.possibleDuplicate = .reject }
        let first = try await rejecting.take(order(), as: "o.json")
        try rejecting.drop("p.json", order())
        try await rejecting.run()
        #expect(try verdict(rejecting) == ("rejected", "already-accepted", first.id.text))
    }

    @Test func twiceTheSameInOneFileIsAPossibleDuplicate() async throws {
        let rig = try Rig()
        try rig.drop("many.json", "[\(order()),\(order())]")
        try await rig.run()
        #expect(try rig.orders().map(\.stage) == [.done, .hold])
        try rig.drop("many.json", "[\(order()),\(order())]")
        try await rig.run()
        #expect(try rig.results(rig.lastDrop()).map { $0["verdict"]?.text } == ["duplicate", "duplicate"])
    }

    @Test func referenceMayBeRequired() async throws {
        let rig = try Rig { $0.reading.requireReference = true }
        try rig.drop("o.json", order())
        try await rig.run()
        #expect(try rig.lastDrop().verdict == .rejected)
    }
}
