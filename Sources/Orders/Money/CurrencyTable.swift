/// The active codes of ISO 4217 (national currencies and funds) with the digits of their minor unit, as of 2026.
/// Not in it: metals, bond market units, the codes for tests and for no currency, which have no minor unit.
enum CurrencyTable {
    static func digits(of packed: UInt32) -> UInt8? {
        let table = entries.utf8Start
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            let code = self.code(table + middle * 4)
            if code == packed { return table[middle * 4 + 3] - UInt8(ascii: "0") }
            if code < packed { low = middle + 1 } else { high = middle }
        }
        return nil
    }

    static var all: [Currency] {
        (0..<count).map { index in
            let entry = entries.utf8Start + index * 4
            return Currency(packed: code(entry), digits: entry[3] - UInt8(ascii: "0"))
        }
    }

    private static var count: Int { entries.utf8CodeUnitCount / 4 }

    private static func code(_ entry: UnsafePointer<UInt8>) -> UInt32 {
        UInt32(entry[0]) << 16 | UInt32(entry[1]) << 8 | UInt32(entry[2])
    }

    /// Four characters a currency, sorted by code, so that the look-up needs no table built at start.
    private static let entries: StaticString = """
        AED2AFN2ALL2AMD2AOA2ARS2AUD2AWG2AZN2BAM2BBD2BDT2BHD3BIF0BMD2BND2BOB2BOV2BRL2BSD2BTN2BWP2BYN2BZD2CAD2CDF2CHE2CHF2CHW2CLF4CLP0CNY2\
        COP2COU2CRC2CUP2CVE2CZK2DJF0DKK2DOP2DZD2EGP2ERN2ETB2EUR2FJD2FKP2GBP2GEL2GHS2GIP2GMD2GNF0GTQ2GYD2HKD2HNL2HTG2HUF2IDR2ILS2INR2IQD3\
        IRR2ISK0JMD2JOD3JPY0KES2KGS2KHR2KMF0KPW2KRW0KWD3KYD2KZT2LAK2LBP2LKR2LRD2LSL2LYD3MAD2MDL2MGA2MKD2MMK2MNT2MOP2MRU2MUR2MVR2MWK2MXN2\
        MXV2MYR2MZN2NAD2NGN2NIO2NOK2NPR2NZD2OMR3PAB2PEN2PGK2PHP2PKR2PLN2PYG0QAR2RON2RSD2RUB2RWF0SAR2SBD2SCR2SDG2SEK2SGD2SHP2SLE2SOS2SRD2\
        SSP2STN2SVC2SYP2SZL2THB2TJS2TMT2TND3TOP2TRY2TTD2TWD2TZS2UAH2UGX0USD2USN2UYI0UYU2UYW4UZS2VED2VES2VND0VUV0WST2XAF0XCD2XCG2XOF0XPF0\
        YER2ZAR2ZMW2ZWG2
        """
}
