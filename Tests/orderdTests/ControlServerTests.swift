import Foundation
import Glibc
import Ledger
import Logging
import Orders
import Spool
import Stages
import Testing

@testable import orderd

/// The daemon's end of the control socket, with real sockets and a clock that the test holds.
@Suite struct ControlServerTests {
    @Test func aRequestInPiecesIsWholeOnceItsLineEnds() throws {
        let rig = try Rig()
        let client = try rig.client()
        let line = ControlRequest.command(CommandRequest(.rescan, by: "", reason: "now")).line
        for byte in line.dropLast() {
            client.send([byte])
            #expect(rig.server.service().isEmpty)
        }
        client.send([10])
        let requests = try rig.requests(1)
        #expect(requests.map(\.request) == [CommandRequest(.rescan, by: Asker.own, reason: "now")])
        rig.server.reply(tag: requests[0].tag, CommandResult(isDone: true, message: "done", status: .onHold))
        #expect(client.line() == #"{"ok":true,"message":"done","status":"ON_HOLD"}"#)
    }

    @Test func twoClientsGetTheirOwnAnswers() throws {
        let rig = try Rig()
        let (first, second) = (try rig.client(), try rig.client())
        first.send(ControlRequest.command(CommandRequest(.pause("charge"), by: "", reason: "one")).line)
        second.send(ControlRequest.command(CommandRequest(.pause("intake"), by: "", reason: "two")).line)
        for (tag, request) in try rig.requests(2).reversed() {
            rig.server.reply(tag: tag, CommandResult(isDone: true, message: request.reason))
        }
        #expect(first.line() == #"{"ok":true,"message":"one"}"#)
        #expect(second.line() == #"{"ok":true,"message":"two"}"#)
    }

    @Test func answersKeepTheOrderOfRequests() throws {
        let rig = try Rig()
        let client = try rig.client()
        client.send((1...5).flatMap { ControlRequest.command(CommandRequest(.rescan, by: "", reason: "\($0)")).line })
        for (tag, request) in try rig.requests(5).reversed() {
            rig.server.reply(tag: tag, CommandResult(isDone: true, message: request.reason))
        }
        #expect((1...5).map { _ in client.line() } == (1...5).map { #"{"ok":true,"message":"\#($0)"}"# })
    }

    @Test func nonsenseIsAnsweredAndTheNextRequestServed() throws {
        let rig = try Rig()
        let client = try rig.client()
        client.send(Array("hello\n{\"version\":2,\"verb\":\"rescan\"}\n{\"version\":1,\"verb\":\"fly\"}\n".utf8))
        client.send(ControlRequest.command(CommandRequest(.rescan, by: "", reason: "")).line)
        #expect(try rig.requests(1).count == 1)
        #expect(client.line()?.hasPrefix(#"{"ok":false,"message":"expected a JSON object"#) == true)
        #expect(client.line()?.contains("use the orderd that belongs to this daemon") == true)
        #expect(client.line() == #"{"ok":false,"message":"there is no verb \"fly\""}"#)
    }

    @Test func aHugeRequestIsRefusedUnread() throws {
        let rig = try Rig()
        let client = try rig.client()
        client.fill(with: Array(#"{"version":1,"verb":"hold","reason":""#.utf8), bytes: 3 << 20, while: { _ = rig.server.service() })
        #expect(client.line()?.contains("longer than any is") == true)
        #expect(rig.isClosed(client))
        #expect(try rig.isAlive())
    }

    @Test func aLoadMayBeLarge() throws {
        let rig = try Rig()
        let client = try rig.client()
        let entries = (1...20_000).map { CatalogueEntry(product: "P-\($0)", name: String(repeating: "x", count: 100), price: "1.00") }
        let line = ControlRequest.command(CommandRequest(.catalogueLoad(entries), by: "", reason: "")).line
        #expect(line.count > 2 << 20)
        var requests: [(tag: Int, request: CommandRequest)] = []
        client.fill(with: line, bytes: line.count, while: { requests += rig.server.service() })
        if requests.isEmpty { requests = try rig.requests(1) }
        #expect(requests.first?.request.command == .catalogueLoad(entries))
    }

    @Test func aClientThatNeverFinishesIsDropped() throws {
        let rig = try Rig()
        let slow = try rig.client()
        slow.send(Array("{\"version\":1,".utf8))
        #expect(rig.server.service().isEmpty)
        rig.clock.advance(seconds: 9)
        slow.send(Array("\"verb\":".utf8))
        #expect(rig.server.service().isEmpty)
        #expect(!slow.isClosed)
        // What trickles in does not lengthen the time.
        rig.clock.advance(seconds: 2)
        #expect(rig.isClosed(slow))
        #expect(try rig.isAlive())
    }

    @Test func aSilentClientIsDroppedAfterAWhile() throws {
        let rig = try Rig()
        let silent = try rig.client()
        _ = rig.server.service()
        rig.clock.advance(seconds: 100)
        _ = rig.server.service()
        #expect(!silent.isClosed)
        rig.clock.advance(seconds: 30)
        #expect(rig.isClosed(silent))
    }

    @Test func aClientThatWaitsForItsAnswerIsNotToBlame() throws {
        let rig = try Rig()
        let client = try rig.client()
        client.send(ControlRequest.command(CommandRequest(.rescan, by: "", reason: "")).line)
        let requests = try rig.requests(1)
        rig.clock.advance(seconds: 3600)
        _ = rig.server.service()
        rig.server.reply(tag: requests[0].tag, CommandResult(isDone: true, message: "at last"))
        #expect(client.line() == #"{"ok":true,"message":"at last"}"#)
    }

    @Test func aClientThatTakesNoAnswersIsDropped() throws {
        let rig = try Rig()
        let deaf = try rig.client()
        let request = ControlRequest.command(CommandRequest(.rescan, by: "", reason: "")).line
        // Until both sockets' buffers are full, and some of it waits in the server.
        var isFull = false
        for _ in 0..<200 where !isFull {
            deaf.send(request)
            for (tag, _) in try rig.requests(1) {
                rig.server.reply(tag: tag, CommandResult(isDone: true, message: String(repeating: "x", count: 64 << 10)))
            }
            isFull = rig.server.patience(-1) <= 20
        }
        #expect(isFull)
        #expect(try rig.isAlive())
        rig.clock.advance(seconds: 11)
        _ = rig.server.service()
        // No client is left, so nothing but input can bring work.
        #expect(rig.server.patience(-1) == -1)
        #expect(try rig.isAlive())
    }

    @Test func aClientThatAsksMoreThanItReadsIsHeldBack() throws {
        let rig = try Rig()
        let client = try rig.client()
        let request = ControlRequest.command(CommandRequest(.rescan, by: "", reason: "")).line
        client.send((0..<400).flatMap { _ in request })
        let first = try rig.requests(ControlConnection.window)
        for _ in 0..<5 { #expect(rig.server.service().isEmpty) }
        for item in first { rig.server.reply(tag: item.tag, CommandResult(isDone: true, message: "")) }
        #expect(rig.server.patience(-1) == 0)
        #expect(try rig.requests(400 - ControlConnection.window).count == 400 - ControlConnection.window)
    }

    @Test func aClientThatLeavesIsForgotten() throws {
        let rig = try Rig()
        let client = try rig.client()
        client.send(ControlRequest.command(CommandRequest(.rescan, by: "", reason: "")).line)
        client.close()
        let requests = try rig.requests(1)
        #expect(rig.server.descriptors.count == 1)
        rig.server.reply(tag: requests[0].tag, CommandResult(isDone: true, message: "to nobody"))
        #expect(rig.server.service().isEmpty)
        #expect(try rig.isAlive())
        rig.server.reply(tag: 99, CommandResult(isDone: true, message: "never asked"))
    }

    @Test func whoOnlyListensStillGetsAnswers() throws {
        let rig = try Rig()
        let client = try rig.client()
        client.send(ControlRequest.command(CommandRequest(.rescan, by: "", reason: "")).line)
        client.endSending()
        let requests = try rig.requests(1)
        _ = rig.server.service()
        rig.server.reply(tag: requests[0].tag, CommandResult(isDone: true, message: "yes"))
        #expect(client.line() == #"{"ok":true,"message":"yes"}"#)
        #expect(rig.isClosed(client))
    }

    @Test func idleClientsMakeRoomForNewOnes() throws {
        let rig = try Rig()
        var idle: [RawClient] = []
        for _ in 0..<ControlServer.limit {
            idle.append(try rig.client())
            _ = rig.server.service()
        }
        #expect(try rig.isAlive())
        #expect(idle.contains { $0.isClosed })
        #expect(idle.count { !$0.isClosed } == ControlServer.limit - 1)
    }

    @Test func aSocketLeftByACrashIsReplaced() throws {
        let rig = try Rig()
        let path = rig.folder + "/state/control"
        #expect(chmod(path, 0o600) == 0)
        // A second server on the same directory stands for the one after the crash: it finds the name taken.
        let next = try ControlServer(tree: rig.tree, clock: rig.clock, log: rig.log)
        var status = stat()
        #expect(stat(path, &status) == 0)
        #expect(status.st_mode & 0o777 == 0o660)
        #expect(try rig.client().isOpen)
        next.close()
        #expect(stat(path, &status) != 0)
        #expect(try ControlClient.connect(rig.tree) == nil)
    }

    @Test func stateIsToldFromItsFile() throws {
        let rig = try Rig()
        let client = try rig.client()
        client.send(ControlRequest.status.line)
        _ = try waitUntil { try rig.requests(0).isEmpty && client.hasInput }
        #expect(client.line() == #"{"ok":true,"message":"the daemon runs"}"#)
        try Data("{\"pid\":7}\n".utf8).write(to: URL(fileURLWithPath: rig.folder + "/state/status.json"))
        client.send(ControlRequest.status.line)
        _ = try waitUntil { try rig.requests(0).isEmpty && client.hasInput }
        #expect(client.line() == #"{"ok":true,"message":"the daemon runs","state":{"pid":7}}"#)
    }
}

/// A server on a directory of its own.
private final class Rig {
    let folder: String
    let tree: SpoolTree
    let clock = HeldClock()
    let server: ControlServer
    let log = CommandContext(root: "", configuration: Configuration(), configurationPath: nil).silentLog

    init() throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("orderd-control-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder + "/state", withIntermediateDirectories: true)
        tree = try SpoolTree(root: folder, files: SystemFiles())
        server = try ControlServer(tree: tree, clock: clock, log: log)
    }

    deinit {
        server.close()
        try? FileManager.default.removeItem(atPath: folder)
    }

    func client() throws -> RawClient { try RawClient(tree) }

    /// Serves until so many requests have come.
    func requests(_ count: Int) throws -> [(tag: Int, request: CommandRequest)] {
        var found = server.service()
        #expect(
            waitUntil {
                if found.count < count { found += server.service() }
                return found.count >= count
            })
        return found
    }

    /// Whether a new client is served.
    func isAlive() throws -> Bool {
        let client = try client()
        client.send(ControlRequest.command(CommandRequest(.rescan, by: "", reason: "alive")).line)
        for (tag, _) in try requests(1) { server.reply(tag: tag, CommandResult(isDone: true, message: "alive")) }
        return client.line() == #"{"ok":true,"message":"alive"}"#
    }

    /// Whether the server closes a connection.
    func isClosed(_ client: RawClient) -> Bool {
        waitUntil {
            _ = server.service()
            return client.isClosed
        }
    }
}

extension CommandContext {
    /// Nothing of what a server logs belongs into a test's output.
    fileprivate var silentLog: Logger {
        var log = log
        log.logLevel = .critical
        return log
    }
}

/// A client that does as it likes.
private final class RawClient {
    private var socket: Descriptor
    private var input: [UInt8] = []

    init(_ tree: SpoolTree) throws {
        socket = try #require(try LocalSocket.connect(in: try tree.directory("state"), timeoutSeconds: 30))
    }

    deinit { close() }

    var isOpen: Bool { socket >= 0 }

    func send(_ bytes: [UInt8]) {
        var rest = bytes[...]
        while !rest.isEmpty {
            guard let count = rest.withUnsafeBytes({ LocalSocket.send(socket, $0) }) else { return }
            rest.removeFirst(count)
        }
    }

    /// Sends so many bytes, `start` and then as many `x`, as fast as the other end takes them.
    func fill(with start: [UInt8], bytes: Int, while body: () -> Void) {
        _ = fcntl(socket, F_SETFL, O_NONBLOCK)
        defer { _ = fcntl(socket, F_SETFL, 0) }
        var rest = (start + [UInt8](repeating: UInt8(ascii: "x"), count: max(0, bytes - start.count)))[...]
        while !rest.isEmpty {
            guard let count = rest.withUnsafeBytes({ LocalSocket.send(socket, $0) }) else { return }
            rest.removeFirst(count)
            body()
        }
    }

    func endSending() { shutdown(socket, Int32(SHUT_WR)) }

    /// The next line of what has come.
    func line() -> String? {
        while true {
            if let end = input.firstIndex(of: 10) {
                defer { input.removeFirst(end + 1) }
                return String(decoding: input[..<end], as: UTF8.self)
            }
            var buffer = [UInt8](repeating: 0, count: 1 << 16)
            guard case .bytes(let count) = buffer.withUnsafeMutableBytes({ LocalSocket.receive(socket, into: $0) }) else { return nil }
            input += buffer[..<count]
        }
    }

    var hasInput: Bool {
        var waited = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
        return poll(&waited, 1, 0) == 1
    }

    /// Whether the other end has closed, and nothing is left to read.
    var isClosed: Bool {
        guard hasInput else { return false }
        var byte: UInt8 = 0
        return recv(socket, &byte, 1, Int32(MSG_PEEK)) <= 0
    }

    func close() {
        if socket >= 0 { LocalSocket.close(socket) }
        socket = -1
    }
}
