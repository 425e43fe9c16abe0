import Logging
import Orders
import Spool
import Stages

/// The daemon's end of `state/control`. It belongs to the pipeline's thread and never waits: it is polled with the rest, and `service` takes
/// what has come.
final class ControlServer {
    /// Clients at one time; further ones wait in the kernel's queue, or take the place of the one that is silent longest.
    static let limit = 64
    /// Bytes held for all clients together.
    static let memory = 160 << 20

    private let tree: SpoolTree
    private let directory: Descriptor
    private let clock: any Clock
    private let log: Logger
    private let listener: Descriptor
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 << 10, alignment: 16)
    private var connections: [ControlConnection] = []
    private var owners: [Int: ControlConnection] = [:]
    private var nextTag = 1
    private var deafUntil: Int64 = 0
    private var isClosed = false

    /// Listens at `control` in the spool's `state/`, for the owner and the group. A socket that a crash left is replaced.
    ///
    /// - Parameters:
    ///   - tree: the spool, whose lock the caller holds.
    ///   - clock: for deadlines.
    init(tree: SpoolTree, clock: any Clock = SystemClock(), log: Logger) throws(FileError) {
        self.tree = tree
        self.clock = clock
        self.log = log
        directory = try tree.directory(SpoolTree.state)
        do throws(FileError) { listener = try LocalSocket.listen(in: directory, files: tree.files) } catch {
            buffer.deallocate()
            throw error
        }
    }

    deinit {
        close()
        buffer.deallocate()
    }

    /// What to poll for input before the next `service`.
    var descriptors: [Descriptor] {
        if isClosed { return [] }
        let hears = clock.bootNanoseconds() >= deafUntil && hasRoom
        return (hears ? [listener] : []) + connections.filter(\.listens).map(\.descriptor)
    }

    /// How long polling may wait before `service` must look again.
    ///
    /// - Parameter limit: how long the rest of the daemon would wait, in milliseconds; negative for ever.
    /// - Returns: that, or less.
    func patience(_ limit: Int) -> Int {
        let now = clock.bootNanoseconds()
        var next: Int64?
        func sooner(_ time: Int64) { next = min(next ?? time, time) }
        if deafUntil > now { sooner(deafUntil) }
        for connection in connections {
            if connection.hasInput { sooner(now) }
            // Room at the other end is not polled for: answers are small, and this is seldom.
            if connection.hasOutput { sooner(now + 20_000_000) }
            sooner(max(now, connection.deadline))
        }
        guard let next else { return limit }
        let milliseconds = Int(clamping: max(0, (next - now + 999_999) / 1_000_000))
        return limit < 0 ? milliseconds : min(limit, milliseconds)
    }

    private var hasRoom: Bool { connections.count < Self.limit || connections.contains(where: \.isIdle) }

    // MARK: A turn

    /// Accepts clients, takes what they sent, sends what waits, and drops who is late.
    ///
    /// - Returns: the commands that have come, each to be answered under its tag by `reply`, now or later.
    func service() -> [(tag: Int, request: CommandRequest)] {
        guard !isClosed else { return [] }
        let now = clock.bootNanoseconds()
        accept(now)
        var requests: [(tag: Int, request: CommandRequest)] = []
        for connection in connections {
            connection.flush(now: now)
            connection.receive(by: buffer, now: now)
            takeRequests(of: connection, now, &requests)
        }
        let held = connections.reduce(0) { $0 + $1.held }
        if held > Self.memory, let largest = connections.max(by: { $0.held < $1.held }) {
            drop(largest, why: "it holds \(largest.held) bytes, and all clients together more than \(Self.memory)")
        }
        for connection in connections where connection.isLate(now: now) && !connection.isOver {
            if connection.isIdle { drop(connection, why: nil) } else { drop(connection, why: "it was too slow") }
        }
        for connection in connections where connection.isOver { drop(connection, why: nil) }
        return requests
    }

    private func accept(_ now: Int64) {
        guard now >= deafUntil else { return }
        while hasRoom {
            do throws(FileError) {
                guard let socket = try LocalSocket.accept(listener) else { return }
                if connections.count >= Self.limit, let idle = connections.filter(\.isIdle).min(by: { $0.deadline < $1.deadline }) {
                    drop(idle, why: nil)
                }
                let by = (try? PeerCredentials(of: socket)).map { Asker.text(user: $0.user) } ?? "unknown"
                connections.append(ControlConnection(descriptor: socket, by: by, now: now))
            } catch {
                // Without a descriptor to spare the client stays in the queue and the listener readable: polled at once it would spin.
                deafUntil = now + 1_000_000_000
                log.warning("a client of the control socket cannot be accepted", metadata: ["error": "\(error)"])
                return
            }
        }
    }

    private func takeRequests(of connection: ControlConnection, _ now: Int64, _ requests: inout [(tag: Int, request: CommandRequest)]) {
        while true {
            let found = connection.nextLine(now: now)
            if case .none = found { return }
            let tag = nextTag
            nextTag += 1
            owners[tag] = connection
            connection.expect(tag: tag)
            switch found {
            case .none: return
            case .tooLong:
                connection.refuse()
                reply(tag: tag, CommandResult(isDone: false, message: "the request is longer than any is: it was not read"))
                log.warning("a client of the control socket was dropped", metadata: ["by": "\(connection.by)", "why": "request too long"])
            case .line(let line):
                do throws(ControlFault) {
                    switch try ControlRequest(line: line, by: connection.by) {
                    case .command(let request): requests.append((tag, request))
                    case .status: tellState(tag)
                    }
                } catch {
                    reply(tag: tag, CommandResult(isDone: false, message: error.message))
                }
            }
        }
    }

    // MARK: Answers

    /// Answers a command. A client that has gone meanwhile is no matter: what was done is in the journal.
    func reply(tag: Int, _ result: CommandResult) { send(tag, ControlAnswer.line(result)) }

    /// Answers with `state/status.json`, which followers keep.
    private func tellState(_ tag: Int) {
        let known = FileName("status.json").flatMap { (try? tree.files.readAll(in: directory, $0, limit: 1 << 20)) ?? nil }
        let state = known.flatMap { bytes in (try? JSONValue.parse(bytes)).map { _ in bytes } }
        send(tag, ControlAnswer.line(CommandResult(isDone: true, message: "the daemon runs"), state: state))
    }

    private func send(_ tag: Int, _ line: [UInt8]) {
        owners.removeValue(forKey: tag)?.answer(tag: tag, line, now: clock.bootNanoseconds())
    }

    private func drop(_ connection: ControlConnection, why: String?) {
        if let why { log.warning("a client of the control socket was dropped", metadata: ["by": "\(connection.by)", "why": "\(why)"]) }
        owners = owners.filter { $0.value !== connection }
        connections.removeAll { $0 === connection }
        LocalSocket.close(connection.descriptor)
    }

    /// Closes all connections, and takes the socket away, so that verbs know at once that no daemon runs.
    func close() {
        guard !isClosed else { return }
        isClosed = true
        for connection in connections {
            connection.flush(now: clock.bootNanoseconds())
            LocalSocket.close(connection.descriptor)
        }
        connections = []
        owners = [:]
        LocalSocket.close(listener)
        _ = try? tree.files.removeIfPresent(in: directory, LocalSocket.name)
    }
}
