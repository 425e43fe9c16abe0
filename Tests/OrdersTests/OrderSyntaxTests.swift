import Orders
import Testing

@Suite("Faults of an order's JSON")
struct OrderSyntaxTests {
    static let cases: [FaultCase] = [
        FaultCase(smallest() + "x", " syntax"),
        FaultCase(smallest() + smallest(), " syntax"),
        FaultCase("\u{FEFF}" + smallest(), " byte-order-mark"),
        FaultCase(#"{"customerId":"c",}"#, " trailing-comma"),
        FaultCase(#"{"items":[{"productId":"p"},]}"#, "/items/0/quantity missing", "/items/0/price missing", "/items/1 trailing-comma"),
        FaultCase(#"{"customerId":"c" "items":[]}"#, "/customerId syntax"),
        FaultCase(#"{"customerId" "c"}"#, "/customerId syntax"),
        FaultCase(#"{customerId:"c"}"#, " syntax"),
        FaultCase(#"{'customerId':"c"}"#, " syntax"),
        FaultCase(#"{"priority":01}"#, "/priority syntax"),
        FaultCase(#"{"totalAmount":+1}"#, "/totalAmount syntax"),
        FaultCase(#"{"totalAmount":1.}"#, "/totalAmount syntax"),
        FaultCase(#"{"totalAmount":.5}"#, "/totalAmount syntax"),
        FaultCase(#"{"x":NaN}"#, "/x syntax"),
        FaultCase(#"{"x":nul}"#, "/x syntax"),
        FaultCase(#"{"x":[1 2]}"#, "/x/0 syntax"),
        FaultCase(#"{"x":"\x"}"#, "/x syntax"),
        FaultCase(#"{"x":"\ud800"}"#, "/x lone-surrogate"),
        FaultCase(#"{"x":"\udc00\ud800"}"#, "/x lone-surrogate"),
        FaultCase("{\"x\":\"a\nb\"}", "/x control-character"),
        FaultCase("/* c */ {}", " syntax"),
        FaultCase("[\(smallest())]", " wrong-type"),
        FaultCase(#""order""#, " wrong-type"),
        FaultCase("null", " wrong-type"),
        FaultCase("", " empty"),
        FaultCase(" \n", " empty"),
    ]

    @Test(arguments: cases)
    func syntaxFaultStopsWithPointerAndCode(_ one: FaultCase) {
        #expect(faults(one.text) == one.faults)
    }

    @Test(
        arguments: [[0xC3, 0x28], [0xA0], [0xE2, 0x28, 0xA1], [0xC0, 0xAF], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xFF]]
            as [[UInt8]])
    func invalidUTF8IsRefused(_ sequence: [UInt8]) throws {
        var reader = OrderReader()
        let reading = reader.read(Array(#"{"x":["a",{"y":"#.utf8) + [0x22] + sequence + Array(#""}]}"#.utf8))
        guard case .refused(let refused) = reading else {
            Issue.record("read as an order")
            return
        }
        #expect(refused.faults.first?.code == .invalidUTF8)
        #expect(refused.faults.first?.path == "/x/1/y")
        #expect(!refused.endsEarly)
    }

    @Test func messageSaysWhere() {
        let message = refusal("{\n  \"a\": 1,\n  \"b\" 2}")?.faults.first?.message
        #expect(message == "expected ':' after a member's name, found '2' at byte 18 (line 3, column 7)")
    }

    @Test func faultsBeforeTheSyntaxFaultAreReportedToo() {
        let text = #"{"currency":"GBP","customerId":"","items":[{"productId":"p","quantity":0,"price":1.001},{"#
        #expect(faults(text + "]") == ["/customerId empty", "/items/0/quantity out-of-range", "/items/1 syntax"])
        let sound = #"{"currency":"GBP","items":[{"productId":"p","quantity":1,"price":1.001},{"#
        #expect(faults(sound + "]") == ["/items/0/price too-many-digits", "/items/1 syntax"])
    }

    @Test func deepNestingIsRefusedWithoutReadingOn() {
        let deep = String(repeating: #"{"a":["#, count: 100_000)
        let found = refusal(smallest(#""x":\#(deep)"#))
        #expect(found?.faults.map(\.code) == [.nesting])
        #expect(found?.endsEarly == false)
    }

    @Test func truncationAtEveryByteEndsEarly() {
        for text in [smallest(), fullOrder, smallest(#""x":"\ud83d\ude00 é € 😀","y":[true,false,null,-1.5e+3,{}]"#)] {
            let bytes = Array(text.utf8)
            var reader = OrderReader()
            for count in 0..<bytes.count {
                guard case .refused(let refused) = reader.read(Array(bytes[..<count])) else {
                    Issue.record("read as an order when cut after \(count) bytes")
                    continue
                }
                #expect(refused.endsEarly, "cut after \(count) bytes: \(refused.faults)")
            }
        }
    }

    @Test func endIsNotTheOnlyReasonWhereAnotherFaultCameBefore() {
        #expect(refusal(#"{"customerId":"","items":[{"#)?.endsEarly == false)
        #expect(refusal(#"{"customerId":"c","items":[{"#)?.endsEarly == true)
        #expect(refusal(#"{"customerId":"c"}"#)?.endsEarly == false)
    }
}
