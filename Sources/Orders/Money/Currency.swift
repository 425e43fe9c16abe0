/// An active currency of ISO 4217 and how many digits its minor unit has. Four letters' worth of bits: cheap to copy and compare.
public struct Currency: Hashable, Sendable, CustomStringConvertible {
    /// The code's three letters in the lower 24 bits, the first letter highest.
    let packed: UInt32

    /// Digits after the point of an amount: 2 for GBP, 0 for JPY, 3 for BHD, 4 for CLF.
    public var digits: Int { Int(storedDigits) }

    private let storedDigits: UInt8

    /// Pound sterling, the default where nothing else is configured.
    public static let gbp = Currency(packed: 0x47_42_50, digits: 2)

    /// The currency of a code of three capital letters; `nil` for what the list does not have: codes withdrawn, in small letters, or of
    /// metals and tests, which have no minor unit.
    public init?(_ code: String) {
        var code = code
        let found = code.withUTF8 { Currency(utf8: $0) }
        guard let found else { return nil }
        self = found
    }

    /// The currency of a code in UTF-8; see ``init(_:)-(String)``.
    public init?(utf8 code: some Collection<UInt8>) {
        guard code.count == 3 else { return nil }
        var packed: UInt32 = 0
        for byte in code { packed = packed << 8 | UInt32(byte) }
        guard let digits = CurrencyTable.digits(of: packed) else { return nil }
        self.init(packed: packed, digits: digits)
    }

    init(packed: UInt32, digits: UInt8) {
        self.packed = packed
        storedDigits = digits
    }

    /// Three capital letters, e.g. `GBP`.
    public var code: String {
        String(
            decoding: [UInt8(truncatingIfNeeded: packed >> 16), UInt8(truncatingIfNeeded: packed >> 8), UInt8(truncatingIfNeeded: packed)],
            as: UTF8.self)
    }

    /// The same as ``code``.
    public var description: String { code }

    /// Every currency of the list, by code.
    public static var all: [Currency] { CurrencyTable.all }
}
