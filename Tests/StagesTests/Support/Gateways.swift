import Foundation
import Orders
import Spool
import Stages
import Synchronization
import Testing

/// A gateway that answers what a test says, at once or when the test says so, and remembers what it was asked.
final class ScriptedGateway: PaymentGateway {
    private struct State {
        var asked: [(verb: String, request: PaymentRequest)] = []
        var script: [String: [PaymentAnswer]] = [:]
        var isHolding = false
        var waiting: [(key: String, continuation: CheckedContinuation<PaymentAnswer, Never>)] = []
    }

    let name = "scripted"
    private let state = Mutex(State())

    deinit { answerAll(.unknown("the test is over")) }

    /// Answers to a verb, in turn; the last one stays. `done` where nothing is said.
    func script(_ verb: String, _ answers: PaymentAnswer...) { state.withLock { $0.script[verb] = answers } }

    /// Answers nothing until `answer`.
    func hold() { state.withLock { $0.isHolding = true } }

    /// What was asked: the verb and the key, in order.
    var asked: [String] { state.withLock { $0.asked.map { "\($0.verb) \($0.request.key)" } } }
    var requests: [PaymentRequest] { state.withLock { $0.asked.map(\.request) } }
    func count(_ verb: String) -> Int { state.withLock { $0.asked.count { $0.verb == verb } } }
    /// Calls that wait for `answer`.
    var waiting: Int { state.withLock { $0.waiting.count } }

    /// Waits until so many calls wait for their answer: a call begins some time after the turn that makes it.
    func untilWaiting(_ count: Int) async throws {
        let deadline = ContinuousClock.now.advanced(by: .seconds(120))
        while waiting < count {
            guard ContinuousClock.now < deadline else { throw Trouble("expected \(count) calls, found \(waiting)") }
            await Task.yield()
        }
    }

    /// Answers everybody who waits, and holds on.
    func answerAll(_ answer: PaymentAnswer) {
        let waiting = state.withLock { state in
            defer { state.waiting = [] }
            return state.waiting
        }
        for one in waiting { one.continuation.resume(returning: answer) }
    }

    /// Answers everybody who waits, and from now on at once.
    func letGo(_ answer: PaymentAnswer) {
        state.withLock { $0.isHolding = false }
        answerAll(answer)
    }

    func charge(_ request: PaymentRequest) async -> PaymentAnswer { await ask("charge", request) }
    func refund(_ request: PaymentRequest) async -> PaymentAnswer { await ask("refund", request) }
    func lookup(_ request: PaymentRequest) async -> PaymentAnswer { await ask("lookup", request) }

    private func ask(_ verb: String, _ request: PaymentRequest) async -> PaymentAnswer {
        await withCheckedContinuation { continuation in
            let answer: PaymentAnswer? = state.withLock { state in
                state.asked.append((verb, request))
                if state.isHolding {
                    state.waiting.append((request.key, continuation))
                    return nil
                }
                guard var answers = state.script[verb], let first = answers.first else { return .done(reference: "ref-" + request.key) }
                if answers.count > 1 { answers.removeFirst() }
                state.script[verb] = answers
                return first
            }
            if let answer { continuation.resume(returning: answer) }
        }
    }
}

/// `Tests/Support/test-gateway.py` in a process of its own, ended with this object.
final class GatewayProcess {
    let socket: String
    let log: String
    private let process = Process()
    private let input = Pipe()

    init(in directory: String, lateMilliseconds: Int = 1000, killing victim: Int32? = nil) throws {
        socket = directory + "/gateway"
        log = directory + "/gateway.log"
        let root = try #require(packageRoot())
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [
            "python3", root + "/Tests/Support/test-gateway.py", "--socket", socket, "--log", log, "--late-ms", "\(lateMilliseconds)",
        ]
        if let victim { process.arguments? += ["--kill-pid", "\(victim)"] }
        let output = Pipe()
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        // It says that it listens; an end of file says that it could not.
        guard String(decoding: output.fileHandleForReading.availableData, as: UTF8.self) == "ready\n" else { throw Trouble("no gateway") }
    }

    deinit { end() }

    func end() {
        try? input.fileHandleForWriting.close()
        process.waitUntilExit()
    }

    /// The log's lines of one kind: `request` or `performed`.
    func entries(_ event: String) throws -> [JSONValue] {
        try Data(contentsOf: URL(fileURLWithPath: log)).split(separator: 10).map { try JSONValue.parse(Array($0)) }
            .filter { $0["event"]?.text == event }
    }

    /// How often each key was performed.
    func performed(_ verb: String = "charge") throws -> [String: Int] {
        try entries("performed").filter { $0["verb"]?.text == verb }.reduce(into: [:]) { $0[$1["key"]?.text ?? "", default: 0] += 1 }
    }

    /// How often a verb was asked.
    func asked(_ verb: String) throws -> Int { try entries("request").count { $0["verb"]?.text == verb } }
}

/// What a test could not do.
struct Trouble: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

/// The directory with `Package.swift`, whatever links lead to this file.
func packageRoot() -> String? {
    var url = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
    while url.path != "/" {
        url.deleteLastPathComponent()
        if FileManager.default.fileExists(atPath: url.appendingPathComponent("Package.swift").path) { return url.path }
    }
    return nil
}
