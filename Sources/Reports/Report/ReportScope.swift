import Ledger
import Orders

/// What a page is about: all, or one partner; of which days; as of when.
struct ReportScope {
    /// Only that partner's; nil for all.
    let partner: String?
    /// The moment that the page is made for.
    let now: Timestamp
    let settings: ReportSettings
    /// Whether the page is for those who run orderd, and not for a partner: then it names commands.
    var isInternal = true
    /// The way from the page to `reports/`: empty, or `../`.
    var base = "../"

    /// A day of many before the year in which orderd was written.
    static let firstDay = "0000-00-00"

    var today: String { now.day }
    /// The first of the thirty days that end today.
    var monthStart: Timestamp { now.startOfDay.adding(days: -29) }

    /// All of the last thirty days, the oldest first.
    var month: [Timestamp] { (0..<30).map { monthStart.adding(days: $0) } }
}
