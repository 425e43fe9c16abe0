import Foundation
import Testing

@testable import orderd

/// What verbs do on a terminal, and leave undone in a pipe.
@Suite struct TerminalOutputTests {
    @Test func coloursAreForATerminalThatWantsThem() throws {
        let spool = try CommandSpool.withAcme()
        for (environment, isColoured) in [
            (["TERM=xterm"], true), (["TERM=xterm", "NO_COLOR=1"], false), (["TERM=dumb"], false), ([], false),
        ] {
            let terminal = try spool.terminal(["queue"], columns: 80, environment: environment)
            #expect(terminal.wait() == 0)
            #expect(terminal.screen.hasColour == isColoured, "\(environment)")
            #expect(terminal.screen.unknown == [])
        }
        #expect(try !spool.must("queue").out.contains("\u{1B}"))
    }

    @Test func aListIsCutToTheTerminalAndWholeInAPipe() throws {
        let spool = try CommandSpool.withAcme()
        try spool.drop(SampleOrder.text("PO-" + String(repeating: "long-", count: 7)), as: "first.json")
        try spool.must("run", "--drain", "--set", "log.level=error")
        let terminal = try spool.terminal(["list"], columns: 120)
        #expect(terminal.wait() == 0)
        #expect(terminal.screen.lines.count == 2 && terminal.screen.overflows == 0)
        #expect(terminal.screen.lines[1].contains("PO-long-") && terminal.screen.lines[1].contains("…"))
        #expect(try !spool.must("list").out.contains("…"))
    }

    @Test func barsAreShownToAPersonAndTakenAway() throws {
        let spool = try CommandSpool.withAcme()
        var lines = ""
        for number in 1...600 { lines += SampleOrder.text("B-\(number)") + "\n" }
        try spool.drop(lines, as: "many.ndjson")
        let drain = try spool.terminal(["run", "--drain", "--set", "log.level=notice"], columns: 80, errorsOnly: true)
        #expect(drain.wait() == 0)
        #expect(drain.written.contains(/\rfiles \[\.+\] 0 of 1, \d+ orders? under way, \d+ done/))
        // The log is on lines of its own, and no bar stays.
        #expect(drain.screen.lines.allSatisfy { $0.isEmpty || $0.hasPrefix("time=") || !$0.contains("files [") })
        let rebuild = try spool.terminal(["rebuild", "--ledger"], columns: 80, errorsOnly: true)
        #expect(rebuild.wait() == 0)
        #expect(rebuild.written.contains(/\revents \[[#.]+\] \d+ of \d+/))
        #expect(rebuild.screen.lines == [])
        let content = try spool.terminal(["rebuild", "--content"], columns: 80, errorsOnly: true)
        #expect(content.wait() == 0)
        #expect(content.written.contains("comparing files with the ledger"))
        #expect(content.screen.lines == [])
        // In a pipe there is nothing.
        #expect(try spool.must("rebuild").err == "")
        #expect(try spool.must("run", "--drain", "--set", "log.level=error").err == "")
    }
}
