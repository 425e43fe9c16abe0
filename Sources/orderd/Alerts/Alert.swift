import Orders

/// How it stands with one rule, as `state/alerts.json` keeps it.
struct Alert: Equatable, Sendable {
    enum State: String, CaseIterable, Sendable {
        /// The condition holds, but has not held for long enough.
        case pending
        /// A person should look.
        case firing
        /// It has fired, and is over.
        case resolved
    }

    /// What a person is told by the command: once each.
    struct Notice: Equatable, Sendable {
        enum Progress: String, CaseIterable, Sendable {
            /// The command is still to be run.
            case due
            /// It was started. After a crash nobody knows what became of it; it is not run a second time.
            case started
            /// It has ended, or was given up.
            case ended
        }

        /// `firing` or `resolved`.
        let about: State
        let at: Timestamp
        /// What there was to say then.
        let message: String
        var progress = Progress.due
    }

    let rule: AlertRule
    var state: State
    /// Since when the condition holds, or held.
    var since: Timestamp
    var firedAt: Timestamp?
    var resolvedAt: Timestamp?
    var message: String
    /// Milliseconds for which the condition has held while it is pending, or has not held while it fires. Counted by a clock that nobody
    /// sets, and only while a daemon looks.
    var lasted: Int64 = 0
    /// While it fires: the condition did not hold at the last look.
    var isClear = false
    /// What is to be told, the oldest first; only the last two once they are ended.
    var notices: [Notice] = []
}
