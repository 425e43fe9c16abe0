import Foundation
import Glibc
import Logging
import Spool

/// Sends log lines to systemd's journal with their fields, so that `journalctl ORDERD_ORDER_ID=...` finds all that was said of an order and
/// `journalctl -o json` shows each value by itself. The protocol is that of systemd's page "Native Journal Protocol".
struct JournalSender: Sendable {
    /// Where the journal listens.
    static let socket = "/run/systemd/journal/socket"

    private let sender: DatagramSender

    init(_ sender: DatagramSender) { self.sender = sender }

    /// The journal that standard error goes to; nil where it goes elsewhere. The variable is inherited by children whose standard error is
    /// another, so it is compared with what is there.
    static func ofStandardError(environment: [String: String] = ProcessInfo.processInfo.environment) -> JournalSender? {
        var status = stat()
        guard let stream = environment["JOURNAL_STREAM"], fstat(STDERR_FILENO, &status) == 0, stream == "\(status.st_dev):\(status.st_ino)",
            let sender = try? DatagramSender(to: socket)
        else { return nil }
        return JournalSender(sender)
    }

    /// Sends an event.
    ///
    /// - Parameters:
    ///   - line: the event as one line, for those who read `journalctl` as it is.
    ///   - priority: of syslog, 0 to 7.
    ///   - message: the event without its values.
    ///   - fields: the values by name.
    /// - Returns: false where the journal did not take it.
    func send(line: String, priority: Int, message: String, fields: [(key: String, value: String)]) -> Bool {
        var bytes: [UInt8] = []
        Self.append("MESSAGE", line, to: &bytes)
        Self.append("PRIORITY", "\(priority)", to: &bytes)
        Self.append("SYSLOG_IDENTIFIER", "orderd", to: &bytes)
        Self.append("ORDERD_EVENT", message, to: &bytes)
        for (key, value) in fields { Self.append(Self.name(of: key), value, to: &bytes) }
        return sender.send(bytes)
    }

    /// The journal's name for a field: capitals, digits and underscores.
    static func name(of key: String) -> String {
        switch key {
        case "order", "drop": return "ORDERD_\(key.uppercased())_ID"
        default:
            let isPlain = { (byte: UInt8) in (97...122).contains(byte) || (65...90).contains(byte) || (48...57).contains(byte) }
            return "ORDERD_" + String(decoding: key.utf8.map { isPlain($0) ? $0 : UInt8(ascii: "_") }, as: UTF8.self).uppercased()
        }
    }

    private static func append(_ name: String, _ value: String, to bytes: inout [UInt8]) {
        bytes += name.utf8
        if value.utf8.contains(UInt8(ascii: "\n")) {
            // The form for values of any bytes: the length in eight bytes, the least significant first.
            bytes.append(UInt8(ascii: "\n"))
            withUnsafeBytes(of: UInt64(value.utf8.count).littleEndian) { bytes += $0 }
        } else {
            bytes.append(UInt8(ascii: "="))
        }
        bytes += value.utf8
        bytes.append(UInt8(ascii: "\n"))
    }
}
