public import Ledger
public import Orders

/// One step of an order's way. A new step is a file with a type like this one, and a line in `Steps.standard`.
///
/// A step looks at a batch of orders and says what becomes of each; it changes nothing itself. What it says is recorded, committed and put
/// into the journal by the engine. It may be asked about the same order again after a crash, and must then come to an answer that fits what
/// the order's record says is done.
public protocol Step: Sendable {
    /// The step's name: of its directory, and in status files. Lower-case letters and hyphens.
    var name: String { get }
    /// After this step an order can no longer be cancelled.
    var isFinal: Bool { get }
    /// Whether this step asks a gateway, so that as many orders pass at a time as calls may be out.
    var callsOutside: Bool { get }
    /// One outcome for each order of the batch, in its order.
    func run(_ batch: [OrderRecord], _ context: StepContext) throws(LedgerError) -> [Outcome]
}

extension Step {
    /// Most steps can be undone.
    public var isFinal: Bool { false }

    /// Most steps do their work here.
    public var callsOutside: Bool { false }
}

/// What a step may look at.
public struct StepContext {
    /// The ledger, with all that this batch has recorded so far.
    public let ledger: Ledger
    /// The configuration.
    public let policy: Policy
    /// The time of this batch.
    public let now: Timestamp
    /// Whether charges go to a gateway; without one they go on account.
    public let usesGateway: Bool
    /// Whether a catalogue is loaded.
    public let hasCatalogue: Bool
}

/// What becomes of an order at a step.
public enum Outcome: Sendable, Equatable {
    /// The step is done.
    case advance(Advance)
    /// A fault that may pass.
    case deferred(Reason)
    /// A person must look.
    case held(Reason)
    /// Refused for good; what was done for it is undone.
    case declined(Reason)
    /// It cannot be done, and a person must decide.
    case failed(Reason)
    /// Somebody outside must be asked; with the request to be committed before, unless it was before.
    case call(EffectRequest, isNew: Bool)
}

/// Why an order does not go on: a stable word, and the same for people, without personal data.
public struct Reason: Sendable, Equatable {
    /// Such as `out-of-stock`.
    public let code: String
    /// Such as `ordered 5 of PEN, 3 are free`.
    public let detail: String

    /// A reason.
    public init(_ code: String, _ detail: String) {
        self.code = code
        self.detail = detail
    }

    /// The outcome of a treatment of this reason; nil for `accept`.
    func outcome(_ treatment: Treatment) -> Outcome? {
        switch treatment {
        case .accept: nil
        case .hold: .held(self)
        case .reject: .declined(self)
        case .wait: .deferred(self)
        }
    }
}

/// What a step that is done has changed.
public struct Advance: Sendable, Equatable {
    /// What happens to stock.
    public var stock: StockEffect?
    /// The pieces that this is about.
    public var pieces: [StockCount] = []
    /// How the order is paid from now on.
    public var charge: String?
    /// A message for the outbox.
    public var notification: String?

    /// Nothing but the step itself.
    public init() {}
}

/// The steps of a spool, in their order; their directories are numbered by it.
public enum Steps {
    /// The steps as orderd ships them.
    public static let standard: [any Step] = [
        ValidateStep(),
        ReserveStep(),
        ChargeStep(),
        FulfilStep(),
        NotifyStep(),
    ]
}
