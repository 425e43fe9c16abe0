import Foundation
import Glibc
import Testing

@testable import orderd

/// `orderd top` in a real pseudo-terminal.
@Suite struct TopTerminalTests {
    private static func spool() throws -> CommandSpool {
        let spool = try CommandSpool.withAcme()
        try spool.drop(SampleOrder.text("PO-1"), as: "first.json")
        try spool.drop(SampleOrder.free("PO-2"), as: "free.json")
        try spool.must("run", "--drain", "--set", "log.level=error")
        try spool.must("pause", "--step", "charge", "--reason", "a look at the gateway")
        try spool.drop(SampleOrder.text("PO-3"), as: "third.json")
        try spool.must("run", "--drain", "--set", "log.level=error")
        try spool.drop(SampleOrder.text("PO-4"), as: "fourth.json")
        return spool
    }

    /// What differs from run to run is replaced by signs of the same width.
    private static func still(_ screen: Screen, _ spool: CommandSpool) -> String {
        var lines = screen.lines
        guard !lines.isEmpty else { return "" }
        lines[0] = "<title>"
        for index in lines.indices {
            lines[index].replace(/ord_[0-9a-hjkmnp-tv-z]{26}/, with: "ord_" + String(repeating: "x", count: 26))
            lines[index].replace(/since \d+ s/, with: "since <span>")
            lines[index].replace(/[\d.]+ [KMGT]iB free/, with: "<size> free")
            lines[index].replace(/by .*?: a/, with: "by <user>: a")
            lines[index].replace(#/ +\d+s( |$)/#) { " <age>" + $0.output.1 }
        }
        return lines.joined(separator: "\n")
    }

    private static func isWhole(_ screen: Screen) -> Bool { screen.lines.contains { $0.hasPrefix("ord_") } }

    @Test(arguments: [(80, TopTerminalTests.narrow), (200, TopTerminalTests.wide)]) func theScreenIsWhatThereIs(
        columns: Int, expected: String
    ) throws {
        let spool = try Self.spool()
        let terminal = try spool.terminal(["top", "--interval", "100ms"], columns: columns)
        #expect(terminal.waitFor(Self.isWhole))
        #expect(Self.still(terminal.screen, spool) == expected)
        let title = try #require(terminal.screen.lines.first)
        #expect(title.hasPrefix("orderd top  ") && title.count == columns)
        #expect(terminal.screen.isAlternate && !terminal.screen.hasCursor && terminal.screen.hasColour)
        terminal.press("q")
        #expect(terminal.wait() == 0)
        #expect(terminal.isAsAShellLeftIt)
        #expect(terminal.screen.overflows == 0 && terminal.screen.unknown == [])
    }

    @Test func itIsLive() throws {
        let spool = try Self.spool()
        let terminal = try spool.terminal(["top", "--interval", "100ms"], columns: 80)
        #expect(terminal.waitFor { $0.lines.contains("no daemon runs on this spool") })
        let daemon = try spool.startDaemon()
        #expect(terminal.waitFor { screen in screen.lines.contains { $0.hasPrefix("daemon \(daemon.process) is up") } })
        try spool.must("resume")
        #expect(
            terminal.waitFor { screen in screen.lines.contains { $0.hasPrefix("over 1 min") && $0.contains("4.0") } && !Self.isWhole(screen)
            })
        terminal.press("q")
        #expect(terminal.wait() == 0)
        daemon.signal(SIGTERM)
        #expect(daemon.wait() == 0)
    }

    @Test(arguments: [SIGINT, SIGTERM, SIGHUP, SIGQUIT]) func everySignalLeavesTheTerminalAsItWas(_ number: Int32) throws {
        let spool = try Self.spool()
        let terminal = try spool.terminal(["top", "--interval", "1h"], columns: 80)
        #expect(terminal.waitFor(Self.isWhole))
        #expect(!terminal.isAsAShellLeftIt)
        terminal.signal(number)
        #expect(terminal.wait() == 0)
        #expect(terminal.isAsAShellLeftIt)
    }

    @Test func controlCEndsIt() throws {
        let spool = try Self.spool()
        let terminal = try spool.terminal(["top", "--interval", "1h"], columns: 80)
        #expect(terminal.waitFor(Self.isWhole))
        terminal.press("\u{03}")
        #expect(terminal.wait() == 0)
        #expect(terminal.isAsAShellLeftIt)
    }

    @Test func aLedgerThatGoesAwayLeavesTheTerminalAsItWas() throws {
        let spool = try Self.spool()
        let terminal = try spool.terminal(["top", "--interval", "100ms"], columns: 80)
        #expect(terminal.waitFor(Self.isWhole))
        // Half of every page is gone.
        #expect(truncate(spool.root + "/state/ledger.sqlite", 5000) == 0)
        #expect(terminal.wait() == 2)
        #expect(terminal.isAsAShellLeftIt)
    }

    @Test func itFollowsTheWindow() throws {
        let spool = try Self.spool()
        let terminal = try spool.terminal(["top", "--interval", "1h"], columns: 80)
        #expect(terminal.waitFor(Self.isWhole))
        #expect(!terminal.screen.lines.contains { $0.hasSuffix("REFERENCE") })
        terminal.resize(columns: 200, rows: 20)
        #expect(terminal.waitFor { screen in screen.lines.contains { $0.hasSuffix("REFERENCE") } && Self.isWhole(screen) })
        #expect(terminal.screen.lines.first?.count == 200)
        terminal.press("q")
        #expect(terminal.wait() == 0)
        #expect(terminal.screen.overflows == 0)
    }

    @Test func suspendedItGivesTheTerminalBackAndTakesItAgain() throws {
        let spool = try Self.spool()
        let terminal = try spool.terminal(["top", "--interval", "1h"], columns: 80)
        #expect(terminal.waitFor(Self.isWhole))
        terminal.signal(SIGTSTP)
        #expect(terminal.waitFor { !$0.isAlternate })
        #expect(waitUntil { Self.state(of: terminal.process) == "T" })
        #expect(terminal.isAsAShellLeftIt)
        terminal.signal(SIGCONT)
        #expect(terminal.waitFor { $0.isAlternate && Self.isWhole($0) })
        terminal.press("q")
        #expect(terminal.wait() == 0)
    }

    private static func state(of process: pid_t) -> String? {
        let text = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)
        return text?.split(separator: ") ").last?.split(separator: " ").first.map(String.init)
    }

    @Test func onceItPrintsTheSameInAPipeWithoutAnyCode() throws {
        let spool = try Self.spool()
        let output = try spool.must("top", "--once")
        #expect(!output.out.contains("\u{1B}"))
        #expect(output.lines.first?.hasPrefix("orderd top  \(spool.root)  20") == true)
        #expect(output.lines.contains { $0.hasPrefix("SLOWEST ORDER") && $0.hasSuffix("REFERENCE") })
        let live = try spool.run("top")
        #expect(live.code == 2 && live.err.contains("orderd top --once"))
    }

    static let narrow = """
        <title>
        no daemon runs on this spool
        1 file waiting, <size> free
        paused: charge since <span>, by <user>: a look at the gateway

        A MINUTE     FILES  ACCEPTED  COMPLETED  DEFERRED  HELD  FAILED  REFUSED
        over 1 min     3.0       3.0        1.0         0   1.0       0        0
        over 5 min     0.6       0.6        0.2         0   0.2       0        0
        over 15 min    0.2       0.2        0.1         0   0.1       0        0

               validate reserve charge fulfil notify compensate deferred hold failed
        orders        0       0      1      0      0          0        0    1      0
        oldest        -       - <age>      -      -          -        - <age>      -

        PARTNER  FILES  UNDER WAY  DEFERRED  HELD  FAILED  DONE
        acme         1          1         0     1       0     1

        SLOWEST ORDER                   WAITS  STAGE   PARTNER  TRIES  REASON
        ord_xxxxxxxxxxxxxxxxxxxxxxxxxx <age>     charge  acme     0      -
        """
    static let wide = """
        <title>
        no daemon runs on this spool
        1 file waiting, <size> free
        paused: charge since <span>, by <user>: a look at the gateway

        A MINUTE     FILES  ACCEPTED  COMPLETED  DEFERRED  HELD  FAILED  REFUSED
        over 1 min     3.0       3.0        1.0         0   1.0       0        0
        over 5 min     0.6       0.6        0.2         0   0.2       0        0
        over 15 min    0.2       0.2        0.1         0   0.1       0        0

               validate reserve charge fulfil notify compensate deferred hold failed
        orders        0       0      1      0      0          0        0    1      0
        oldest        -       - <age>      -      -          -        - <age>      -

        PARTNER  FILES  UNDER WAY  DEFERRED  HELD  FAILED  DONE
        acme         1          1         0     1       0     1

        SLOWEST ORDER                   WAITS  STAGE   PARTNER  TRIES  REASON  REFERENCE
        ord_xxxxxxxxxxxxxxxxxxxxxxxxxx <age>     charge  acme     0      -       PO-3
        """
}
