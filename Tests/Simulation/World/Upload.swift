import Spool

/// One file that a partner drops, and what is to come of it.
final class Upload {
    enum State {
        /// Its bytes are being written, under its own name or another, and nobody may judge it.
        case writing
        /// The partner has closed it in the middle and will go on.
        case broken
        /// All is there under the final name.
        case dropped
        /// The partner has given up in the middle.
        case abandoned
        /// The partner has put another file in its place, or taken it away, before it was claimed.
        case replaced
        /// A power cut has taken it, or a part of it, before anybody had synced it: the partner has no receipt.
        case lost
    }

    let number: Int
    let partner: String
    /// `orders`, or another drop directory.
    let drop: String
    let name: FileName
    let bytes: [UInt8]
    let expected: Expectation
    let node: Node
    var state = State.writing
    /// Bytes written so far.
    var written = 0
    /// A descriptor for writing is open.
    var isOpen = false
    /// When the partner goes on, or gives up, by the boot clock in milliseconds.
    var due: Int64 = 0
    /// It got its name by a rename.
    var isRenamed = false
    /// The daemon has recorded it.
    var isJudged = false
    /// A power cut has put it back where it was dropped, after its verdict.
    var isBack = false
    /// Its bytes were changed by a power cut.
    var isDamaged = false

    init(
        number: Int, partner: String, drop: String, name: FileName, bytes: [UInt8], expected: Expectation, node: Node
    ) {
        self.number = number
        self.partner = partner
        self.drop = drop
        self.name = name
        self.bytes = bytes
        self.expected = expected
        self.node = node
    }

    var directory: String { SpoolTree.dropDirectory(drop, of: partner) }
    /// The partner means to write more.
    var isUnfinished: Bool { state == .writing || state == .broken }
}
