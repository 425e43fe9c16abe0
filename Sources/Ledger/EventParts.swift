public import Orders

/// A partner as the ledger knows it.
public struct PartnerChange: Sendable, Equatable {
    /// `[a-z][a-z0-9-]{0,30}`.
    public var name: String
    /// `shop`, `warehouse` or `reader`.
    public var role: String
    /// `active`, `disabled` or `removed`; the name of a removed partner stays reserved.
    public var state: String

    /// A change to this role and state.
    public init(name: String, role: String, state: String) {
        self.name = name
        self.role = role
        self.state = state
    }
}

/// A product of the catalogue.
public struct CatalogueEntry: Sendable, Equatable {
    /// The product's id, as orders name it.
    public var product: String
    /// Its name, for people.
    public var name: String
    /// Its listed price as decimal text; shown, never judged.
    public var price: String

    /// A product of this id, name and price.
    public init(product: String, name: String, price: String) {
        self.product = product
        self.name = name
        self.price = price
    }
}

/// Pieces of a product.
public struct StockCount: Sendable, Equatable {
    /// The product's id.
    public var product: String
    /// Pieces, 0 or more.
    public var quantity: Int64

    /// So many pieces of a product.
    public init(product: String, quantity: Int64) {
        self.product = product
        self.quantity = quantity
    }
}

/// A stop by hand of intake or of one step.
public struct Pause: Sendable, Equatable {
    /// `intake`, or a step's name.
    public var what: String
    /// Who asked, such as `uid 1000`.
    public var by: String
    /// Why.
    public var reason: String

    /// A pause of something, by someone, for a reason.
    public init(what: String, by: String, reason: String) {
        self.what = what
        self.by = by
        self.reason = reason
    }
}

/// What is known of a dropped file.
public struct DropFacts: Sendable, Equatable {
    /// Whose it is.
    public var partner: String
    /// The drop directory: `orders`, `requests` ...
    public var directory: String
    /// The file's name: any bytes.
    public var name: [UInt8]
    /// The file's device, inode and birth time (nanoseconds since 1970): together they name one upload.
    public var device: UInt64
    /// See `device`.
    public var inode: UInt64
    /// See `device`.
    public var birth: Int64
    /// Bytes.
    public var size: Int64
    /// SHA-256 of the file's bytes; empty where it could not be read.
    public var sha: [UInt8]
    /// When it was taken.
    public var received: Timestamp
    /// How it was known to be complete: `renamed`, `closed`, `sshd-close`, `found`, `weak`.
    public var completeness: String
    /// When the upload was whole, by the file system's own time of its last change before it was taken; nil where that is not known.
    public var finished: Timestamp?

    /// Facts of one dropped file.
    public init(
        partner: String, directory: String, name: [UInt8], device: UInt64, inode: UInt64, birth: Int64, size: Int64, sha: [UInt8],
        received: Timestamp, completeness: String, finished: Timestamp? = nil
    ) {
        self.finished = finished
        self.partner = partner
        self.directory = directory
        self.name = name
        self.device = device
        self.inode = inode
        self.birth = birth
        self.size = size
        self.sha = sha
        self.received = received
        self.completeness = completeness
    }
}

/// The verdict on a dropped file, and on one order in it.
public enum Verdict: String, Sendable, CaseIterable {
    /// Every order was accepted.
    case accepted
    /// Some orders were accepted, others not.
    case partial
    /// No order was accepted, or the file is no order file.
    case rejected
    /// The same order, with the same content, was accepted before.
    case duplicate
    /// Another order took this key before.
    case conflict
}

/// The verdict on one order of a dropped file.
public struct EntryResult: Sendable, Equatable {
    /// The order's place in the file, from 0.
    public var index: Int
    /// Its line in the file, from 1, for files of lines.
    public var line: Int?
    /// The order's id, where it was accepted.
    public var orderID: OrderID?
    /// The partner's own reference, where it could be read.
    public var reference: String?
    /// Accepted, duplicate, conflict or rejected.
    public var verdict: Verdict
    /// The order that took the key first.
    public var firstOrderID: OrderID?
    /// Every fault, for what was rejected; what is different, for a conflict.
    public var faults: [Fault]

    /// A verdict on the order at an index.
    public init(
        index: Int, line: Int?, orderID: OrderID?, reference: String?, verdict: Verdict, firstOrderID: OrderID?, faults: [Fault]
    ) {
        self.index = index
        self.line = line
        self.orderID = orderID
        self.reference = reference
        self.verdict = verdict
        self.firstOrderID = firstOrderID
        self.faults = faults
    }
}

/// How many orders of a file came to which verdict.
public struct EntryCounts: Sendable, Equatable {
    /// Orders read.
    public var entries = 0
    /// Accepted.
    public var accepted = 0
    /// Duplicates of an order that was accepted before.
    public var duplicate = 0
    /// Other content under a known key.
    public var conflict = 0
    /// Refused.
    public var rejected = 0

    /// No orders yet.
    public init() {}

    /// Counts one more order.
    public mutating func add(_ verdict: Verdict) {
        entries += 1
        switch verdict {
        case .accepted: accepted += 1
        case .duplicate: duplicate += 1
        case .conflict: conflict += 1
        case .rejected, .partial: rejected += 1
        }
    }

    /// The verdict on a file with these counts; a file without orders is rejected.
    public var verdict: Verdict {
        if entries == 0 { return .rejected }
        if accepted == entries { return .accepted }
        if accepted > 0 { return .partial }
        if duplicate == entries { return .duplicate }
        if conflict == entries { return .conflict }
        return rejected == entries ? .rejected : .partial
    }
}

/// The end of a dropped file: the verdict, and what is wrong with the file as a whole.
public struct DropResult: Sendable, Equatable {
    /// The verdict on the file.
    public var verdict: Verdict
    /// The orders of a file that was taken in one commit; empty for one of several slices.
    public var results: [EntryResult]
    /// Faults of the file itself.
    public var faults: [Fault]

    /// A verdict with its evidence.
    public init(verdict: Verdict, results: [EntryResult], faults: [Fault]) {
        self.verdict = verdict
        self.results = results
        self.faults = faults
    }
}

/// One slice of a large file: what was read, and where the next slice begins.
public struct DropSlice: Sendable, Equatable {
    /// From 0.
    public var number: Int
    /// The orders of this slice.
    public var results: [EntryResult]
    /// Where the next slice begins, in the splitter's own terms.
    public var position: String

    /// A slice of these orders.
    public init(number: Int, results: [EntryResult], position: String) {
        self.number = number
        self.results = results
        self.position = position
    }
}
