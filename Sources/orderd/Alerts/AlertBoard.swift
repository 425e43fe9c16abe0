import Orders

/// All alerts, and how they change. It has no clock and reads nothing: the same looks give the same alerts.
struct AlertBoard: Equatable, Sendable {
    private(set) var alerts: [AlertRule: Alert] = [:]

    init(_ alerts: [Alert] = []) {
        for alert in alerts { self.alerts[alert.rule] = alert }
    }

    /// In the order of the rules.
    var all: [Alert] { AlertRule.allCases.compactMap { alerts[$0] } }

    /// Takes in one look.
    ///
    /// - Parameters:
    ///   - conditions: what each rule sees. A rule that is not among them is switched off; nil stands for one that could not look.
    ///   - now: the wall clock, for people.
    ///   - elapsed: milliseconds since the look before, by a clock that nobody sets; 0 for a daemon's first.
    ///   - timing: how long is long enough.
    ///   - tells: whether there is a command to be run.
    /// - Returns: alerts that have fired or are resolved with this look.
    mutating func look(
        _ conditions: [AlertRule: AlertCondition?], now: Timestamp, elapsed: Int64, timing: AlertTiming, tells: Bool
    ) -> [Alert] {
        var changed: [Alert] = []
        for rule in AlertRule.allCases {
            let before = alerts[rule]
            switch conditions[rule] {
            case nil: alerts[rule] = before.flatMap { Self.switchedOff($0, now) }
            case .some(nil): break
            case .some(let condition?):
                if condition.isBad {
                    alerts[rule] = Self.bad(rule, before, condition, now, elapsed, timing)
                } else {
                    alerts[rule] = before.flatMap { Self.good($0, condition, now, elapsed, timing) }
                }
            }
            guard var alert = alerts[rule], alert.state != .pending, alert.state != (before?.state ?? .resolved) else { continue }
            // What was pending and has a resolved past has only gone back to it.
            if alert.state == .resolved, before?.state == .pending { continue }
            if tells { alert.notices.append(Alert.Notice(about: alert.state, at: now, message: alert.message)) }
            alerts[rule] = alert
            changed.append(alert)
        }
        return changed
    }

    private static func bad(
        _ rule: AlertRule, _ before: Alert?, _ condition: AlertCondition, _ now: Timestamp, _ elapsed: Int64, _ timing: AlertTiming
    ) -> Alert {
        var alert = before ?? Alert(rule: rule, state: .resolved, since: now, message: "")
        alert.message = condition.message
        switch alert.state {
        case .firing:
            alert.isClear = false
            alert.lasted = 0
            return alert
        case .pending: alert.lasted += elapsed
        case .resolved:
            alert.state = .pending
            alert.since = now
            alert.lasted = 0
        }
        guard alert.lasted >= timing.delay else { return alert }
        alert.state = .firing
        alert.firedAt = now
        alert.resolvedAt = nil
        alert.lasted = 0
        alert.isClear = false
        return alert
    }

    private static func good(
        _ before: Alert, _ condition: AlertCondition, _ now: Timestamp, _ elapsed: Int64, _ timing: AlertTiming
    ) -> Alert? {
        var alert = before
        switch before.state {
        case .resolved: return alert
        case .pending:
            // It was too short to count; an earlier alert of this rule is still remembered.
            guard let fired = alert.firedAt else { return nil }
            alert.since = fired
            alert.state = .resolved
            alert.lasted = 0
            return alert
        case .firing:
            alert.lasted = alert.isClear ? alert.lasted + elapsed : 0
            alert.isClear = true
            guard alert.lasted >= timing.keep else { return alert }
            return resolved(alert, now, condition.message)
        }
    }

    private static func switchedOff(_ before: Alert, _ now: Timestamp) -> Alert? {
        switch before.state {
        case .firing: resolved(before, now, "the rule is switched off")
        case .pending: good(before, AlertCondition(isBad: false, message: ""), now, 0, AlertTiming(delay: 0, keep: 0))
        case .resolved: before
        }
    }

    private static func resolved(_ alert: Alert, _ now: Timestamp, _ message: String) -> Alert {
        var alert = alert
        alert.state = .resolved
        alert.resolvedAt = now
        alert.message = message
        alert.lasted = 0
        alert.isClear = false
        return alert
    }

    // MARK: What is to be told

    /// What is to be told next: the oldest first.
    var nextDue: (alert: Alert, notice: Alert.Notice)? {
        all.flatMap { alert in alert.notices.filter { $0.progress == .due }.map { (alert, $0) } }.min { $0.1.at < $1.1.at }
    }

    /// Notes how far the command has come with a notice.
    mutating func mark(_ rule: AlertRule, _ notice: Alert.Notice, _ progress: Alert.Notice.Progress) {
        guard var alert = alerts[rule], let index = alert.notices.firstIndex(where: { $0.about == notice.about && $0.at == notice.at })
        else {
            return
        }
        alert.notices[index].progress = progress
        while alert.notices.count > 2, alert.notices[0].progress == .ended { alert.notices.removeFirst() }
        alerts[rule] = alert
    }

    /// After a start: what was started and not seen to end is not run again.
    ///
    /// - Returns: those, for the log.
    mutating func giveUpWhatWasStarted() -> [(rule: AlertRule, notice: Alert.Notice)] {
        var found: [(rule: AlertRule, notice: Alert.Notice)] = []
        for alert in all { for notice in alert.notices where notice.progress == .started { found.append((alert.rule, notice)) } }
        for item in found { mark(item.rule, item.notice, .ended) }
        return found
    }
}
