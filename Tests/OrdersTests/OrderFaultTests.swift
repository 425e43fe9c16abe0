import Orders
import Testing

/// A text and what must be found in it.
struct FaultCase: Sendable, CustomTestStringConvertible {
    var text: String
    var faults: [String]

    init(_ text: String, _ faults: String...) {
        self.text = text
        self.faults = faults
    }

    var testDescription: String { String(text.suffix(70)) }
}

@Suite("Faults of an order")
struct OrderFaultTests {
    static let members: [FaultCase] = [
        FaultCase("{}", "/customerId missing", "/items missing", "/totalAmount missing"),
        FaultCase(
            #"{"items":[{}],"totalAmount":0}"#, "/customerId missing", "/items/0/productId missing", "/items/0/quantity missing",
            "/items/0/price missing"),
        FaultCase(#"{"customerId":"","items":[],"totalAmount":-0.01}"#, "/customerId empty", "/items empty", "/totalAmount out-of-range"),
        FaultCase(
            #"{"customerId":null,"items":null,"totalAmount":null}"#, "/customerId wrong-type", "/items wrong-type",
            "/totalAmount wrong-type"),
        FaultCase(
            #"{"customerId":5,"items":{"a":[]},"totalAmount":[1]}"#, "/customerId wrong-type", "/items wrong-type",
            "/totalAmount wrong-type"),
        FaultCase(
            #"{"customerId":"   ","items":[7,"x"],"totalAmount":true}"#, "/customerId empty", "/items/0 wrong-type", "/items/1 wrong-type",
            "/totalAmount wrong-type"),
        FaultCase(smallest(#""orderReference":"""#), "/orderReference empty"),
        FaultCase(smallest(#""idempotencyKey":"a\u0000b""#), "/idempotencyKey control-character"),
        FaultCase(smallest(#""orderReference":"a\u0085b""#), "/orderReference control-character"),
        FaultCase(smallest("\"orderReference\":\"a\u{7f}b\""), "/orderReference control-character"),
        FaultCase(smallest(#""orderReference":"\#(String(repeating: "é", count: 201))""#), "/orderReference too-long"),
        FaultCase(smallest(#""orderReference":"\#(String(repeating: "é", count: 200))""#)),
        FaultCase(smallest(#""country":"\#(String(repeating: "x", count: 61))""#), "/country too-long"),
        FaultCase(smallest(#""notes":"\#(String(repeating: "x", count: 10_001))""#), "/notes too-long"),
        FaultCase(smallest(#""notes":["x"]"#), "/notes wrong-type"),
        FaultCase(smallest(#""currency":"gbp""#), "/currency unknown-currency"),
        FaultCase(smallest(#""currency":"XAU""#), "/currency unknown-currency"),
        FaultCase(smallest(#""currency":826"#), "/currency wrong-type"),
        FaultCase(smallest(#""placedAt":"2026-02-29T00:00:00Z""#), "/placedAt bad-time"),
        FaultCase(smallest(#""placedAt":"2026-02-28""#), "/placedAt bad-time"),
        FaultCase(smallest(#""placedAt":1700000000"#), "/placedAt wrong-type"),
        FaultCase(smallest(#""priority":10"#), "/priority out-of-range"),
        FaultCase(smallest(#""priority":1.5"#), "/priority wrong-type"),
        FaultCase(smallest(#""priority":"1""#), "/priority wrong-type"),
        FaultCase(smallest(#""customer":"Ann""#), "/customer wrong-type"),
        FaultCase(
            smallest(#""customer":{"name":1,"email":[],"phone":{"a":1}}"#), "/customer/name wrong-type", "/customer/email wrong-type",
            "/customer/phone wrong-type"),
        FaultCase(smallest(#""customer":{"name":"a","n\u0061me":"b"}"#), "/customer/name duplicate-key"),
        FaultCase(smallest(#""shipTo":"Leeds""#), "/shipTo wrong-type"),
        FaultCase(
            smallest(#""payment":{"method":"\#(String(repeating: "m", count: 41))","token":3}"#), "/payment/method too-long",
            "/payment/token wrong-type"),
        FaultCase(smallest(#""\#(String(repeating: "n", count: 257))":1"#), " too-long"),
        FaultCase(smallest(#""\#(String(repeating: "é", count: 256))":1"#)),
    ]

    @Test(arguments: members)
    func eachFaultHasItsPointerAndCode(_ one: FaultCase) {
        #expect(faults(one.text) == one.faults)
    }

    static let numbers: [FaultCase] = [
        FaultCase(withLine(#""productId":"p","quantity":0,"price":1"#, total: "0"), "/items/0/quantity out-of-range"),
        FaultCase(
            withLine(#""productId":"p","quantity":-1,"price":-1"#, total: "1"), "/items/0/quantity out-of-range",
            "/items/0/price out-of-range"),
        FaultCase(withLine(#""productId":"p","quantity":1000000001,"price":1"#, total: "1"), "/items/0/quantity out-of-range"),
        FaultCase(withLine(#""productId":"p","quantity":99999999999999999999,"price":1"#, total: "1"), "/items/0/quantity out-of-range"),
        FaultCase(withLine(#""productId":"p","quantity":18446744073709551617,"price":1"#, total: "1"), "/items/0/quantity out-of-range"),
        FaultCase(withLine(#""productId":"p","quantity":-9223372036854775808,"price":1"#, total: "1"), "/items/0/quantity out-of-range"),
        FaultCase(withLine(#""productId":"p","quantity":1,"price":-9223372036854775808"#, total: "1"), "/items/0/price out-of-range"),
        FaultCase(withLine(#""productId":"p","quantity":1.0,"price":1"#, total: "1"), "/items/0/quantity wrong-type"),
        FaultCase(withLine(#""productId":"p","quantity":1e0,"price":1"#, total: "1"), "/items/0/quantity exponent"),
        FaultCase(withLine(#""productId":"p","quantity":"1","price":1"#, total: "1"), "/items/0/quantity wrong-type"),
        FaultCase(withLine(#""productId":"p","quantity":null,"price":1"#, total: "1"), "/items/0/quantity wrong-type"),
        FaultCase(withLine(#""productId":"p","quantity":1,"price":1e2"#, total: "100"), "/items/0/price exponent"),
        FaultCase(withLine(#""productId":"p","quantity":1,"price":1.005"#, total: "1"), "/items/0/price too-many-digits"),
        FaultCase(withLine(#""productId":"p","quantity":1,"price":1.00000"#, total: "1"), "/items/0/price too-many-digits"),
        FaultCase(withLine(#""productId":"p","quantity":1,"price":"1.200""#, total: "1.2"), "/items/0/price too-many-digits"),
        FaultCase(withLine(#""productId":"p","quantity":1,"price":10000000000000"#, total: "1"), "/items/0/price out-of-range"),
        FaultCase(
            withLine(#""productId":"p","quantity":1,"price":"£1""#, total: #""1,00""#), "/items/0/price not-an-amount",
            "/totalAmount not-an-amount"),
        FaultCase(
            withLine(#""productId":"p","quantity":1,"price":" 1""#, total: #""""#), "/items/0/price not-an-amount",
            "/totalAmount not-an-amount"),
        FaultCase(
            withLine(#""productId":"p","quantity":1,"price":"1e2""#, total: #"".5""#), "/items/0/price exponent",
            "/totalAmount not-an-amount"),
        FaultCase(
            withLine(#""productId":"p","quantity":1,"price":"-1.00""#, total: #""01""#), "/items/0/price out-of-range",
            "/totalAmount not-an-amount"),
        FaultCase(withLine(#""productId":"p","quantity":1000000000,"price":9999999999999.99"#, total: "1"), "/items/0/price out-of-range"),
        FaultCase(
            smallest(#""taxAmount":-1,"shippingAmount":1.001,"discountAmount":{}"#), "/taxAmount out-of-range",
            "/shippingAmount too-many-digits", "/discountAmount wrong-type"),
        FaultCase(smallest(#""taxAmount":0.01"#), "/totalAmount total-mismatch"),
        FaultCase(smallest(#""discountAmount":5000"#), "/totalAmount total-mismatch"),
    ]

    @Test(arguments: numbers)
    func eachFaultOfANumberHasItsPointerAndCode(_ one: FaultCase) {
        #expect(faults(one.text) == one.faults)
    }

    @Test func mismatchNamesTheSumAndItsParts() throws {
        let text =
            #"{"customerId":"c","items":[{"productId":"p","quantity":2,"price":5}],"taxAmount":2,"discountAmount":0.5,"totalAmount":11}"#
        #expect(refusal(text)?.faults.first?.message == "expected 11.50 GBP (lines 10.00 + tax 2.00 - discount 0.50), found 11.00")
    }

    @Test func digitsAreJudgedByACurrencyThatComesLater() {
        let text = #"{"customerId":"c","items":[{"productId":"p","quantity":1,"price":1.5}],"totalAmount":1.5,"currency":"JPY"}"#
        #expect(faults(text) == ["/items/0/price too-many-digits", "/totalAmount too-many-digits"])
    }

    @Test func faultsComeByTheirPlaceInTheText() {
        let text =
            #"{"totalAmount":1.005,"items":[{"price":1.005,"quantity":0,"productId":""},{"quantity":1,"price":2,"productId":"q"}],"x":1,"x":2,"customerId":"c"}"#
        #expect(
            faults(text) == [
                "/totalAmount too-many-digits", "/items/0/quantity out-of-range", "/items/0/productId empty", "/x duplicate-key",
            ])
    }

    @Test func duplicateNamesAreFoundInEveryObject() {
        #expect(faults(smallest(#""customerId":"x""#)) == ["/customerId duplicate-key"])
        #expect(faults(smallest(#""a":1,"\u0061":2"#)) == ["/a duplicate-key"])
        #expect(faults(smallest(#""n":{"é":1,"\u00e9":{"é":1,"é":2}}"#)) == ["/n/é duplicate-key", "/n/é/é duplicate-key"])
        #expect(faults(smallest(#""a":{"b":1},"c":{"b":1},"d":[{"b":1},{"b":2}]"#)) == [])
        #expect(faults(withLine(#""productId":"p","quantity":1,"price":1,"x":1,"x":2"#, total: "1")) == ["/items/0/x duplicate-key"])
        #expect(faults(withLine(#""productId":"p","quantity":1,"price":1,"pric\u0065":2"#, total: "1")) == ["/items/0/price duplicate-key"])
    }

    @Test func duplicateNamesAreFoundAmongThousands() {
        let names = (0..<5000).map { "\"n\($0)\":\($0)" }.joined(separator: ",")
        #expect(faults(smallest(names)) == [])
        #expect(
            faults(smallest(names + #","n4999":1,"n0":2,"n20":3,"m":{"n1":1}"#)) == [
                "/n4999 duplicate-key", "/n0 duplicate-key", "/n20 duplicate-key",
            ])
    }

    @Test func pointersAreEscaped() {
        #expect(faults(smallest(#""a/b~c":{"\"":[0,{"x":1,"x":2}]}"#)) == [#"/a~1b~0c/"/1/x duplicate-key"#])
    }

    @Test func listOfFaultsIsCutAndSaysSo() {
        let lines = Array(repeating: #"{"productId":"p","quantity":0,"price":1}"#, count: 250).joined(separator: ",")
        let found = refusal(#"{"customerId":"c","items":[\#(lines)],"totalAmount":0}"#)?.faults ?? []
        #expect(found.count == 101)
        #expect(found[99].path == "/items/99/quantity")
        #expect(found.last == Fault(path: "", code: .moreFaults, message: "found 150 more faults, which are not listed"))
    }

    @Test func limitsOfTheRulesHold() {
        let line = #"{"productId":"p","quantity":1,"price":1}"#
        let three = #"{"customerId":"c","items":[\#(line),\#(line),\#(line)],"totalAmount":3}"#
        #expect(faults(three, ReadingRules(maximumLines: 3)) == [])
        #expect(faults(three, ReadingRules(maximumLines: 2)) == ["/items too-many-lines"])
        #expect(faults(three, ReadingRules(maximumOrderBytes: three.utf8.count)) == [])
        #expect(faults(three, ReadingRules(maximumOrderBytes: three.utf8.count - 1)) == [" too-large"])
        #expect(faults(smallest(#""x":[[[1]]]"#), ReadingRules(maximumDepth: 4)) == [])
        #expect(faults(smallest(#""x":[[[1]]]"#), ReadingRules(maximumDepth: 3)) == ["/x/0/0 nesting"])
        #expect(faults(smallest(#""notes":"four""#), ReadingRules(maximumNoteCharacters: 3)) == ["/notes too-long"])
    }

    @Test func levelsCountTheSameInValuesOfTheWrongKind() {
        func nested(_ count: Int) -> String { String(repeating: "[", count: count) + String(repeating: "]", count: count) }
        let rules = ReadingRules(maximumDepth: 6)
        #expect(faults(smallest("\"country\":\(nested(5))"), rules) == ["/country wrong-type"])
        #expect(faults(smallest("\"country\":\(nested(6))"), rules) == ["/country" + String(repeating: "/0", count: 5) + " nesting"])
        #expect(faults(smallest("\"customer\":{\"name\":\(nested(4))}"), rules) == ["/customer/name wrong-type"])
        #expect(faults(smallest("\"customer\":{\"name\":\(nested(5))}"), rules).last?.hasSuffix("nesting") == true)
        #expect(
            faults(withLine("\"productId\":\"p\",\"quantity\":1,\"price\":\(nested(3))", total: "1"), rules) == [
                "/items/0/price wrong-type"
            ])
        #expect(
            faults(withLine("\"productId\":\"p\",\"quantity\":1,\"price\":\(nested(4))", total: "1"), rules).last?.hasSuffix("nesting")
                == true)
        #expect(faults(withLine("\"productId\":\"p\",\"quantity\":1,\"price\":1,\"x\":\(nested(3))", total: "1"), rules) == [])
    }

    @Test func pointersStayShortWhereNamesAreLong() {
        let name = String(repeating: "é", count: 100_000)
        let twice = Array(repeating: #""a":1"#, count: 50).joined(separator: ",")
        let found = refusal(smallest("\"\(name)\":{\(twice)}"))?.faults ?? []
        #expect(found.count == 50)
        #expect(found.allSatisfy { $0.path.utf8.count < 2000 })
        #expect(found.map(\.code).contains(.tooLong))
    }

    @Test func referenceCanBeRequired() {
        let rules = ReadingRules(requireReference: true)
        #expect(faults(smallest(), rules) == ["/orderReference missing"])
        #expect(faults(smallest(#""orderReference":"r""#), rules) == [])
        #expect(faults(smallest(#""idempotencyKey":"k""#), rules) == [])
    }

    @Test func refusalTellsWhatCouldBeRead() {
        let refused = refusal(#"{"orderReference":"R9","customerId":"c9","items":[],"totalAmount":0,}"#)
        #expect(refused?.orderReference == "R9")
        #expect(refused?.customerId == "c9")
        #expect(refused?.faults.map(\.code) == [.empty, .trailingComma])
    }
}
