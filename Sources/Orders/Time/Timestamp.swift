/// A moment in UTC, to the millisecond, of the years 1970 to 9999.
public struct Timestamp: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// Milliseconds of the Unix epoch. What lies outside of 1970 to 9999 is kept as it is, and written as the nearer limit.
    public var milliseconds: Int64

    /// The moment so many milliseconds after the start of 1970, UTC.
    public init(milliseconds: Int64) {
        self.milliseconds = milliseconds
    }

    /// 9999-12-31T23:59:59.999Z
    public static let maximum = Timestamp(milliseconds: 253_402_300_799_999)

    /// RFC 3339 in UTC with milliseconds, e.g. `2026-11-22T17:35:58.123Z`; always 24 characters, so that text sorts as time does.
    public var rfc3339: String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(24)
        append(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The UTC day, e.g. `2026-11-22`.
    public var day: String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(10)
        appendDay(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The same as ``rfc3339``.
    public var description: String { rfc3339 }

    /// Earlier is less.
    public static func < (left: Timestamp, right: Timestamp) -> Bool { left.milliseconds < right.milliseconds }

    /// Appends ``rfc3339`` as ASCII.
    public func append(to bytes: inout [UInt8]) {
        appendDay(to: &bytes)
        let inDay = Int(clamped % Self.dayMilliseconds)
        bytes.append(UInt8(ascii: "T"))
        Self.appendTwo(inDay / 3_600_000, to: &bytes)
        bytes.append(UInt8(ascii: ":"))
        Self.appendTwo(inDay / 60_000 % 60, to: &bytes)
        bytes.append(UInt8(ascii: ":"))
        Self.appendTwo(inDay / 1000 % 60, to: &bytes)
        bytes.append(UInt8(ascii: "."))
        let fraction = inDay % 1000
        bytes.append(UInt8(ascii: "0") + UInt8(fraction / 100))
        Self.appendTwo(fraction % 100, to: &bytes)
        bytes.append(UInt8(ascii: "Z"))
    }

    /// Appends ``day`` as ASCII.
    public func appendDay(to bytes: inout [UInt8]) {
        let date = CivilDate(dayNumber: Int(clamped / Self.dayMilliseconds))
        Self.appendTwo(date.year / 100, to: &bytes)
        Self.appendTwo(date.year % 100, to: &bytes)
        bytes.append(UInt8(ascii: "-"))
        Self.appendTwo(date.month, to: &bytes)
        bytes.append(UInt8(ascii: "-"))
        Self.appendTwo(date.day, to: &bytes)
    }

    static let dayMilliseconds: Int64 = 86_400_000

    private var clamped: Int64 { min(max(milliseconds, 0), Timestamp.maximum.milliseconds) }

    private static func appendTwo(_ value: Int, to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "0") + UInt8(value / 10))
        bytes.append(UInt8(ascii: "0") + UInt8(value % 10))
    }
}
