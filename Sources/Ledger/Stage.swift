/// Where an order's file lies: the directory of its next step, or of its rest. The name is the directory's, without a number.
public struct Stage: Hashable, Sendable, CustomStringConvertible {
    /// The directory's name without its number: `validate`, `hold`, `done`.
    public let name: String

    /// A stage of this name: a step's, or one of the fixed ones below.
    public init(_ name: String) { self.name = name }

    /// The stage's name.
    public var description: String { name }

    /// What a cancelled or declined order still has to undo.
    public static let compensate = Stage("compensate")
    /// Waits for its next attempt.
    public static let deferred = Stage("deferred")
    /// Waits for a person who says go on.
    public static let hold = Stage("hold")
    /// Waits for a person: attempts used up, or given up by hand.
    public static let failed = Stage("failed")
    /// Completed.
    public static let done = Stage("done")
    /// Cancelled and undone.
    public static let cancelled = Stage("cancelled")
    /// Declined by a step, and undone.
    public static let rejected = Stage("rejected")

    /// True where an order comes to its end: done, cancelled, rejected.
    public var isTerminal: Bool { self == .done || self == .cancelled || self == .rejected }
    /// True where an order waits for a time or a person.
    public var isResting: Bool { self == .hold || self == .failed || self == .deferred }
    /// True for the directory of a step.
    public var isStep: Bool { !isTerminal && !isResting && self != .compensate }
}
