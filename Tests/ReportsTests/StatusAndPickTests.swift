import Ledger
import Orders
import Testing

@testable import Reports

@Suite("Status files and pick requests")
struct StatusAndPickTests {
    @Test func aStatusTellsWhereTheOrderIsAndHowItCameThere() throws {
        let rig = try PublishRig()
        let id = rig.newOrderID()
        try rig.drop("o.json", [rig.result(0, .accepted, id)])
        try rig.accept(id)
        try rig.publish()
        #expect(try rig.json("partners/acme/status/\(id.text).json")["status"]?.text == "PENDING")
        try rig.move(id, .held, "validate", to: "hold", next: "validate", reason: "price-zero")
        try rig.publish()
        let status = try rig.json("partners/acme/status/\(id.text).json")
        #expect(status["status"]?.text == "ON_HOLD" && status["stage"]?.text == "hold" && status["reason"]?.text == "price-zero")
        #expect(status["totalAmount"]?.text == "2.50" && status["currency"]?.text == "GBP")
        let history = try #require(status["history"]?.items)
        #expect(history.map { $0["event"]?.text } == ["accepted", "held"])
        #expect(history.last?["detail"]?.text == "price-zero")
        #expect(status["updatedAt"]?.text == history.last?["at"]?.text)
    }

    @Test(arguments: [("JPY", "250"), ("GBP", "2.50"), ("BHD", "0.250")])
    func amountsHaveTheDigitsOfTheirCurrency(_ code: String, _ expected: String) throws {
        let rig = try PublishRig()
        let id = rig.newOrderID()
        try rig.accept(id, currency: try #require(Currency(code)))
        try rig.publish()
        #expect(try rig.json("partners/acme/status/\(id.text).json")["totalAmount"]?.text == expected)
    }

    @Test func aListLineIsTheStatusWithoutItsHistory() throws {
        let rig = try PublishRig()
        let id = rig.newOrderID()
        try rig.accept(id)
        let order = try #require(try rig.ledger.order(id))
        let short = try #require(try JSONValue.parse(StatusFile.bytes(order, history: false)).members)
        let long = try #require(try JSONValue.parse(StatusFile.bytes(order, history: true)).members)
        #expect(long.dropLast().map(\.name) == short.map(\.name) && long.last?.name == "history")
    }

    @Test func theWarehouseIsAskedOnceFulfilmentIsCommittedAndAlwaysInTheSameWords() throws {
        let rig = try PublishRig()
        let id = rig.newOrderID()
        try rig.accept(id)
        try rig.move(id, .advanced, "validate", to: "fulfil", next: "fulfil")
        try rig.publish()
        #expect(try rig.names("partners/warehouse/pick") == [])
        try rig.move(id, .advanced, "fulfil", to: "done", next: "")
        try rig.publish()
        let path = "partners/warehouse/pick/\(id.text).pick.json"
        let first = try rig.text(path)
        let pick = try JSONValue.parse(Array(first.utf8))
        #expect(pick["lines"]?.items?.map { $0["productId"]?.text } == ["a\u{e9}", "b"])
        #expect(pick["shipTo"]?["city"]?.text == "Bath" && pick["priority"]?.integer == 3)
        #expect(pick["totalAmount"] == nil && pick["customerId"] == nil, "the warehouse needs no prices and no account")
        try rig.publishAgainFromTheStart()
        #expect(try rig.text(path) == first)
    }
}
