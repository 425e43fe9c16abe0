/// An identifier that says what it names: a prefix, an underscore and 26 characters for 128 bits, e.g. `ord_01h455vb4pex5vsknk084sn02q`.
///
/// The text is the TypeID format: lower-case Crockford base 32, most significant bits first. Ids made by ``IDGenerator`` therefore sort by
/// time, as bytes, as text and as values. The prefix is part of the type, so a drop's id is never taken for an order's.
public protocol TypeID: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The word before the underscore, lower-case ASCII letters.
    static var prefix: StaticString { get }

    /// The more significant 64 of the 128 bits: with a UUIDv7, 48 bits of milliseconds, the version, 12 random bits.
    var high: UInt64 { get }

    /// The less significant 64 of the 128 bits: with a UUIDv7, the variant and 62 random bits.
    var low: UInt64 { get }

    /// An id of these 128 bits. Any bits are accepted: an id from elsewhere need not be a UUIDv7.
    init(high: UInt64, low: UInt64)
}

extension TypeID {
    /// Reads an id's text. `nil` unless it is exactly the prefix, an underscore and 26 characters of the alphabet, of 128 bits at most.
    /// Capitals are refused: one id has one spelling, for it is also a file's name.
    public init?(_ text: some StringProtocol) {
        self.init(utf8: text.utf8)
    }

    /// Reads an id's text from UTF-8 bytes, such as a part of a file's name; see ``init(_:)``.
    public init?(utf8: some Collection<UInt8>) {
        let prefix = Self.prefix
        let inPlace = utf8.withContiguousStorageIfAvailable { TypeIDText.value(of: $0, prefix: prefix) }
        let found = inPlace ?? Array(utf8).withUnsafeBufferPointer { TypeIDText.value(of: $0, prefix: prefix) }
        guard let value = found else { return nil }
        self.init(high: value.high, low: value.low)
    }

    /// The id as text, 26 characters after the prefix and the underscore.
    public var text: String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Self.prefix.utf8CodeUnitCount + 27)
        append(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The same as ``text``.
    public var description: String { text }

    /// Appends ``text`` as ASCII.
    public func append(to bytes: inout [UInt8]) {
        TypeIDText.append(high: high, low: low, prefix: Self.prefix, to: &bytes)
    }

    /// When the id was made, in milliseconds of the Unix epoch; meaningful only for ids of ``IDGenerator``.
    public var milliseconds: Int64 { Int64(high >> 16) }

    /// The order of the ids' values, which is that of their text.
    public static func < (left: Self, right: Self) -> Bool {
        left.high == right.high ? left.low < right.low : left.high < right.high
    }
}

/// Names one order, `ord_...`; also the name of its file in the queue, before `.json`.
public struct OrderID: TypeID {
    /// `ord`
    public static let prefix: StaticString = "ord"
    /// See ``TypeID/high``.
    public let high: UInt64
    /// See ``TypeID/low``.
    public let low: UInt64

    /// An order id of these 128 bits.
    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }
}

/// Names one dropped file, `drp_...`.
public struct DropID: TypeID {
    /// `drp`
    public static let prefix: StaticString = "drp"
    /// See ``TypeID/high``.
    public let high: UInt64
    /// See ``TypeID/low``.
    public let low: UInt64

    /// A drop id of these 128 bits.
    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }
}
