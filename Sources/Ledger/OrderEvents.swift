public import Orders

/// An order begins: all that the ledger keeps of it beside its own bytes.
public struct Acceptance: Sendable, Equatable {
    /// The event number of the drop that brought it.
    public var drop: Int64
    /// Its place in the dropped file, from 0.
    public var entry: Int
    /// Whose it is.
    public var partner: String
    /// The idempotency key (`k:` and the key, or `r:` and the reference); nil for an order that has neither.
    public var key: String?
    /// SHA-256 of the canonical content, for an order without a key.
    public var content: [UInt8]?
    /// The order as read.
    public var order: Order
    /// Bytes of the order's text.
    public var size: Int
    /// SHA-256 of the order's text.
    public var sha: [UInt8]
    /// Where it begins: the first step, or hold.
    public var to: Stage
    /// The first step.
    public var step: String
    /// Why it begins in hold.
    public var reason: String?
    /// More about the reason.
    public var detail: String?

    /// An order that begins.
    public init(
        drop: Int64, entry: Int, partner: String, key: String?, content: [UInt8]?, order: Order, size: Int, sha: [UInt8], to: Stage,
        step: String, reason: String? = nil, detail: String? = nil
    ) {
        self.drop = drop
        self.entry = entry
        self.partner = partner
        self.key = key
        self.content = content
        self.order = order
        self.size = size
        self.sha = sha
        self.to = to
        self.step = step
        self.reason = reason
        self.detail = detail
    }
}

/// What moved an order.
public enum MoveKind: String, Sendable, CaseIterable {
    /// A step is done.
    case advanced
    /// A transient fault: try again later.
    case deferred
    /// A person must look.
    case held
    /// Attempts are used up, or a person gave up.
    case failed
    /// A step refused the order for good.
    case declined
    /// A person, or the end of a wait, lets it go on.
    case released
    /// A person lets a failed or deferred order try again at once, its attempts forgotten.
    case retried
    /// Somebody cancelled it.
    case cancelling
    /// What had been done for it is undone.
    case compensated

    /// The event's type in the journal.
    var eventKind: String { "order." + rawValue }
}

/// What a move does to the stock that an order holds.
public enum StockEffect: String, Sendable {
    /// Pieces are set aside.
    case reserve
    /// Pieces set aside are free again.
    case release
    /// Pieces set aside have left.
    case consume
}

/// An order goes from one place to the next.
public struct Move: Sendable, Equatable {
    /// Why it moves.
    public var kind: MoveKind
    /// The step that this is about.
    public var step: String
    /// Where it lies from now on.
    public var to: Stage
    /// The first step that is not done, from now on; empty when all are.
    public var next: String
    /// A stable word for the reason, such as `out-of-stock`.
    public var reason: String?
    /// The same for people.
    public var detail: String?
    /// Attempts used for the step that is next.
    public var attempts: Int
    /// When the next attempt is due.
    public var nextAttempt: Timestamp?
    /// Who asked for it; nil where orderd decided by itself.
    public var by: String?
    /// What happens to stock, and to which.
    public var stock: StockEffect?
    /// The pieces that `stock` is about.
    public var pieces: [StockCount]
    /// How the order is paid from now on, where this move changes it: `account`, `captured`, `none`.
    public var charge: String?
    /// Where compensation will end: `cancelled` or `rejected`.
    public var ending: Stage?
    /// A message for the outbox, such as `order-completed`.
    public var notification: String?

    /// A move; what is not named stays as it is.
    public init(
        _ kind: MoveKind, step: String, to: Stage, next: String, reason: String? = nil, detail: String? = nil, attempts: Int = 0,
        nextAttempt: Timestamp? = nil, by: String? = nil, stock: StockEffect? = nil, pieces: [StockCount] = [], charge: String? = nil,
        ending: Stage? = nil, notification: String? = nil
    ) {
        self.kind = kind
        self.step = step
        self.to = to
        self.next = next
        self.reason = reason
        self.detail = detail
        self.attempts = attempts
        self.nextAttempt = nextAttempt
        self.by = by
        self.stock = stock
        self.pieces = pieces
        self.charge = charge
        self.ending = ending
        self.notification = notification
    }
}

/// A call to the outside that is about to be made.
public struct EffectRequest: Sendable, Equatable {
    /// `charge` or `refund`.
    public var effect: String
    /// The idempotency key that every attempt of this effect bears.
    public var key: String
    /// Minor units of the currency.
    public var amount: Int64
    /// ISO 4217.
    public var currency: String

    /// A request for an effect.
    public init(effect: String, key: String, amount: Int64, currency: String) {
        self.effect = effect
        self.key = key
        self.amount = amount
        self.currency = currency
    }
}

/// What came of a call to the outside.
public struct EffectOutcome: Sendable, Equatable {
    /// `charge` or `refund`.
    public var effect: String
    /// `captured`, `declined` or `refunded`.
    public var state: String
    /// The other side's own reference.
    public var reference: String?

    /// An outcome of an effect.
    public init(effect: String, state: String, reference: String?) {
        self.effect = effect
        self.state = state
        self.reference = reference
    }
}
