/// Finds payment card numbers, so that none is kept, and masks them.
///
/// A card number is 14 to 19 digits in a known issuer's range, of a length that issuer uses, with the right check digit. Blanks and dashes
/// may stand between the digits, up to three in a row. Digits that stand together belong together: a part of a longer row of digits is
/// none. Letters next to the digits change nothing, so that `card4111111111111111` is found.
public enum CardNumbers {
    /// Where card numbers lie in any bytes, in a text that cannot be read as an order for instance. Finds them in ids and references too,
    /// for without reading the text these cannot be told apart.
    public static func ranges(in bytes: UnsafeBufferPointer<UInt8>) -> [Range<Int>] {
        var found: [Range<Int>] = []
        if let base = bytes.baseAddress { search(base, from: 0, to: bytes.count, into: &found) }
        return found
    }

    /// Makes every digit in `ranges` a `9`. A text that was JSON stays JSON, for that holds in numbers and in escapes as well, and a row of
    /// nines is no card number. What of a range lies outside of the bytes is passed over.
    public static func mask(_ bytes: inout [UInt8], in ranges: [Range<Int>]) {
        for range in ranges {
            for index in range.clamped(to: bytes.indices) where bytes[index] &- UInt8(ascii: "0") < 10 {
                bytes[index] = UInt8(ascii: "9")
            }
        }
    }

    static let minimumDigits = 14
    static let maximumDigits = 19

    static func search(_ base: UnsafePointer<UInt8>, from start: Int, to end: Int, into found: inout [Range<Int>]) {
        var index = start
        while index < end {
            guard isDigit(base[index]) else {
                index += 1
                continue
            }
            let runStart = index
            var digits = 0
            var separators = 0
            var runEnd = index
            while index < end {
                if isDigit(base[index]) {
                    digits += 1
                    separators = 0
                    runEnd = index + 1
                } else if isSeparator(base[index]), separators < 3 {
                    separators += 1
                } else {
                    break
                }
                index += 1
            }
            if digits >= minimumDigits { searchRun(base, from: runStart, to: runEnd, into: &found) }
        }
    }

    /// A run is groups of digits with separators between. Tries every row of groups that could be a number, the longest first match wins.
    private static func searchRun(_ base: UnsafePointer<UInt8>, from start: Int, to end: Int, into found: inout [Range<Int>]) {
        var groupStart = start
        while groupStart < end {
            if let matchEnd = match(base, from: groupStart, to: end) {
                found.append(groupStart..<matchEnd)
                groupStart = matchEnd
            } else {
                while groupStart < end, isDigit(base[groupStart]) { groupStart += 1 }
            }
            while groupStart < end, !isDigit(base[groupStart]) { groupStart += 1 }
        }
    }

    /// The end of the longest card number that begins at `start`.
    private static func match(_ base: UnsafePointer<UInt8>, from start: Int, to end: Int) -> Int? {
        var best: Int?
        var count = 0
        var lead = 0
        // Which digits are doubled depends on the length, which is not known yet: keep the sum for both cases.
        var evenDoubled = 0
        var oddDoubled = 0
        var index = start
        while index < end, count < maximumDigits {
            if isDigit(base[index]) {
                let digit = Int(base[index] - UInt8(ascii: "0"))
                let doubled = digit < 5 ? digit * 2 : digit * 2 - 9
                evenDoubled += count % 2 == 0 ? doubled : digit
                oddDoubled += count % 2 == 0 ? digit : doubled
                if count < 6 { lead = lead * 10 + digit }
                count += 1
                let endsGroup = index + 1 == end || !isDigit(base[index + 1])
                if endsGroup, count >= minimumDigits, (count % 2 == 0 ? evenDoubled : oddDoubled) % 10 == 0,
                    CardIssuers.issue(lead: lead, digits: count)
                {
                    best = index + 1
                }
            }
            index += 1
        }
        return best
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "0") < 10 }

    private static func isSeparator(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "-") }
}
