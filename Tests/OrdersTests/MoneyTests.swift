import Orders
import Testing

@Suite("Money")
struct MoneyTests {
    @Test(
        arguments: [
            (2220, 2, "22.20"), (-5, 2, "-0.05"), (5, 0, "5"), (0, 2, "0.00"), (0, 0, "0"), (-1, 0, "-1"), (1, 3, "0.001"),
            (12_345, 4, "1.2345"),
            (.max, 2, "92233720368547758.07"), (.min, 2, "-92233720368547758.08"), (.min, 0, "-9223372036854775808"), (100, 1, "10.0"),
            (7, 18, "0.000000000000000007"),
        ] as [(Int64, Int, String)])
    func amountsAreWrittenWithTheirDigits(minorUnits: Int64, digits: Int, text: String) {
        #expect(decimalText(minorUnits, digits: digits) == text)
    }

    @Test func amountsAreAppended() {
        var bytes = Array("GBP ".utf8)
        appendDecimalText(2220, digits: 2, to: &bytes)
        #expect(String(decoding: bytes, as: UTF8.self) == "GBP 22.20")
    }

    @Test(arguments: [
        ("GBP", 2), ("EUR", 2), ("JPY", 0), ("BHD", 3), ("KWD", 3), ("CLF", 4), ("UYW", 4), ("ISK", 0), ("AED", 2), ("ZWG", 2), ("XOF", 0),
    ])
    func currencyHasItsDigits(code: String, digits: Int) {
        #expect(Currency(code)?.digits == digits)
        #expect(Currency(code)?.code == code)
    }

    @Test(arguments: ["", "GB", "GBPP", "gbp", "XAU", "XXX", "XTS", "DEM", "HRK", "£££", "ABC", "£"])
    func whatIsNoActiveCurrencyIsNone(_ code: String) {
        #expect(Currency(code) == nil)
        #expect(Currency(utf8: Array(code.utf8)) == nil)
    }

    @Test func everyCurrencyIsFoundByItsCode() {
        #expect(Currency.all.count > 150)
        #expect(Currency.all.allSatisfy { Currency($0.code) == $0 && (0...4).contains($0.digits) })
        #expect(Currency.all.map(\.code) == Set(Currency.all.map(\.code)).sorted())
    }
}
