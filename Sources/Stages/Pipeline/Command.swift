public import Ledger
public import Orders

/// What a person, or a program of theirs, may ask of the pipeline.
public enum Command: Sendable, Equatable {
    /// Stop an order until it is released.
    case hold(OrderID)
    /// Let a held order go on.
    case release(OrderID)
    /// Let a failed or deferred order try again at once, its attempts forgotten.
    case retry(OrderID)
    /// Undo an order and end it.
    case cancel(OrderID)
    /// Stop intake (`intake`) or a step (its name).
    case pause(String)
    /// Let it go on.
    case resume(String)
    /// Set pieces on hand.
    case stockSet([StockCount])
    /// Make products known.
    case catalogueLoad([CatalogueEntry])
    /// Add a partner, disable, enable or remove one.
    case partner(PartnerChange)
    /// Look through all directories now.
    case rescan
    /// Read the configuration again, as SIGHUP does.
    case reload
}

/// A command, and who asks why.
public struct CommandRequest: Sendable, Equatable {
    /// What is asked.
    public var command: Command
    /// Who asks, such as `uid 1000`; it goes into the journal.
    public var by: String
    /// Why; it goes into the journal.
    public var reason: String

    /// A request.
    public init(_ command: Command, by: String, reason: String) {
        self.command = command
        self.by = by
        self.reason = reason
    }
}

/// What came of a command.
public struct CommandResult: Sendable, Equatable {
    /// It was done.
    public var isDone: Bool
    /// What was done, or why it was refused and what to do.
    public var message: String
    /// The order's status afterwards, for a command about an order.
    public var status: Status?

    /// A result.
    public init(isDone: Bool, message: String, status: Status? = nil) {
        self.isDone = isDone
        self.message = message
        self.status = status
    }
}
