import Foundation
import Glibc
import Orders
import Testing

@testable import orderd

/// Alerts of a running daemon: the command, a restart, a crash.
@Suite struct AlertDaemonTests {
    /// Notes what it is told, a line each.
    private static let note = """
        #!/bin/sh
        read -r line
        printf '%s %s|%s|%s\\n' "$ORDERD_ALERT" "$ORDERD_ALERT_STATE" "$ORDERD_ALERT_MESSAGE" "$line" >> "${0%/*}/told"
        """

    private static func command(_ spool: CommandSpool, _ text: String = note) throws -> String {
        let path = try spool.write(text + "\n", to: "tell")
        try #require(chmod(path, 0o755) == 0)
        return path
    }

    private static func daemon(_ spool: CommandSpool, _ settings: String...) throws -> Child {
        func key(_ setting: String) -> Substring { setting.prefix { $0 != "=" } }
        let off = ["disk=0B", "waiting=0s", "inbox=0s", "person=0s", "receipt=0s"]
        let usual = (["interval=100ms", "for=0s", "keep=0s"] + off).map { "alerts.\($0)" }
        let all = usual.filter { rule in !settings.contains { key($0) == key(rule) } } + settings
        let child = try spool.start(["run", "--set", "log.level=warning"] + all.flatMap { ["--set", $0] })
        try #require(waitUntil { child.hasEnded || (try? spool.connect()) ?? nil != nil })
        try #require(!child.hasEnded, "the daemon ended: \(child.err)")
        return child
    }

    private static func told(_ spool: CommandSpool) -> [String] {
        let text = (try? String(contentsOfFile: spool.folder + "/told", encoding: .utf8)) ?? ""
        return text.split(separator: "\n").map { String($0.prefix { $0 != "|" }) }
    }

    private static func state(_ spool: CommandSpool) throws -> String? {
        try spool.run("alerts", "--json").objects.first { $0["alert"]?.text == "intake" }?["state"]?.text
    }

    @Test func theCommandIsRunOnceWhenItFiresAndOnceWhenItIsResolved() throws {
        let spool = try CommandSpool.withAcme()
        let command = try Self.command(spool)
        var daemon = try Self.daemon(spool, "alerts.command=\(command)")
        #expect(try spool.run("alerts").out == "no alert fires, and none has\n")
        try spool.must("pause", "--intake", "--reason", "for Ann Smith")
        #expect(waitUntil { Self.told(spool) == ["intake firing"] })
        let shown = try spool.run("alerts")
        #expect(shown.code == 1 && shown.out.contains("intake  firing"))
        // Neither a restart nor a kill has it told again.
        daemon.signal(SIGTERM)
        #expect(daemon.wait() == 0)
        daemon = try Self.daemon(spool, "alerts.command=\(command)")
        daemon.signal(SIGKILL)
        #expect(daemon.wait() == 137)
        daemon = try Self.daemon(spool, "alerts.command=\(command)")
        try spool.must("resume", "--intake")
        #expect(waitUntil { Self.told(spool) == ["intake firing", "intake resolved"] })
        #expect(try waitUntil { try Self.state(spool) == "resolved" })
        #expect(try spool.run("alerts").code == 0)
        daemon.signal(SIGTERM)
        #expect(daemon.wait() == 0)
        #expect(Self.told(spool) == ["intake firing", "intake resolved"])
        // What it is told is an object too, and names nobody.
        let text = try String(contentsOfFile: spool.folder + "/told", encoding: .utf8)
        #expect(!text.contains("Smith"))
        let parts = try #require(text.split(separator: "\n").first).split(separator: "|", maxSplits: 2)
        #expect(parts[1] == "intake is paused by hand")
        let object = try JSONValue.parse(Array(parts[2].utf8))
        #expect(object["version"]?.integer == 1 && object["alert"]?.text == "intake" && object["state"]?.text == "firing")
        #expect(object["since"]?.text != nil && object["at"]?.text != nil && object["spool"]?.text == spool.root)
    }

    @Test func whatComesAndGoesWithinForTellsNobody() throws {
        let spool = try CommandSpool.withAcme()
        let command = try Self.command(spool)
        let daemon = try Self.daemon(spool, "alerts.command=\(command)", "alerts.for=1h")
        try spool.must("pause", "--intake")
        #expect(try waitUntil { try Self.state(spool) == "pending" })
        try spool.must("resume")
        #expect(try waitUntil { try Self.state(spool) == nil })
        daemon.signal(SIGTERM)
        #expect(daemon.wait() == 0)
        #expect(Self.told(spool) == [])
    }

    /// A command that hangs holds up neither orders nor a stop, and is ended when its time is up, with what it has started.
    @Test func aCommandThatHangsStopsNobody() throws {
        let spool = try CommandSpool.withAcme()
        let command = try Self.command(
            spool, "#!/bin/sh\ntrap '' TERM\necho $$ >> \"${0%/*}/told\"\necho \"still here\"\nsleep 1000 & wait; sleep 1000")
        var daemon = try Self.daemon(spool, "alerts.command=\(command)", "alerts.commandTimeout=200ms")
        try spool.must("pause", "--step", "charge")
        try spool.must("pause", "--intake")
        #expect(waitUntil { Self.told(spool).count == 1 })
        try spool.must("resume")
        try spool.drop(SampleOrder.text("PO-1"), as: "1.json")
        #expect(waitUntil { spool.exists("partners/acme/receipts/orders/1.json.receipt.json") })
        #expect(waitUntil { daemon.err.contains("it took too long and was ended") && daemon.err.contains("still here") })
        // The second notice, resolved, hangs as well; a stop does not wait for it.
        #expect(waitUntil { Self.told(spool).count == 2 })
        daemon.signal(SIGTERM)
        #expect(daemon.wait() == 0)
        let processes = Self.told(spool).compactMap { Int32($0) }
        #expect(processes.count == 2)
        #expect(waitUntil { processes.allSatisfy { kill(-$0, 0) != 0 } })
        daemon = try Self.daemon(spool, "alerts.command=\(command)")
        daemon.signal(SIGTERM)
        #expect(daemon.wait() == 0)
        #expect(Self.told(spool).count == 2)
    }

    @Test func aCommandThatCannotBeStartedIsNamed() throws {
        let spool = try CommandSpool.withAcme()
        let daemon = try Self.daemon(spool, "alerts.command=/nowhere/tell")
        try spool.must("pause", "--intake")
        #expect(waitUntil { daemon.err.contains("it cannot be started: No such file or directory") })
        #expect(daemon.err.contains("an alert fires"))
        daemon.signal(SIGTERM)
        #expect(daemon.wait() == 0)
    }

    @Test func rulesChangeWithAReload() throws {
        let spool = try CommandSpool.withAcme()
        let daemon = try spool.startDaemon()
        try spool.must("pause", "--intake")
        _ = try spool.write("alerts:\n  for: 0s\n  interval: 100ms\n", to: "orderd.yaml")
        daemon.signal(SIGHUP)
        #expect(try waitUntil { try Self.state(spool) == "firing" })
        _ = try spool.write("alerts:\n  intake: false\n  interval: 100ms\n", to: "orderd.yaml")
        daemon.signal(SIGHUP)
        #expect(try waitUntil { try Self.state(spool) == "resolved" })
        daemon.signal(SIGTERM)
        #expect(daemon.wait() == 0)
    }

    /// What a rate limit leaves in the inbox is late when it is taken, too.
    @Test func filesThatNobodyTakesAreTold() throws {
        let spool = try CommandSpool.withAcme()
        let daemon = try Self.daemon(spool, "alerts.inbox=1ms", "alerts.receipt=1ms", "alerts.intake=false")
        func firing() throws -> Set<String> {
            try Set(spool.run("alerts", "--json").objects.filter { $0["state"]?.text == "firing" }.compactMap { $0["alert"]?.text })
        }
        try spool.must("pause", "--intake")
        for number in 1...10 { try spool.drop(SampleOrder.text("PO-\(number)"), as: "\(number).json") }
        #expect(try waitUntil { try firing() == ["inbox"] })
        #expect(try spool.run("alerts").out.contains("a file has been in partners/acme/orders/ for "))
        try spool.must("resume")
        #expect(try waitUntil { try firing() == ["receipt"] })
        #expect(try spool.run("alerts").out.contains("of 10 files judged within 60 min, 10 more than 0 s after their upload"))
        daemon.signal(SIGTERM)
        #expect(daemon.wait() == 0)
    }

    @Test func ordersThatWaitTooLongAreTold() throws {
        let spool = try CommandSpool.withAcme()
        let daemon = try Self.daemon(spool, "alerts.waiting=1ms", "alerts.person=1ms", "alerts.silence=1ms", "alerts.refused=10")
        try spool.must("pause", "--step", "charge")
        let orders = SampleOrder.text("PO-1") + "\n" + SampleOrder.free("PO-2") + "\n"
        try spool.drop(orders + String(repeating: "{}\n", count: 9), as: "1.ndjson")
        #expect(
            try waitUntil {
                try Set(spool.run("alerts", "--json").objects.filter { $0["state"]?.text == "firing" }.compactMap { $0["alert"]?.text })
                    == ["waiting", "person", "silence", "refused"]
            })
        #expect(try spool.run("alerts").out.contains("of 11 orders read within 60 min, 9 refused"))
        daemon.signal(SIGTERM)
        #expect(daemon.wait() == 0)
    }
}
