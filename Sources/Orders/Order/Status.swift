/// What a partner sees of an order's way. The raw values stand in status files and never change.
public enum Status: String, CaseIterable, Sendable {
    /// Accepted, no step done yet.
    case pending = "PENDING"
    /// Some step is done or under way.
    case processing = "PROCESSING"
    /// Every step is done.
    case completed = "COMPLETED"
    /// Never became an order, or was refused by a step: the receipt or the status says why.
    case rejected = "REJECTED"
    /// Given up after its attempts.
    case failed = "FAILED"
    /// Cancelled, and what had been done is undone.
    case cancelled = "CANCELLED"
    /// Waits for a person.
    case onHold = "ON_HOLD"
}
