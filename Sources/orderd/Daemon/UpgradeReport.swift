import Ledger
import Logging
import Spool

/// Tells of a ledger that is brought up to date, which takes minutes for millions of orders: the daemon its log and the service manager, a
/// verb the person before the terminal.
final class UpgradeReport {
    /// Who is told.
    enum Listener {
        case daemon(Logger, ServiceManager)
        /// A bar, where standard error is a terminal.
        case person
    }

    /// Between two words to the log at least, in nanoseconds.
    static let interval: Int64 = 5_000_000_000
    /// What the manager gives the start from each word on: far more than lies between two words, and than copying takes at the end.
    static let extent: Int64 = 300_000_000

    private let listener: Listener
    private let clock: any Clock
    private var began: Int64 = 0
    private var nextWord: Int64 = 0
    private var bar: ProgressBar?

    init(to listener: Listener, clock: any Clock = SystemClock()) {
        self.listener = listener
        self.clock = clock
    }

    /// Takes in how far it is.
    func tell(_ news: Ledger.Upgrade) {
        switch listener {
        case .daemon(let log, let manager): tell(news, log, manager)
        case .person: show(news)
        }
    }

    private func tell(_ news: Ledger.Upgrade, _ log: Logger, _ manager: ServiceManager) {
        let now = clock.bootNanoseconds()
        switch news {
        case .begins(let orders, let events):
            began = now
            nextWord = now + Self.interval
            log.notice(
                "the ledger of an older orderd is brought up to date, once: sums for reports are made from its events",
                metadata: ["orders": "\(orders)", "events": "\(events)"])
            manager.tell(.extend(microseconds: Self.extent), .status("starting: the ledger is brought up to date"))
        case .at(let event, let all):
            guard now >= nextWord, event > 0, all > 0 else { return }
            nextWord = now + Self.interval
            let percent = event * 100 / all
            // As fast as until now. The product of nanoseconds and events has no room in 64 bits.
            let left = span(Int64(Double(now - began) / 1_000_000 * Double(all - event) / Double(event)))
            log.notice("the ledger is being brought up to date", metadata: ["done": "\(percent) %", "left": "\(left)"])
            manager.tell(
                .extend(microseconds: Self.extent), .status("starting: the ledger is brought up to date, \(percent) %, \(left) left"))
        case .ended:
            log.notice("the ledger is up to date", metadata: ["took": "\(span((now - began) / 1_000_000))"])
            manager.tell(.extend(microseconds: Self.extent), .status("starting: ledger, journal and files are compared"))
        }
    }

    private func show(_ news: Ledger.Upgrade) {
        switch news {
        case .begins(_, let events): bar = ProgressBar("bringing the ledger up to date: events", total: events)
        case .at(let event, let all): bar?.show(event, of: all)
        case .ended: end()
        }
    }

    /// Takes the bar away, where the upgrade has not come to its end.
    func end() {
        bar?.end()
        bar = nil
    }
}
