import Spool

/// One client of the control socket. Its requests are answered in the order in which they came.
///
/// Everything about it is bounded: the bytes of a request, the requests not answered yet, the time for a request to become whole and for
/// answers to be taken. So a client that is slow, broken or hostile costs the daemon a buffer, and never its time.
final class ControlConnection {
    /// Requests taken and not answered. Beyond it nothing more is read.
    static let window = 256
    /// Bytes taken in one turn, so that a large request does not hold up the turn.
    static let share = 1 << 20
    /// How long a request may take to become whole, or an answer to be taken.
    static let patience: Int64 = 10_000_000_000
    /// How long a client may be connected and silent.
    static let idleness: Int64 = 120_000_000_000

    let descriptor: Descriptor
    /// Who is at the other end.
    let by: String
    private var input: [UInt8] = []
    private var scanned = 0
    private var output: [UInt8] = []
    private var pending: [(tag: Int, answer: [UInt8]?)] = []
    private var hasEnded = false
    private(set) var deadline: Int64
    /// It has broken a rule: it gets its answers, and is closed.
    private var isRefused = false

    init(descriptor: Descriptor, by: String, now: Int64) {
        self.descriptor = descriptor
        self.by = by
        deadline = now + Self.idleness
    }

    /// Whether it is to be polled for input.
    var listens: Bool { !hasEnded && !isRefused && pending.count < Self.window }
    /// Whether there is a rest that waits for room at the other end.
    var hasOutput: Bool { !output.isEmpty }
    /// Whether whole requests lie in the buffer that the window did not admit.
    var hasInput: Bool { pending.count < Self.window && scanned < input.count }
    /// Nothing more can come of it.
    var isOver: Bool { (hasEnded || isRefused) && pending.isEmpty && output.isEmpty }
    /// Nothing is under way.
    var isIdle: Bool { pending.isEmpty && output.isEmpty && input.isEmpty }
    /// Bytes held for it.
    var held: Int { input.count + output.count }

    /// Reads what has come, by way of a buffer that all connections share.
    func receive(by buffer: UnsafeMutableRawBufferPointer, now: Int64) {
        guard listens else { return }
        let before = input.count
        reading: while input.count - before < Self.share {
            switch LocalSocket.receive(descriptor, into: buffer) {
            case .bytes(let count): input.append(contentsOf: buffer[..<count])
            case .nothing: break reading
            case .end, .failed:
                hasEnded = true
                break reading
            }
        }
        if before == 0, !input.isEmpty { deadline = now + Self.patience }
    }

    /// The next whole request's line, or nil.
    func nextLine(now: Int64) -> LineFound {
        guard pending.count < Self.window, !isRefused else { return .none }
        guard let newline = input[scanned...].firstIndex(of: UInt8(ascii: "\n")) else {
            scanned = input.count
            if input.count > ControlRequest.limit(of: input[...]) { return .tooLong }
            return .none
        }
        if newline > ControlRequest.limit(of: input[...]) { return .tooLong }
        let line = Array(input[..<newline])
        input.removeFirst(newline + 1)
        scanned = 0
        deadline = now + (input.isEmpty ? Self.idleness : Self.patience)
        return .line(line)
    }

    enum LineFound {
        case line([UInt8])
        case tooLong
        case none
    }

    /// Takes note of a request that will be answered.
    func expect(tag: Int) { pending.append((tag, nil)) }

    /// Takes nothing more from this client, and forgets what it sent.
    func refuse() {
        isRefused = true
        input = []
        scanned = 0
    }

    /// Takes in an answer, and sends it as soon as those before it are there.
    func answer(tag: Int, _ line: [UInt8], now: Int64) {
        guard let index = pending.firstIndex(where: { $0.tag == tag }) else { return }
        pending[index].answer = line
        if output.isEmpty { deadline = now + Self.patience }
        while let first = pending.first?.answer {
            output += first
            pending.removeFirst()
        }
        flush(now: now)
    }

    /// Sends what there is room for.
    func flush(now: Int64) {
        guard !output.isEmpty else { return }
        guard let sent = output.withUnsafeBytes({ LocalSocket.send(descriptor, $0) }) else {
            output = []
            hasEnded = true
            return
        }
        output.removeFirst(sent)
        if output.isEmpty { deadline = now + (input.isEmpty ? Self.idleness : Self.patience) }
    }

    /// Whether it has used up its time. One whose requests the daemon has not answered yet is not to blame.
    func isLate(now: Int64) -> Bool { now >= deadline && (pending.isEmpty || !output.isEmpty) }
}
