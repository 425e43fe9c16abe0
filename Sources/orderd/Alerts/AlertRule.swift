/// What orderd tells a person of by itself. The raw value is the alert's name, a stable word.
enum AlertRule: String, CaseIterable, Sendable {
    /// An order under way, or deferred, is older than it may be.
    case waiting
    /// A dropped file lies untaken for longer than it may.
    case inbox
    /// An order waits longer for a person than it may.
    case person
    /// Too large a part of the orders failed.
    case errors
    /// Too large a part of what partners dropped was refused.
    case refused
    /// Too large a part of the dropped files had their verdict later than the target.
    case receipt
    /// Too large a part of the orders took longer than the target.
    case target
    /// Too little disk space.
    case disk
    /// Nothing new is taken, by hand or for lack of disk space.
    case intake
    /// No order has come for a long time.
    case silence
}

/// What a rule sees at one moment.
struct AlertCondition: Equatable, Sendable {
    /// Whether it is as bad as the rule says.
    var isBad: Bool
    /// How it stands, for people: numbers and names of stages, nothing of a customer, a file's name or an order's content.
    var message: String
}

/// How long what is bad must last, and how long it must be over.
struct AlertTiming: Equatable, Sendable {
    /// An alert fires when its condition has held for so many milliseconds.
    var delay: Int64
    /// It is resolved when its condition has not held for so many milliseconds.
    var keep: Int64
}
