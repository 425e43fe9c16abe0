import Ledger
import Orders
import Stages
import Testing

@testable import orderd

/// What goes over the control socket.
@Suite struct ControlRequestTests {
    private static let id = OrderID(high: 0x0190_0000_0000_7000, low: 0x8000_0000_0000_0001)

    @Test(arguments: [
        Command.hold(id), .release(id), .retry(id), .cancel(id), .pause("charge"), .resume("intake"),
        .stockSet([StockCount(product: "A \"1\"", quantity: 5), StockCount(product: "é", quantity: 0)]),
        .catalogueLoad([CatalogueEntry(product: "P", name: "", price: ""), CatalogueEntry(product: "Q", name: "Q, r", price: "1.50")]),
        .partner(PartnerChange(name: "acme", role: "shop", state: "active")),
        .partner(PartnerChange(name: "acme", role: "", state: "removed")),
        .rescan, .reload,
    ])
    func everyCommandComesBackAsItWent(command: Command) throws {
        let line = ControlRequest.command(CommandRequest(command, by: "ignored", reason: "a \"reason\"\n")).line
        #expect(line.last == 10)
        #expect(!line.dropLast().contains(10))
        let read = try ControlRequest(line: Array(line.dropLast()), by: "uid 7")
        #expect(read == .command(CommandRequest(command, by: "uid 7", reason: "a \"reason\"\n")))
    }

    @Test func aClientCannotSayWhoItIs() throws {
        let line = #"{"version":1,"verb":"rescan","by":"uid 0 (root)","reason":""}"#
        #expect(try ControlRequest(line: Array(line.utf8), by: "uid 7") == .command(CommandRequest(.rescan, by: "uid 7", reason: "")))
    }

    @Test(arguments: [
        #"{"version":1,"verb":"hold"}"#, #"{"version":1,"verb":"hold","id":"drp_01jd7k3v9qe2t8m4x6z5c0b1ah"}"#,
        #"{"version":1,"verb":"pause","what":""}"#, #"{"version":1,"verb":"stock-set","stock":[]}"#,
        #"{"version":1,"verb":"stock-set","stock":[["A",-1]]}"#, #"{"version":1,"verb":"stock-set","stock":[["A",1.5]]}"#,
        #"{"version":1,"verb":"stock-set","stock":[["",1]]}"#, #"{"version":1,"verb":"stock-set","stock":[["A",9000000000000000000]]}"#,
        #"{"version":1,"verb":"catalogue-load","products":[["A","b"]]}"#,
        #"{"version":1,"verb":"catalogue-load","products":[["A","b","1e5"]]}"#,
        #"{"version":1,"verb":"partner","name":"../x","role":"shop","state":"active"}"#,
        #"{"version":1,"verb":"partner","name":"acme","role":"king","state":"active"}"#,
        #"{"version":1,"verb":"partner","name":"acme","role":"shop","state":"gone"}"#, #"{"verb":"rescan"}"#, "[]", "",
    ])
    func whatIsNotRightIsRefused(line: String) {
        #expect(throws: ControlFault.self) { try ControlRequest(line: Array(line.utf8), by: "uid 7") }
    }

    /// A letter with ten thousand marks on it is one `Character`.
    @Test func aRefusalIsShortHoweverLongWhatItRefuses() {
        let verb = "e" + String(repeating: "\u{301}", count: 10_000)
        let partner = #"{"version":1,"verb":"partner","name":"acme","state":"active","role":"\#(verb)"}"#
        for line in [#"{"version":1,"verb":"\#(verb)"}"#, partner] {
            let fault = #expect(throws: ControlFault.self) { try ControlRequest(line: Array(line.utf8), by: "uid 7") }
            #expect((fault?.message.utf8.count ?? .max) < 200)
        }
    }

    @Test func answersComeBackAsTheyWent() {
        let result = CommandResult(isDone: false, message: "no, \"because\"", status: .failed)
        #expect(ControlAnswer(line: Array(ControlAnswer.line(result).dropLast()))?.result == result)
        #expect(ControlAnswer(line: Array("{}".utf8)) == nil)
    }

    @Test func onlyLoadsMayBeLarge() {
        #expect(ControlRequest.limit(of: Array(#"{"version":1,"verb":"stock-set","stock":[["#.utf8)[...]) == ControlRequest.loadLimit)
        #expect(
            ControlRequest.limit(of: Array(#"{"version":1,"verb":"hold","reason":"stock-set"#.utf8)[...]) == ControlRequest.ordinaryLimit)
    }
}
