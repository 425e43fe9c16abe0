import Foundation
import Orders
import Spool
import Testing

@testable import Stages

/// The socket gateway against a program that the test plays itself, line by line.
@Suite struct SocketExchangeTests {
    private func payment(_ key: String) -> PaymentRequest {
        PaymentRequest(key: key, orderID: "ord_x", amount: 1299, currency: "GBP", method: "card", token: "t")
    }

    private func gateway(_ program: GatewayProgram, milliseconds: Int = 120_000) throws -> SocketGateway {
        try SocketGateway(path: program.path, timeout: .milliseconds(milliseconds))
    }

    @Test func requestSaysWhatTheDocumentationSays() async throws {
        let program = try GatewayProgram()
        let gateway = try gateway(program)
        async let answer = gateway.charge(payment("k"))
        let line = try await program.accept()
        let request = try await line.request()
        let names = ["version", "verb", "request", "key", "orderId", "amount", "currency", "digits", "method", "token"]
        #expect(request.members?.map(\.name) == names)
        #expect(request["version"]?.integer == 1 && request["verb"]?.text == "charge" && request["amount"]?.integer == 1299)
        line.say("{\"key\":\"k\",\"verb\":\"charge\",\"result\":\"done\",\"reference\":\"r\"}\n")
        #expect(await answer == .done(reference: "r"))
    }

    @Test func answersFindTheirCallsInAnyOrderAndInPieces() async throws {
        let program = try GatewayProgram()
        let gateway = try gateway(program)
        async let first = gateway.charge(payment("a"))
        let line = try await program.accept()
        _ = try await line.request()
        async let second = gateway.refund(payment("b"))
        async let third = gateway.lookup(payment("c"))
        _ = try await line.request()
        _ = try await line.request()
        line.say("{\"key\":\"c\",\"verb\":\"lookup\",\"result\":\"not-found\"}\n{\"key\":\"b\",\"verb\":\"refund\",\"res")
        #expect(await third == .notFound)
        line.say("ult\":\"unavailable\",\"reason\":\"later\"}\n")
        #expect(await second == .unavailable("later"))
        line.say("{\"key\":\"a\",\"result\":\"declined\",\"reason\":\"no\"}\n")
        #expect(await first == .declined("no"))
    }

    @Test func linesThatAnswerNothingAreIgnored() async throws {
        let program = try GatewayProgram()
        let gateway = try gateway(program)
        async let answer = gateway.charge(payment("a"))
        let line = try await program.accept()
        _ = try await line.request()
        line.say("hello\n\n[]\n{\"key\":7}\n{\"key\":\"z\",\"verb\":\"charge\",\"result\":\"done\"}\n")
        line.say("{\"key\":\"a\",\"verb\":\"refund\",\"result\":\"done\"}\n{\"key\":\"a\",\"verb\":\"void\",\"result\":\"done\"}\n")
        line.say("{\"key\":\"a\",\"verb\":\"charge\",\"request\":99,\"result\":\"unavailable\"}\n")
        line.say("{\"key\":\"a\",\"verb\":\"charge\",\"result\":\"done\",\"reference\":\"r\"}\n")
        #expect(await answer == .done(reference: "r"))
    }

    @Test func answerThatNobodyUnderstandsLeavesTheOutcomeUnknown() async throws {
        let program = try GatewayProgram()
        let gateway = try gateway(program)
        for reply in [
            "{\"key\":\"a\",\"result\":\"perhaps\"}", "{\"key\":\"a\"}", "{\"key\":\"a\",\"verb\":\"charge\",\"result\":\"not-found\"}",
        ] {
            async let answer = gateway.charge(payment("a"))
            let line = try await program.accept()
            _ = try await line.request()
            line.say(reply + "\n")
            #expect((await answer).unknown != nil, "\(reply)")
            line.end()
        }
    }

    @Test func lateAnswerSettlesTheRepeat() async throws {
        let program = try GatewayProgram()
        let gateway = try gateway(program, milliseconds: 50)
        async let first = gateway.charge(payment("a"))
        let line = try await program.accept()
        _ = try await line.request()
        let why = try #require((await first).unknown)
        #expect(why.contains("payment.timeout"))
        gateway.timeout = .seconds(30)
        async let second = gateway.charge(payment("a"))
        let repeated = try await line.request()
        // Late, and only about the first request: says nothing of the second.
        line.say("{\"key\":\"a\",\"verb\":\"charge\",\"request\":\((repeated["request"]?.integer ?? 0) - 1),\"result\":\"unavailable\"}\n")
        line.say("{\"key\":\"a\",\"verb\":\"charge\",\"request\":1,\"result\":\"done\",\"reference\":\"r\"}\n")
        #expect(await second == .done(reference: "r"))
    }

    @Test func connectionLostAfterTheRequestLeavesTheOutcomeUnknown() async throws {
        let program = try GatewayProgram()
        let gateway = try gateway(program)
        async let answer = gateway.charge(payment("a"))
        let line = try await program.accept()
        _ = try await line.request()
        line.end()
        let why = try #require((await answer).unknown)
        #expect(why.contains("closed the connection"))
        async let again = gateway.charge(payment("a"))
        let next = try await program.accept()
        _ = try await next.request()
        next.say("{\"key\":\"a\",\"result\":\"done\",\"reference\":\"r\"}\n")
        #expect(await again == .done(reference: "r"))
    }

    @Test func theSecretGoesIntoEachRequest() async throws {
        let program = try GatewayProgram()
        let gateway = try SocketGateway(path: program.path, timeout: .seconds(120), secret: "s3cret")
        async let answer = gateway.charge(payment("k"))
        let line = try await program.accept()
        #expect(try await line.request()["secret"]?.text == "s3cret")
        line.say("{\"key\":\"k\",\"verb\":\"charge\",\"result\":\"done\",\"reference\":\"r\"}\n")
        #expect(await answer == .done(reference: "r"))
    }

    @Test func nothingToConnectToMeansNothingWasDone() async throws {
        let directory = FileManager.default.temporaryDirectory.path
        let gateway = try SocketGateway(path: directory + "/orderd-no-such-socket-\(UUID().uuidString.prefix(8))", timeout: .seconds(30))
        let why = try #require((await gateway.charge(payment("a"))).unavailable)
        #expect(why.contains("No such file"))
    }

    @Test func requestThatWasNeverTakenWasNotDone() async throws {
        let program = try GatewayProgram()
        // Nobody reads: the first large requests fill the socket, the last never gets in.
        let gateway = try gateway(program, milliseconds: 300)
        let large = PaymentRequest(
            key: "a", orderID: "o", amount: 1, currency: "GBP", method: nil, token: String(repeating: "x", count: 4 << 20))
        async let filling = gateway.charge(large)
        let line = try await program.accept()
        async let behind = gateway.charge(payment("b"))
        #expect((await behind).unavailable != nil)
        #expect((await filling).unknown != nil)
        line.end()
    }

    @Test func answerWithoutAnEndClosesTheConnection() async throws {
        let program = try GatewayProgram()
        let gateway = try gateway(program)
        async let answer = gateway.charge(payment("a"))
        let line = try await program.accept()
        _ = try await line.request()
        let flood = String(repeating: "x", count: 70_000)
        try await elsewhere { line.say(flood) }
        #expect((await answer).unknown != nil)
    }

    @Test func closingAnswersEverybodyOnce() async throws {
        let program = try GatewayProgram()
        let gateway = try gateway(program)
        async let first = gateway.charge(payment("a"))
        let line = try await program.accept()
        _ = try await line.request()
        gateway.close()
        #expect((await first).unknown != nil)
        #expect((await gateway.charge(payment("b"))).unavailable != nil)
    }

    @Test func hundredsOfCallsAtOnceAreAnsweredOnceEach() async throws {
        let program = try GatewayProgram()
        let gateway = try gateway(program)
        let answers = try await withThrowingTaskGroup(of: (Int, PaymentAnswer).self) { group in
            for number in 0..<300 {
                group.addTask { (number, await gateway.charge(payment("k\(number)"))) }
            }
            let line = try await program.accept()
            for _ in 0..<300 {
                let key = try await line.request()["key"]?.text ?? ""
                let reply = "{\"key\":\"\(key)\",\"verb\":\"charge\",\"result\":\"done\",\"reference\":\"\(key)\"}\n"
                line.say(reply + reply)
            }
            return try await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }
        #expect(answers == Dictionary(uniqueKeysWithValues: (0..<300).map { ($0, .done(reference: "k\($0)")) }))
    }

    @Test func pathThatNoSocketCanHaveIsRefused() {
        #expect(throws: FileError.self) { try SocketGateway(path: String(repeating: "x", count: 108), timeout: .seconds(1)) }
        #expect(throws: FileError.self) { try SocketGateway(path: "", timeout: .seconds(1)) }
    }
}

extension PaymentAnswer {
    /// Why the outcome is unknown; nil for another answer.
    fileprivate var unknown: String? {
        if case .unknown(let why) = self { return why }
        return nil
    }

    /// Why nothing was done; nil for another answer.
    fileprivate var unavailable: String? {
        if case .unavailable(let why) = self { return why }
        return nil
    }
}
