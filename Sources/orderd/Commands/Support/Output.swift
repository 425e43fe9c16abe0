import Foundation
import Orders

/// A line to standard output.
func say(_ line: String) { print(line) }

/// JSON that was written as bytes, a line of its own.
func say(json bytes: [UInt8]) { print(String(decoding: bytes, as: UTF8.self)) }

/// One JSON object on a line of its own.
func say(_ write: (inout JSONWriter) -> Void) {
    var writer = JSONWriter(reserving: 256)
    writer.beginObject()
    write(&writer)
    writer.endObject()
    say(json: writer.bytes)
}

/// A line to standard error, in orderd's name.
func complain(_ message: String) {
    writeToStandardError("orderd: \(message)\n")
}

/// Text that came from outside, on one line and without anything that a terminal would obey.
func printable(_ text: String) -> String {
    var shown = ""
    for scalar in text.unicodeScalars {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned:
            shown += scalar.escaped(asASCII: true)
        default: shown.unicodeScalars.append(scalar)
        }
    }
    return shown
}

/// How long ago, or how far ahead, in the largest unit that fits: `3 min`.
func span(_ milliseconds: Int64) -> String {
    let seconds = milliseconds.magnitude / 1000
    switch seconds {
    case 0..<120: return "\(seconds) s"
    case 120..<7200: return "\(seconds / 60) min"
    case 7200..<172_800: return "\(seconds / 3600) h"
    default: return "\(seconds / 86_400) days"
    }
}

/// A time with its distance from now: `2026-11-22T17:35:58.123Z (3 min ago)`.
func told(_ time: Timestamp, now: Timestamp) -> String {
    let distance = time.milliseconds - now.milliseconds
    return "\(time.rfc3339) (" + (distance > 0 ? "in \(span(distance))" : "\(span(distance)) ago") + ")"
}

/// `1 order`, `2 orders`.
func counted(_ number: some BinaryInteger, _ noun: String, _ plural: String? = nil) -> String {
    "\(number) " + (number == 1 ? noun : plural ?? noun + "s")
}

extension Timestamp {
    /// The wall clock.
    static var now: Timestamp { Timestamp(milliseconds: Int64((Date().timeIntervalSince1970 * 1000).rounded(.down))) }
}
