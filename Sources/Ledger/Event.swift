public import Orders

/// One thing that happened. Events are numbered without gaps from 1, chained by hash, and every table is derived from them.
public struct Event: Sendable {
    /// The event's number, from 1, without gaps.
    public let seq: Int64
    /// When it was recorded; never earlier than the event before it.
    public let at: Timestamp
    /// What it is about: an order's id, a drop's id, a partner's name, or nothing.
    public let subject: String
    /// What happened.
    public let body: EventBody
    /// The part that can be erased later, where there is one.
    public let personal: PersonalPart?
}

/// The part of an event that names people: the order's own bytes. The chain covers a salted digest of it, so that it can be erased
/// and the chain still verifies.
public struct PersonalPart: Sendable, Equatable {
    /// 16 random bytes: without them a digest of a short text could be guessed.
    public let salt: [UInt8]
    /// The order's JSON text, byte for byte as dropped. Always valid UTF-8.
    public let document: [UInt8]

    /// A part of this salt and text.
    public init(salt: [UInt8], document: [UInt8]) {
        self.salt = salt
        self.document = document
    }
}

/// What can happen. The raw event type in the journal is `orderd.` and the name given with each case.
public enum EventBody: Sendable, Equatable {
    /// `ledger.created`: the first event of a spool, with the spool's own id.
    case ledgerCreated(spool: String)
    /// `partner.changed`: a partner was added, disabled, enabled or removed.
    case partnerChanged(PartnerChange)
    /// `catalogue.loaded`: products that are known from now on, with name and listed price (as text, not judged).
    case catalogueLoaded([CatalogueEntry])
    /// `stock.set`: pieces on hand, counted by a person or a stock file.
    case stockSet([StockCount], by: String)
    /// `paused`: intake or a step stops.
    case paused(Pause)
    /// `resumed`: intake or a step goes on.
    case resumed(Pause)
    /// `drop.judged`: a whole dropped file, with the verdict on each order in it.
    case dropJudged(DropFacts, DropResult)
    /// `drop.opened`: a dropped file that is taken in several slices.
    case dropOpened(DropFacts)
    /// `drop.slice`: one more slice of a large file.
    case dropSlice(DropSlice)
    /// `drop.closed`: the last slice is in; the verdict on the file.
    case dropClosed(DropResult)
    /// `order.accepted`: an order begins.
    case orderAccepted(Acceptance)
    /// `order.<kind>`: an order goes on, rests, or ends.
    case orderMoved(Move)
    /// `effect.requested`: a call to the outside is about to be made.
    case effectRequested(EffectRequest)
    /// `effect.settled`: the outcome of a call to the outside is known.
    case effectSettled(EffectOutcome)

    /// The event's type in the journal, without the prefix `orderd.`.
    public var kind: String {
        switch self {
        case .ledgerCreated: "ledger.created"
        case .partnerChanged: "partner.changed"
        case .catalogueLoaded: "catalogue.loaded"
        case .stockSet: "stock.set"
        case .paused: "paused"
        case .resumed: "resumed"
        case .dropJudged: "drop.judged"
        case .dropOpened: "drop.opened"
        case .dropSlice: "drop.slice"
        case .dropClosed: "drop.closed"
        case .orderAccepted: "order.accepted"
        case .orderMoved(let move): move.kind.eventKind
        case .effectRequested: "effect.requested"
        case .effectSettled: "effect.settled"
        }
    }
}
