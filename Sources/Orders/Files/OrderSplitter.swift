/// Finds the orders in a file, fed in pieces of any size, and keeps no more of it than one order.
///
/// Only boundaries are found here: quotes, escapes and the depth of brackets. Whether a text is an order is ``OrderReader``'s question,
/// asked for each, so that a bad order does not stop the good ones beside it. A file of one object is handed out only when nothing but
/// blanks follow to the file's end: an order with something behind it is not half taken.
public struct OrderSplitter {
    /// Where the file stands between two orders. The raw values are kept in positions and never change.
    enum State: Int {
        case start = 0
        /// Behind `[`.
        case firstElement = 1
        /// Behind an element: a comma or `]` comes.
        case afterElement = 2
        /// Behind a comma.
        case nextElement = 3
        /// Behind `]`, or behind the one object while it is not handed out yet.
        case trailing = 4
        /// Behind the one object, which is handed out.
        case finishedObject = 5
    }

    /// What is being read inside an order.
    enum Inside {
        case nothing
        /// An object or array, to the bracket that closes it.
        case nested
        /// A string that is itself an element.
        case string
        /// Anything else, up to a comma, bracket or blank.
        case scalar
        /// A line, to its end.
        case line
    }

    /// How the file ends; `nil` until that is known, which takes the last piece or a fault.
    public internal(set) var end: SplitEnd?

    /// Behind the last order handed out. Bytes between it and what has been fed belong to an order still open.
    public internal(set) var position: Position

    let kind: OrderFileKind
    let maximumOrderBytes: Int

    var state: State
    var inside = Inside.nothing
    /// The next byte to be looked at, from the file's start, and its line.
    var offset: Int64
    var line: Int
    var isMany: Bool

    // The order that is open.
    var elementOffset: Int64 = 0
    var elementLine = 1
    var elementCount = 0
    var depth = 0
    var isInString = false
    var isEscaped = false
    /// What earlier pieces held of it; empty where it is too large.
    var carry: [UInt8] = []

    /// A splitter of a file from its start, or from a position that was kept.
    /// - Parameters:
    ///   - kind: from the file's name.
    ///   - maximumOrderBytes: an order of more bytes is handed out as a fault, without its bytes.
    ///   - position: of a splitter of the same file; the first bytes fed must be those at its offset.
    public init(kind: OrderFileKind, maximumOrderBytes: Int, resumingAt position: Position = Position()) {
        self.kind = kind
        self.maximumOrderBytes = max(maximumOrderBytes, 1)
        self.position = position
        state = State(rawValue: position.state) ?? .start
        offset = position.offset
        line = position.line
        isMany = kind == .lines || (state != .start && state != .finishedObject)
    }

    /// The bytes so far of an order that the file's end cut off, for ``OrderReader`` to say what is wrong with them besides; else empty.
    public var unfinished: [UInt8] {
        if case .endsEarly = end { return carry }
        return []
    }

    /// Takes the next piece of the file and hands out the orders that are whole with it.
    /// - Parameters:
    ///   - bytes: begin where the last call's count left off.
    ///   - isLast: whether the file ends with them; may be said with no bytes.
    ///   - element: is handed each order; `false` stops here, and ``position`` then lies behind it.
    /// - Returns: how many bytes were taken: all, unless `element` said stop or ``end`` is known.
    public mutating func feed(
        _ bytes: UnsafeBufferPointer<UInt8>, isLast: Bool, _ element: (SplitElement) -> Bool
    ) -> Int {
        guard end == nil else { return 0 }
        let base = bytes.baseAddress ?? Self.noBytes
        var piece = Piece(base: base, count: bytes.baseAddress == nil ? 0 : bytes.count, isLast: isLast)
        let goesOn = kind == .lines ? lines(&piece, element) : json(&piece, element)
        if goesOn, end == nil {
            keepOpenElement(piece)
            if isLast { finish(element) }
        }
        return piece.at
    }

    /// The bytes of one call, and how far they are read.
    struct Piece {
        let base: UnsafePointer<UInt8>
        let count: Int
        let isLast: Bool
        var at = 0
        /// Where in the piece the open order begins; 0 where it began in an earlier one.
        var elementStart = 0

        init(base: UnsafePointer<UInt8>, count: Int, isLast: Bool) {
            self.base = base
            self.count = count
            self.isLast = isLast
        }
    }

    /// Stands for the address of an empty buffer, which may have none. Never read.
    private static var noBytes: UnsafePointer<UInt8> {
        let literal: StaticString = " "
        return literal.utf8Start
    }

    private mutating func keepOpenElement(_ piece: Piece) {
        guard inside != .nothing else { return }
        keep(UnsafeBufferPointer(start: piece.base + piece.elementStart, count: piece.count - piece.elementStart))
    }

    mutating func keep(_ bytes: UnsafeBufferPointer<UInt8>) {
        elementCount += bytes.count
        if elementCount > maximumOrderBytes {
            carry = []
        } else {
            carry.append(contentsOf: bytes)
        }
    }
}
