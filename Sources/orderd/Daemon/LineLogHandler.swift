import Foundation
import Logging
import Orders
import Synchronization

/// Logs one line an event: `key=value` or JSON, on standard error. Under systemd it goes to the journal with its fields; where the journal
/// does not take it, to standard error with its priority (sd-daemon(3)).
struct LineLogHandler: LogHandler {
    enum Style: Sendable {
        case text
        case json
    }

    /// The least severe level that is logged, shared by all copies of a logger, so that a reload of the configuration reaches them.
    final class Threshold: Sendable {
        private let level: Mutex<Logger.Level>

        init(_ level: Logger.Level) { self.level = Mutex(level) }

        var current: Logger.Level {
            get { level.withLock { $0 } }
            set { level.withLock { $0 = newValue } }
        }
    }

    var metadata: Logger.Metadata = [:]
    var logLevel: Logger.Level {
        get { threshold.current }
        set { threshold.current = newValue }
    }
    private let threshold: Threshold
    private let style: Style
    private let hasPriorities: Bool
    private let journal: JournalSender?

    init(style: Style, hasPriorities: Bool, journal: JournalSender? = nil, level: Logger.Level) {
        self.style = style
        self.hasPriorities = hasPriorities
        self.journal = journal
        threshold = Threshold(level)
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var fields = metadata
        if let more = event.metadata { fields.merge(more) { _, new in new } }
        let sorted = fields.sorted { $0.key < $1.key }.filter { !"\($0.value)".isEmpty }
        var line = ""
        let now = Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1000))
        switch style {
        case .json:
            var writer = JSONWriter(reserving: 256)
            writer.beginObject()
            writer.member("time", now)
            writer.member("level", event.level.rawValue)
            writer.member("message", "\(event.message)")
            for (key, value) in sorted {
                writer.key(key)
                writer.value("\(value)")
            }
            writer.endObject()
            line += String(decoding: writer.bytes, as: UTF8.self)
        case .text:
            // journald has a clock of its own.
            if !hasPriorities { line += "time=\(now.rfc3339) level=\(event.level.rawValue) " }
            line += "msg=\(quoted("\(event.message)"))"
            for (key, value) in sorted { line += " \(key)=\(quoted("\(value)"))" }
        }
        let level = priority(event.level)
        let told = journal?.send(
            line: line, priority: level, message: "\(event.message)", fields: sorted.map { ($0.key, "\($0.value)") })
        if told != true { writeToStandardError((hasPriorities ? "<\(level)>" : "") + line + "\n") }
    }

    private func priority(_ level: Logger.Level) -> Int {
        switch level {
        case .critical: 2
        case .error: 3
        case .warning: 4
        case .notice: 5
        case .info: 6
        case .debug, .trace: 7
        }
    }

    /// A value as it is where it is one plain word, else in quotes, on one line.
    private func quoted(_ text: String) -> String {
        let isPlain = !text.isEmpty && text.utf8.allSatisfy { $0 > 32 && $0 < 127 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "=") }
        if isPlain { return text }
        var writer = JSONWriter(reserving: text.utf8.count + 16)
        writer.value(text)
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}

extension Logger {
    /// The daemon's logger, as configured.
    static func orderd(_ configuration: Configuration) -> Logger {
        let hasPriorities = ProcessInfo.processInfo.environment["JOURNAL_STREAM"] != nil
        let format = configuration[Keys.Log.format]
        let journal = format == .auto ? JournalSender.ofStandardError() : nil
        let level = level(configuration)
        return Logger(label: "orderd") { _ in
            LineLogHandler(style: format == .json ? .json : .text, hasPriorities: hasPriorities, journal: journal, level: level)
        }
    }

    /// The configured level.
    static func level(_ configuration: Configuration) -> Logger.Level {
        Logger.Level(rawValue: configuration[Keys.Log.level].rawValue) ?? .info
    }
}
