import Ledger
import Logging
import Synchronization
import Testing

@testable import orderd

/// What a long upgrade of the ledger tells, with a clock that the tests hold.
@Suite struct UpgradeReportTests {
    /// Keeps what is logged.
    private final class Kept: Sendable {
        let lines = Mutex<[String]>([])
    }

    private struct Handler: LogHandler {
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.notice
        let kept: Kept

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let fields = (event.metadata ?? [:]).sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }.joined()
            kept.lines.withLock { $0.append("\(event.message)" + fields) }
        }
    }

    @Test func theLogHasTheBeginTheEndAndAWordEveryFiveSeconds() throws {
        let listener = try Listener()
        let clock = HeldClock()
        let kept = Kept()
        let log = Logger(label: "test") { _ in Handler(kept: kept) }
        let report = UpgradeReport(
            to: .daemon(log, ServiceManager(environment: ["NOTIFY_SOCKET": listener.name])), clock: clock)
        report.tell(.begins(orders: 1_000_000, events: 10_000_000))
        // A tenth of a second for every hundred thousand events: ten seconds in all, told a hundred times.
        for step in 1...100 as ClosedRange<Int64> {
            clock.advance(milliseconds: 100)
            report.tell(.at(event: step * 100_000, of: 10_000_000))
        }
        report.tell(.ended)
        #expect(
            kept.lines.withLock { $0 } == [
                "the ledger of an older orderd is brought up to date, once: sums for reports are made from its events events=10000000 "
                    + "orders=1000000",
                "the ledger is being brought up to date done=50 % left=5 s", "the ledger is being brought up to date done=100 % left=0 s",
                "the ledger is up to date took=10 s",
            ])
        var told: [String] = []
        while let line = listener.next() { told.append(line) }
        // A start limit would kill it otherwise, and the next start would begin again.
        #expect(told.count == 4 && told.allSatisfy { $0.hasPrefix("EXTEND_TIMEOUT_USEC=300000000\nSTATUS=starting: ") })
        #expect(told[1].hasSuffix("the ledger is brought up to date, 50 %, 5 s left"))
    }

    @Test func aShortOneSaysThatItBeganAndEnded() throws {
        let kept = Kept()
        let log = Logger(label: "test") { _ in Handler(kept: kept) }
        let report = UpgradeReport(to: .daemon(log, ServiceManager(environment: [:])), clock: HeldClock())
        report.tell(.begins(orders: 0, events: 3))
        report.tell(.at(event: 3, of: 3))
        report.tell(.ended)
        #expect(kept.lines.withLock { $0.count } == 2)
    }
}
