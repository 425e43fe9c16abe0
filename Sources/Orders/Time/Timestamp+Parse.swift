extension Timestamp {
    /// Reads an RFC 3339 date and time: `2026-11-22T17:35:58Z`, with any fraction (cut after the millisecond) and any offset to UTC.
    ///
    /// `nil` where the shape is another, the day is in no calendar, or the moment lies outside of 1970 to 9999. `T` and `Z` may be lower
    /// case. A second of 60 is read as the first of the next minute, only where UTC has leap seconds: at 23:59.
    public static func parse(_ text: some StringProtocol) -> Timestamp? {
        parse(utf8: Array(text.utf8))
    }

    /// Reads an RFC 3339 date and time from its bytes; see ``parse(_:)``.
    public static func parse(utf8 bytes: [UInt8]) -> Timestamp? {
        bytes.withUnsafeBufferPointer { parse($0) }
    }

    static func parse(_ bytes: UnsafeBufferPointer<UInt8>) -> Timestamp? {
        guard bytes.count >= 20, bytes.count <= 64,
            let century = pair(bytes, 0), let yearInCentury = pair(bytes, 2), bytes[4] == UInt8(ascii: "-"),
            let month = pair(bytes, 5), bytes[7] == UInt8(ascii: "-"),
            let day = pair(bytes, 8), bytes[10] | 0x20 == UInt8(ascii: "t"),
            let hour = pair(bytes, 11), bytes[13] == UInt8(ascii: ":"),
            let minute = pair(bytes, 14), bytes[16] == UInt8(ascii: ":"),
            let second = pair(bytes, 17),
            hour < 24, minute < 60, second <= 60
        else { return nil }
        let date = CivilDate(year: century * 100 + yearInCentury, month: month, day: day)
        guard date.exists else { return nil }

        var at = 19
        var fraction = 0
        if bytes[at] == UInt8(ascii: ".") {
            at += 1
            let start = at
            var weight = 100
            while at < bytes.count, bytes[at] &- UInt8(ascii: "0") < 10 {
                fraction += Int(bytes[at] - UInt8(ascii: "0")) * weight
                weight /= 10
                at += 1
            }
            guard at > start else { return nil }
        }
        guard at < bytes.count, let offsetMinutes = offset(bytes, at) else { return nil }
        let minuteOfEpoch = date.dayNumber * 1440 + hour * 60 + minute - offsetMinutes
        guard second < 60 || (minuteOfEpoch + 1) % 1440 == 0 else { return nil }
        let moment = Timestamp(milliseconds: (Int64(minuteOfEpoch) * 60 + Int64(second)) * 1000 + Int64(fraction))
        guard moment.milliseconds >= 0, moment <= maximum else { return nil }
        return moment
    }

    private static func pair(_ bytes: UnsafeBufferPointer<UInt8>, _ at: Int) -> Int? {
        let tens = bytes[at] &- UInt8(ascii: "0")
        let ones = bytes[at + 1] &- UInt8(ascii: "0")
        guard tens < 10, ones < 10 else { return nil }
        return Int(tens) * 10 + Int(ones)
    }

    /// Minutes east of UTC, from `Z` or `+hh:mm` at `at` to the end.
    private static func offset(_ bytes: UnsafeBufferPointer<UInt8>, _ at: Int) -> Int? {
        switch bytes[at] {
        case UInt8(ascii: "Z"), UInt8(ascii: "z"):
            return at + 1 == bytes.count ? 0 : nil
        case UInt8(ascii: "+"), UInt8(ascii: "-"):
            guard at + 6 == bytes.count, bytes[at + 3] == UInt8(ascii: ":"),
                let hours = pair(bytes, at + 1), let minutes = pair(bytes, at + 4), hours < 24, minutes < 60
            else { return nil }
            let total = hours * 60 + minutes
            return bytes[at] == UInt8(ascii: "-") ? -total : total
        default:
            return nil
        }
    }
}
