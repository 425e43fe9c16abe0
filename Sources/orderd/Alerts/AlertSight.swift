import Ledger
import Orders

/// What a look at the spool has found: the numbers that rules are about.
struct AlertSight {
    /// When the oldest order under way, or deferred, was accepted, and where it is.
    var oldestWaiting: (time: Timestamp, stage: String)?
    /// The dropped file that has lain longest, since when and in which directory.
    var oldestFile: InboxLook.Found?
    /// How many orders wait for a person, and since when the first.
    var forPerson: (orders: Int64, oldest: Timestamp)?
    /// What happened within the window.
    var flow = FlowCounts()
    /// Orders read from files within the window, and of these refused.
    var refused: (read: Int64, refused: Int64) = (0, 0)
    /// Bytes free in the spool's file system; nil where that cannot be known.
    var free: Int64?
    /// Intake was paused by hand.
    var isIntakePaused = false
    /// When the last order was accepted.
    var lastAcceptance: Timestamp?

    /// Of fewer orders a share says nothing: one of two would be half of them.
    static let fewest: Int64 = 10
    /// Of a hundred completed orders so many may be late: the target is one for the 99th percentile.
    static let lateShare: Int64 = 1

    /// What each rule that is on makes of it.
    func conditions(_ rules: AlertRules, now: Timestamp) -> [AlertRule: AlertCondition?] {
        var found: [AlertRule: AlertCondition?] = [:]
        if rules.waiting > 0 {
            found[.waiting] =
                age(oldestWaiting?.time, over: rules.waiting, now) { age in
                    "an order at \(oldestWaiting?.stage ?? "") was accepted \(age) ago"
                } ?? AlertCondition(isBad: false, message: "no order is under way for longer than \(span(rules.waiting))")
        }
        if rules.inbox > 0 {
            found[.inbox] =
                age(oldestFile?.since, over: rules.inbox, now) { age in
                    "a file has been in \(oldestFile?.directory ?? "") for \(age)"
                } ?? AlertCondition(isBad: false, message: "no file waits to be taken for longer than \(span(rules.inbox))")
        }
        if rules.person > 0 {
            found[.person] =
                age(forPerson?.oldest, over: rules.person, now) { age in
                    "\(counted(forPerson?.orders ?? 0, "order")) held or failed, the first \(age) ago"
                } ?? AlertCondition(isBad: false, message: "no order waits for a person for longer than \(span(rules.person))")
        }
        if rules.errors > 0 { found[.errors] = share(flow.failed, of: flow.accepted, over: rules.errors, "accepted", "failed", rules) }
        if rules.refused > 0 { found[.refused] = share(refused.refused, of: refused.read, over: rules.refused, "read", "refused", rules) }
        if rules.receipt > 0 {
            let verb = "more than \(span(rules.receipt)) after their upload"
            found[.receipt] = share(flow.lateFiles, of: flow.files, over: Self.lateShare, "judged", verb, rules, noun: "file")
        }
        if rules.target > 0 {
            let verb = "took longer than \(span(rules.target))"
            found[.target] = share(flow.late, of: flow.completed, over: Self.lateShare, "completed", verb, rules)
        }
        if rules.disk > 0 {
            found[.disk] = .some(
                free.map {
                    AlertCondition(
                        isBad: $0 < rules.disk, message: "\(TopScreen.size($0)) free, at least \(TopScreen.size(rules.disk)) wanted")
                })
        }
        if rules.intake {
            let isDiskLow = free.map { $0 < rules.diskReserve } ?? false
            let why = isDiskLow ? "intake is paused: the disk is nearly full" : "intake goes on"
            found[.intake] = AlertCondition(isBad: isIntakePaused || isDiskLow, message: isIntakePaused ? "intake is paused by hand" : why)
        }
        if rules.silence > 0 {
            found[.silence] =
                age(lastAcceptance, over: rules.silence, now) { "no order was accepted for \($0)" }
                ?? AlertCondition(isBad: false, message: "orders come")
        }
        return found
    }

    /// Nil where it is not older than the limit.
    private func age(_ time: Timestamp?, over limit: Int64, _ now: Timestamp, _ message: (String) -> String) -> AlertCondition? {
        guard let time, now.milliseconds - time.milliseconds > limit else { return nil }
        return AlertCondition(isBad: true, message: message(span(now.milliseconds - time.milliseconds)))
    }

    private func share(
        _ part: Int64, of all: Int64, over percent: Int64, _ whole: String, _ verb: String, _ rules: AlertRules, noun: String = "order"
    ) -> AlertCondition {
        AlertCondition(
            isBad: all >= Self.fewest && part * 100 > all * percent,
            message: "of \(counted(all, noun)) \(whole) within \(span(rules.window)), \(part) \(verb)")
    }
}
