import Orders
import Testing

/// Every number here is one that card schemes publish for tests.
@Suite("Card numbers")
struct CardNumberTests {
    static let numbers = [
        "4111111111111111", "4242 4242 4242 4242", "4000-0566-5566-5556", "5555555555554444", "2223003122003222", "378282246310005",
        "3714 496353 98431", "6011111111111117", "30569309025904", "3056 9309 0259 04", "36227206271667", "3530111333300000",
        "6200000000000005", "4111 - 1111 - 1111 - 1111", "6205500000000000004",
    ]

    @Test(arguments: numbers)
    func cardNumberInAnyTextIsRefusedAndPlaced(_ number: String) throws {
        let texts: [(String, String)] = [
            (#""notes":"card \#(number), exp 12/29""#, "/notes"),
            (#""customer":{"name":"\#(number)"}"#, "/customer/name"),
            (#""payment":{"token":"tok_\#(number)"}"#, "/payment/token"),
            (#""x":[1,{"y":"\#(number)"}]"#, "/x/1/y"),
            (#""country":"\#(number)""#, "/country"),
        ]
        for (more, path) in texts {
            let text = smallest(more)
            let refused = try #require(refusal(text), "\(more)")
            #expect(refused.faults.map { "\($0.path) \($0.code.rawValue)" } == ["\(path) card-number"])
            let bytes = Array(text.utf8)
            let range = try #require(refused.cardNumbers.first)
            #expect(String(decoding: bytes[range], as: UTF8.self) == number)
            #expect(refused.cardNumbers.count == 1)
            #expect(!refused.faults.contains { $0.message.contains(number) })
        }
    }

    @Test func cardNumberAsANumberIsRefused() {
        #expect(faults(smallest(#""x":4111111111111111"#)) == ["/x card-number"])
        #expect(faults(smallest(#""taxAmount":4111111111111111"#)) == ["/taxAmount card-number"])
        #expect(faults(smallest(#""taxAmount":"4111111111111111""#)) == ["/taxAmount card-number"])
        #expect(faults(smallest(#""priority":4111111111111111"#)) == ["/priority card-number"])
    }

    @Test func cardNumberAsANameIsMaskedInThePointer() {
        #expect(
            faults(smallest(#""4111111111111111":{"a":1,"a":2}"#)) == [
                "/9999999999999999 card-number", "/9999999999999999/a duplicate-key",
            ])
    }

    @Test func cardNumberWrittenWithEscapesIsFound() throws {
        let text = smallest(#""notes":"\u0034111111111111111""#)
        let refused = try #require(refusal(text))
        #expect(refused.faults.map(\.code) == [.cardNumber])
        var bytes = Array(text.utf8)
        CardNumbers.mask(&bytes, in: refused.cardNumbers)
        #expect(!String(decoding: bytes, as: UTF8.self).contains("111111111111111"))
        #expect(throws: Never.self) { try JSONValue.parse(bytes) }
    }

    @Test func idsAndReferencesAreNotSearched() {
        let number = "4111111111111111"
        #expect(order(smallest(#""orderReference":"\#(number)","idempotencyKey":"\#(number)""#)) != nil)
        #expect(order(withLine(#""productId":"\#(number)","quantity":1,"price":1"#, total: "1")) != nil)
        #expect(
            faults(#"{"customerId":"\#(number)","items":[{"productId":"p","quantity":1,"price":1}],"totalAmount":1}"#) == [
                "/customerId card-number"
            ])
    }

    @Test(arguments: [
        "4111111111111112", "1234567890123456", "41111111111111111111", "9999999999999999", "411111111111111", "4111.1111.1111.1111",
        "4111    1111 1111 1111", "+44 20 7946 0958", "2010-12-01T08:26:00Z", "00000000000000",
    ])
    func whatOnlyLooksLikeOneIsTaken(_ text: String) {
        #expect(order(smallest(#""notes":"\#(text)""#)) != nil)
    }

    @Test func cardNumberAmongOtherDigitsIsFound() {
        let found = refusal(smallest(#""notes":"call 020 7946, 12 4111 1111 1111 1111 12/29 and 378282246310005""#))
        #expect(found?.cardNumbers.count == 2)
    }

    @Test func cardNumberBehindASyntaxFaultIsMaskedToo() throws {
        let text = #"{"a":1,,"notes":"4111111111111111""#
        let refused = try #require(refusal(text))
        #expect(refused.faults.map(\.code) == [.syntax])
        var bytes = Array(text.utf8)
        CardNumbers.mask(&bytes, in: refused.cardNumbers)
        #expect(String(decoding: bytes, as: UTF8.self) == #"{"a":1,,"notes":"9999999999999999""#)
    }

    @Test func maskedTextHoldsNoCardNumberAndStaysJSON() throws {
        var bytes = Array(smallest(#""x":-4111111111111111,"y":["5555 5555 5555 4444"]"#).utf8)
        CardNumbers.mask(&bytes, in: bytes.withUnsafeBufferPointer { CardNumbers.ranges(in: $0) })
        #expect(bytes.withUnsafeBufferPointer { CardNumbers.ranges(in: $0) }.isEmpty)
        #expect(throws: Never.self) { try JSONValue.parse(bytes) }
    }

    @Test func messagesNeverRepeatACardNumber() {
        for more in [
            #""currency":"4111111111111111""#, #""placedAt":"4111 1111 1111 1111""#, #""taxAmount":"4111-1111-1111-1111x""#,
            #""quantity":"4111111111111111""#,
        ] {
            for fault in refusal(smallest(more))?.faults ?? [] { #expect(!fault.message.contains("1111")) }
        }
    }
}
