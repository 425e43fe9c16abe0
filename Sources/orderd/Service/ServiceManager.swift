import Foundation
import Glibc
import Spool

/// What runs orderd as a service, systemd mostly: it is told how things stand, by the protocol of sd_notify(3). Where nobody has started
/// orderd as one, nothing is told and nothing is asked.
final class ServiceManager: Sendable {
    /// What it can be told.
    enum News: Equatable {
        /// Started, or reloaded.
        case ready
        /// The configuration is being read again; the boot clock's cousin CLOCK_MONOTONIC, in microseconds.
        case reloading(monotonicMicroseconds: Int64)
        case stopping
        /// A line for people: `systemctl status` shows it.
        case status(String)
        /// The pipeline goes on.
        case alive

        var line: String {
            switch self {
            case .ready: "READY=1"
            case .reloading(let microseconds): "RELOADING=1\nMONOTONIC_USEC=\(microseconds)"
            case .stopping: "STOPPING=1"
            // A newline would end the value, and begin another.
            case .status(let text): "STATUS=" + text.map { $0.isNewline ? " " : String($0) }.joined()
            case .alive: "WATCHDOG=1"
            }
        }
    }

    /// Within this time the manager wants to hear ``News/alive`` again, in nanoseconds; nil where it does not watch.
    let watchdog: Int64?
    private let sender: DatagramSender?

    /// - Parameters:
    ///   - environment: `NOTIFY_SOCKET`, `WATCHDOG_USEC` and `WATCHDOG_PID` as the manager has set them.
    ///   - process: whom the watchdog must mean: the variables are handed on to children too.
    init(environment: [String: String] = ProcessInfo.processInfo.environment, process: Int32 = getpid()) {
        // A name that cannot be sent to is as good as none: orderd runs as well without.
        sender = environment["NOTIFY_SOCKET"].flatMap { try? DatagramSender(to: $0) }
        let isMeant = environment["WATCHDOG_PID"].map { $0 == "\(process)" } ?? true
        let limit = environment["WATCHDOG_USEC"].flatMap { Int64($0) } ?? 0
        watchdog = sender != nil && isMeant && limit > 0 && limit < .max / 1000 ? limit * 1000 : nil
    }

    /// Tells one or several things at once.
    func tell(_ news: News...) {
        sender?.send(Array(news.map(\.line).joined(separator: "\n").utf8))
    }
}
