import Ledger
import Orders
import Spool
import Testing

@testable import Reports

@Suite("Receipts")
struct ReceiptTests {
    @Test func aReceiptNamesEachOrderAndEachFault() throws {
        let rig = try PublishRig()
        let id = rig.newOrderID()
        let fault = Fault(path: "/items/0/quantity", code: .outOfRange, message: "expected 1 or more, found \"-1\"")
        let drop = try rig.drop(
            Array("o.json".utf8), [rig.result(0, .accepted, id), rig.result(1, .rejected, faults: [fault])],
            faults: [Fault(path: "", code: .incomplete, message: "it ends in the middle")])
        try rig.publish()
        let receipt = try rig.receipt("o.json.receipt.json")
        #expect(receipt["version"]?.integer == 1 && receipt["dropId"]?.text == drop.text && receipt["file"]?.text == "o.json")
        #expect(receipt["verdict"]?.text == "partial" && receipt["completeness"]?.text == "renamed")
        #expect(receipt["sha256"]?.text == String(repeating: "ab", count: 32) && receipt["size"]?.integer == 120)
        let orders = try #require(receipt["orders"]?.items)
        #expect(orders.map { $0["verdict"]?.text } == ["accepted", "rejected"])
        #expect(orders[0]["orderId"]?.text == id.text)
        #expect(orders[1]["errors"]?.items?.first?["path"]?.text == "/items/0/quantity")
        #expect(orders[1]["errors"]?.items?.first?["code"]?.text == "out-of-range")
        #expect(receipt["errors"]?.items?.first?["code"]?.text == "incomplete")
    }

    @Test func theVerdictsOfAllSlicesStandInOneList() throws {
        let rig = try PublishRig()
        let id = rig.newDropID()
        try rig.record(.dropOpened(rig.facts(Array("large.ndjson".utf8))), id.text)
        for number in 0..<3 {
            // A slice can be without orders: the end of a file that ends in blank lines.
            let results = number == 1 ? [] : [rig.result(number * 2, .rejected), rig.result(number * 2 + 1, .rejected)]
            try rig.record(.dropSlice(DropSlice(number: number, results: results, position: "\(number)")), id.text)
            try rig.publish()
            #expect(try rig.names("partners/acme/receipts/orders") == [], "no receipt before the last slice")
        }
        try rig.record(.dropClosed(DropResult(verdict: .rejected, results: [], faults: [])), id.text)
        try rig.publish()
        let orders = try rig.receipt("large.ndjson.receipt.json")["orders"]?.items
        #expect(orders?.map { $0["index"]?.integer } == [0, 1, 4, 5])
    }

    @Test func aNameThatIsNoTextIsTherePlainlyAndAsBytes() throws {
        let rig = try PublishRig()
        try rig.drop([0xff, 0x2e, 0x6a], [])
        try rig.publish()
        let directory = try rig.tree.directory("partners/acme/receipts/orders")
        let name = try #require(FileName(bytes: [0xff, 0x2e, 0x6a] + Array(".receipt.json".utf8)))
        let receipt = try JSONValue.parse(try #require(try rig.tree.files.readAll(in: directory, name)))
        #expect(receipt["file"]?.text == "\u{fffd}.j")
        #expect(receipt["fileBase64"]?.text == "/y5q")
    }

    @Test(arguments: [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE=")])
    func base64IsThatOfTheStandard(_ text: String, _ expected: String) {
        #expect(ReceiptFile.base64(Array(text.utf8)) == expected)
    }

    @Test func aLaterDropOfTheNameTakesItAndTheEarlierReceiptStays() throws {
        let rig = try PublishRig()
        let drops = try (0..<3).map { _ in try rig.drop("o.json") }
        try rig.publish()
        let names = try rig.names("partners/acme/receipts/orders")
        #expect(names.count == 3)
        #expect(try rig.receipt("o.json.receipt.json")["dropId"]?.text == drops[2].text)
        for drop in drops.prefix(2) { #expect(try rig.receipt("o.json.\(drop.text).receipt.json")["dropId"]?.text == drop.text) }
    }

    @Test func aNameTooLongIsCutAndMarked() throws {
        let rig = try PublishRig()
        let name = String(repeating: "\u{e9}", count: 124) + ".json"
        try rig.drop(name)
        try rig.publish()
        let published = try #require(try rig.names("partners/acme/receipts/orders").first)
        #expect(published.utf8.count <= 255)
        #expect(published.hasSuffix("~" + String(repeating: "fd", count: 8) + ".receipt.json"))
        #expect(try rig.receipt(published)["file"]?.text == name)
    }
}
