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
        /// The start, the reload or the stop goes on: it may take so much longer from now on.
        case extend(microseconds: Int64)
        /// What was kept under a name need not be kept any longer.
        case release(String)

        var line: String {
            switch self {
            case .ready: "READY=1"
            case .reloading(let microseconds): "RELOADING=1\nMONOTONIC_USEC=\(microseconds)"
            case .stopping: "STOPPING=1"
            // A newline would end the value, and begin another.
            case .status(let text): "STATUS=" + text.map { $0.isNewline ? " " : String($0) }.joined()
            case .alive: "WATCHDOG=1"
            case .extend(let microseconds): "EXTEND_TIMEOUT_USEC=\(microseconds)"
            case .release(let name): "FDSTOREREMOVE=1\nFDNAME=\(name)"
            }
        }
    }

    /// Within this time the manager wants to hear ``News/alive`` again, in nanoseconds; nil where it does not watch.
    let watchdog: Int64?
    /// Descriptors that an earlier daemon gave the manager to keep, with their names; see ``keep(_:as:)``.
    let kept: [(name: String, descriptor: Descriptor)]
    /// Whether there is somebody to keep something.
    var keeps: Bool { sender != nil }
    private let sender: DatagramSender?

    /// - Parameters:
    ///   - environment: `NOTIFY_SOCKET`, `WATCHDOG_USEC`, `WATCHDOG_PID`, `LISTEN_FDS`, `LISTEN_PID` and `LISTEN_FDNAMES` as the manager has
    ///     set them.
    ///   - process: whom the watchdog and the descriptors must mean: the variables are handed on to children too.
    init(environment: [String: String] = ProcessInfo.processInfo.environment, process: Int32 = getpid()) {
        // A name that cannot be sent to is as good as none: orderd runs as well without.
        sender = environment["NOTIFY_SOCKET"].flatMap { try? DatagramSender(to: $0) }
        let isMeant = environment["WATCHDOG_PID"].map { $0 == "\(process)" } ?? true
        let limit = environment["WATCHDOG_USEC"].flatMap { Int64($0) } ?? 0
        watchdog = sender != nil && isMeant && limit > 0 && limit < .max / 1000 ? limit * 1000 : nil
        kept = Self.kept(environment, process: process)
    }

    /// The first descriptor that is handed to a process, as sd_listen_fds(3) says: after standard input, output and error.
    private static let firstKept: Descriptor = 3

    private static func kept(_ environment: [String: String], process: Int32) -> [(name: String, descriptor: Descriptor)] {
        guard environment["LISTEN_PID"] == "\(process)", let count = environment["LISTEN_FDS"].flatMap({ Int32($0) }),
            (1...1024).contains(count)
        else { return [] }
        let names = (environment["LISTEN_FDNAMES"] ?? "").split(separator: ":", omittingEmptySubsequences: false)
        return (0..<count).compactMap { number in
            // They come open in every child, and none has a use for them.
            guard fcntl(firstKept + number, F_SETFD, FD_CLOEXEC) == 0 else { return nil }
            return (names.indices.contains(Int(number)) ? String(names[Int(number)]) : "", firstKept + number)
        }
    }

    /// Gives the manager a copy of a descriptor to keep for the next daemon, which finds it in ``kept``. It keeps it over a restart, if its
    /// settings allow that, and closes it where no start follows a stop.
    func keep(_ descriptor: Descriptor, as name: String) {
        sender?.send(Array("FDSTORE=1\nFDNAME=\(name)".utf8), with: descriptor)
    }

    /// Tells one or several things at once.
    func tell(_ news: News...) {
        sender?.send(Array(news.map(\.line).joined(separator: "\n").utf8))
    }
}
