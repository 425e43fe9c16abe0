import Orders
import Testing

@Suite("Reading an order")
struct OrderReaderTests {
    @Test func smallestOrderIsRead() {
        let expected = Order(
            customerId: "demo123", lines: [OrderLine(productId: "LAPTOP001", quantity: 1, price: 129_999)], currency: .gbp,
            totalAmount: 129_999)
        #expect(read(smallest()) == .order(expected))
    }

    @Test func everyKnownMemberIsRead() throws {
        let expected = Order(
            customerId: "c-7",
            lines: [OrderLine(productId: "A", quantity: 2, price: 1050), OrderLine(productId: "B", quantity: 1, price: 5)],
            currency: try #require(Currency("EUR")), totalAmount: 2725, taxAmount: 420, shippingAmount: 300, discountAmount: 100,
            orderReference: "R-1", idempotencyKey: "K-1", placedAt: "2026-11-22T17:35:58+01:00", country: "United Kingdom",
            paymentMethod: "simulated", paymentToken: "tok_ok", priority: -3)
        #expect(read(fullOrder) == .order(expected))
        #expect(expected.units == 3)
    }

    @Test func oneReaderReadsManyOrdersAlike() {
        var reader = OrderReader()
        let texts = [smallest(), "{", fullOrder, smallest(#""x":{"a":1,"a":2}"#), smallest()]
        let together = texts.map { reader.read(Array($0.utf8)) }
        #expect(together == texts.map { read($0) })
    }

    @Test func currencyMayStandAfterTheAmounts() {
        let text = #"{"items":[{"price":100,"quantity":3,"productId":"p"}],"totalAmount":300,"customerId":"c","currency":"JPY"}"#
        #expect(order(text)?.totalAmount == 300)
        #expect(order(text)?.lines.first?.price == 100)
        let dinar = #"{"items":[{"price":1.5,"quantity":3,"productId":"p"}],"totalAmount":"4.500","customerId":"c","currency":"BHD"}"#
        #expect(order(dinar)?.totalAmount == 4500)
    }

    @Test func namesAndTextsMayBeSpelledWithEscapes() {
        let text =
            #"{"\u0063ustomerId":"\u0064emo\u20ac\ud83d\ude00","items":[{"product\u0049d":"\"\\\/","quantity":1,"price":"1\u002e50"}],"totalAmount":1.5}"#
        #expect(order(text)?.customerId == "demo€😀")
        #expect(order(text)?.lines == [OrderLine(productId: #""\/"#, quantity: 1, price: 150)])
    }

    @Test func nullMeansLeftOutWhereAMemberMayBeMissing() {
        let names = ["orderReference", "idempotencyKey", "currency", "placedAt", "country", "customer", "shipTo", "payment", "taxAmount"]
        let more = (names + ["shippingAmount", "discountAmount", "priority", "notes"]).map { "\"\($0)\":null" }.joined(separator: ",")
        #expect(read(smallest(more)) == read(smallest()))
        #expect(order(smallest(#""customer":{"name":null},"payment":{"token":null,"method":null}"#)) != nil)
    }

    @Test func unknownMembersAreAccepted() {
        #expect(order(smallest(#""x":{"deep":[[{"a":{}}],-1.5e300,false,null,"\u0000"]},"":1,"X":2"#)) != nil)
        #expect(order(withLine(#""productId":"p","quantity":1,"price":1,"colour":{"r":1}"#, total: "1")) != nil)
    }

    @Test func zeroPriceIsLeftToALaterStep() {
        #expect(order(withLine(#""productId":"p","quantity":1,"price":0.0"#, total: "0"))?.totalAmount == 0)
        #expect(order(withLine(#""productId":"p","quantity":1,"price":-0"#, total: #""0.00""#))?.totalAmount == 0)
    }

    @Test func blanksMayStandAnywhereBetweenTokens() {
        let spaced =
            "\r\n\t {\n \"customerId\" : \"c\" ,\"items\": [ { \"productId\":\"p\" , \"quantity\": 2 ,\"price\" :3 } ] , \"totalAmount\" : 6 } \n"
        #expect(order(spaced)?.totalAmount == 600)
    }

    @Test(arguments: [(1, ["/totalAmount total-mismatch"]), (2, []), (3, [])] as [(Int64, [String])])
    func toleranceIsInMinorUnits(tolerance: Int64, expected: [String]) {
        let text = withLine(#""productId":"p","quantity":1,"price":1.00"#, total: "1.02")
        #expect(faults(text, ReadingRules(tolerance: tolerance)) == expected)
        if expected.isEmpty { #expect(order(text, ReadingRules(tolerance: tolerance))?.totalDifference == 2) }
    }

    @Test func mismatchCanBeLetThroughAndIsTold() {
        let text = withLine(#""productId":"p","quantity":1,"price":5.00"#, total: "1.02")
        #expect(order(text, ReadingRules(totalMismatch: .letThrough))?.totalDifference == -398)
    }

    @Test func defaultCurrencyAppliesWhereNoneIsNamed() throws {
        let yen = ReadingRules(defaultCurrency: try #require(Currency("JPY")))
        #expect(order(withLine(#""productId":"p","quantity":2,"price":5"#, total: "10"), yen)?.totalAmount == 10)
        #expect(faults(smallest(), yen) == ["/items/0/price too-many-digits", "/totalAmount too-many-digits"])
    }

    @Test func largestAmountsAreExact() {
        let text = withLine(#""productId":"p","quantity":1,"price":9999999999999.99"#, total: #""9999999999999.99""#)
        #expect(order(text)?.totalAmount == 999_999_999_999_999)
    }
}
