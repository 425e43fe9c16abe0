import Foundation
import Orders
import Testing

@Suite("Times")
struct TimestampTests {
    @Test(
        arguments: [
            (0, "1970-01-01T00:00:00.000Z"), (951_827_696_789, "2000-02-29T12:34:56.789Z"), (1_795_368_958_123, "2026-11-22T17:35:58.123Z"),
            (253_402_300_799_999, "9999-12-31T23:59:59.999Z"), (-1, "1970-01-01T00:00:00.000Z"), (.max, "9999-12-31T23:59:59.999Z"),
        ] as [(Int64, String)])
    func timesAreWrittenInUTC(milliseconds: Int64, text: String) {
        #expect(Timestamp(milliseconds: milliseconds).rfc3339 == text)
        #expect(Timestamp(milliseconds: milliseconds).day == text.prefix(10))
    }

    @Test func everyDayAgreesWithTheSystemsCalendar() throws {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = try #require(TimeZone(identifier: "UTC"))
        var random = SeededRandom(5)
        for _ in 0..<3000 {
            let milliseconds = Int64.random(in: 0...253_402_300_799_999, using: &random)
            let time = Timestamp(milliseconds: milliseconds)
            let parts = calendar.dateComponents(
                [.year, .month, .day, .hour], from: Date(timeIntervalSince1970: Double(milliseconds / 1000)))
            let text = Array(time.rfc3339)
            #expect(parts.year == Int(String(text[0..<4])) && parts.month == Int(String(text[5..<7])))
            #expect(parts.day == Int(String(text[8..<10])) && parts.hour == Int(String(text[11..<13])))
            #expect(Timestamp.parse(time.rfc3339) == time)
        }
    }

    @Test(arguments: [
        ("2026-11-22T17:35:58Z", "2026-11-22T17:35:58.000Z"), ("2026-11-22t17:35:58.5z", "2026-11-22T17:35:58.500Z"),
        ("2026-11-22T17:35:58.123999+02:30", "2026-11-22T15:05:58.123Z"), ("2026-12-31T23:30:00-01:00", "2027-01-01T00:30:00.000Z"),
        ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00.000Z"), ("1969-12-31T23:30:00-01:00", "1970-01-01T00:30:00.000Z"),
        ("2024-02-29T00:00:00-00:00", "2024-02-29T00:00:00.000Z"),
    ])
    func otherSpellingsAreRead(text: String, time: String) {
        #expect(Timestamp.parse(text)?.rfc3339 == time)
    }

    @Test(arguments: [
        "", "2026-11-22", "2026-11-22T17:35Z", "2026-11-22 17:35:58Z", "2026-11-22T17:35:58", "2026-11-22T17:35:58.Z",
        "2026-11-22T24:00:00Z",
        "2026-11-22T17:60:00Z", "2026-11-22T17:35:60Z", "2026-11-31T00:00:00Z", "2025-02-29T00:00:00Z", "2100-02-29T00:00:00Z",
        "2026-00-10T00:00:00Z",
        "2026-13-10T00:00:00Z", "2026-11-00T00:00:00Z", "2026-11-22T17:35:58+1:00", "2026-11-22T17:35:58+0100", "2026-11-22T17:35:58+24:00",
        "2026-11-22T17:35:58Zx", "1969-12-31T23:59:59Z", "+2026-11-22T17:35:58Z", "２026-11-22T17:35:58Z", "9999-12-31T23:59:59-01:00",
    ])
    func whatIsNoTimeIsRefused(_ text: String) {
        #expect(Timestamp.parse(text) == nil)
    }

    @Test func timesCompare() {
        #expect(Timestamp(milliseconds: 1) < Timestamp(milliseconds: 2))
        #expect("\(Timestamp.maximum)" == "9999-12-31T23:59:59.999Z")
    }
}
