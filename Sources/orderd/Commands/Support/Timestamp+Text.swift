import Foundation
import Orders

extension Timestamp {
    /// The time that such a text names, `2026-11-22T17:35:58.123Z`; nil where it names none.
    init?(rfc3339 text: String) {
        let format = ISO8601DateFormatter()
        format.formatOptions = [.withInternetDateTime, .withFractionalSeconds]
        guard let date = format.date(from: text) else { return nil }
        self.init(milliseconds: Int64((date.timeIntervalSince1970 * 1000).rounded()))
    }
}
