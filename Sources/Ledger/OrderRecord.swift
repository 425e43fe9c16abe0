public import Orders

/// An order as the ledger knows it now. Only `Ledger` changes one; everybody else reads.
///
/// A class, because one batch touches it several times and writes it once. It belongs to the thread of the connection that loaded it.
public final class OrderRecord {
    /// The number of the event that accepted it: the order of arrival.
    public let seq: Int64
    /// Its id.
    public let id: OrderID
    /// The event number of the drop that brought it, and its place in that file.
    public let drop: Int64
    /// See `drop`.
    public let entry: Int
    /// Whose it is.
    public let partner: String
    /// The key that it took; nil where it has none.
    public let key: String?
    /// SHA-256 of the canonical content where it has no key.
    public let content: [UInt8]?
    /// The order as read; its lines are empty until `Ledger.lines(of:)` loads them.
    public internal(set) var order: Order
    /// Pieces, over all lines.
    public let units: Int64
    /// Number of lines.
    public let lineCount: Int
    /// Bytes and SHA-256 of its file.
    public let size: Int
    /// See `size`.
    public let sha: [UInt8]
    /// When it was accepted.
    public let created: Timestamp

    /// Where its file lies.
    public internal(set) var stage: Stage
    /// The first step that is not done; empty when all are.
    public internal(set) var step: String
    /// The UTC day of the end; nil until then.
    public internal(set) var day: String?
    /// Attempts used for `step`.
    public internal(set) var attempts: Int
    /// When the next attempt is due, in `deferred`.
    public internal(set) var nextAttempt: Timestamp?
    /// Why it waits, or ended: a stable word.
    public internal(set) var reason: String?
    /// The same for people.
    public internal(set) var detail: String?
    /// True while pieces are set aside for it.
    public internal(set) var isReserved: Bool
    /// `none`, `requested`, `account`, `captured`, `refund-requested`, `refunded`, `declined`.
    public internal(set) var charge: String
    /// Where compensation will end.
    public internal(set) var ending: Stage?
    /// The reasons of holds that a person has lifted, with commas between them.
    public internal(set) var waived: String
    /// When it last changed.
    public internal(set) var updated: Timestamp
    /// Its events, as the elements of a JSON array, without the brackets.
    public internal(set) var history: [UInt8]

    /// Something happened to it since it was accepted.
    public internal(set) var hasBegun: Bool

    /// Not in the database yet.
    var isNew: Bool
    /// Listed among what the next flush writes.
    var isListed = false
    /// The lines are in memory.
    var hasLines: Bool

    init(
        seq: Int64, id: OrderID, drop: Int64, entry: Int, partner: String, key: String?, content: [UInt8]?, order: Order, units: Int64,
        lineCount: Int, size: Int, sha: [UInt8], created: Timestamp, stage: Stage, step: String, isNew: Bool
    ) {
        self.seq = seq
        self.id = id
        self.drop = drop
        self.entry = entry
        self.partner = partner
        self.key = key
        self.content = content
        self.order = order
        self.units = units
        self.lineCount = lineCount
        self.size = size
        self.sha = sha
        self.created = created
        self.stage = stage
        self.step = step
        self.isNew = isNew
        hasLines = isNew
        attempts = 0
        isReserved = false
        charge = "none"
        updated = created
        history = []
        hasBegun = false
        waived = ""
    }

    /// True where a person has let it go on in spite of this reason.
    public func isWaived(_ reason: String) -> Bool { waived.split(separator: ",").contains { $0 == reason } }

    /// The status that partners see.
    public var status: Status { Status(stage: stage, hasBegun: hasBegun) }
}

extension Status {
    /// The public status of an order at a stage.
    init(stage: Stage, hasBegun: Bool) {
        switch stage {
        case .done: self = .completed
        case .cancelled: self = .cancelled
        case .rejected: self = .rejected
        case .failed: self = .failed
        case .hold: self = .onHold
        default: self = hasBegun ? .processing : .pending
        }
    }
}
