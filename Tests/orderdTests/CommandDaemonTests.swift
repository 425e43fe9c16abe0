import Foundation
import Glibc
import Orders
import Spool
import Stages
import Testing

@testable import orderd

/// Verbs beside a running daemon.
@Suite struct CommandDaemonTests {
    @Test func submittedFilesGetTheirReceipts() throws {
        let spool = try CommandSpool.withAcme()
        let good = try spool.write(SampleOrder.text("PO-1"), to: "good.json")
        let bad = try spool.write("{\"customerId\":\"\"}", to: "bad.json")
        let waiting = try spool.run("submit", "--partner", "acme", good)
        #expect(waiting.code == 0)
        #expect(waiting.err.contains("no daemon runs on this spool"))
        let taken = try spool.run("submit", "--partner", "acme", good)
        #expect(taken.code == 1)
        #expect(taken.err.contains("--replace"))
        #expect(try spool.names("partners/acme/orders") == ["good.json"])
        #expect(try spool.run("submit", "--partner", "acme", "--wait", "--replace", good).code == 2)
        let daemon = try spool.startDaemon()
        #expect(waitUntil { spool.exists("partners/acme/receipts/orders/good.json.receipt.json") })

        let again = try spool.run("submit", "--partner", "acme", "--wait", good)
        #expect(again.code == 1)
        #expect(spool.shown(again.out) == "good.json: duplicate  (<drop 1>)\n  order 0: duplicate  PO-1, the first is <order 1>\n")
        let both = try spool.run(
            "submit", "--partner", "acme", "--wait", "--json", try spool.write(SampleOrder.text("PO-2"), to: "b.json"), bad)
        #expect(both.code == 1)
        #expect(
            Set(both.objects.map { "\($0["file"]?.text ?? "") \($0["verdict"]?.text ?? "")" }) == ["b.json accepted", "bad.json rejected"])
        let fine = try spool.run("submit", "--partner", "acme", "--wait", try spool.write(SampleOrder.text("PO-3"), to: "c.json"))
        #expect(fine.code == 0)
        #expect(try spool.run("submit", "--partner", "acme", try spool.write("x", to: "x.part")).code == 1)
        #expect(try spool.run("submit", "--partner", "nobody", good).code == 1)
        #expect(try spool.names("partners/acme/orders").isEmpty)
        daemon.signal(SIGTERM)
        #expect(daemon.wait() == 0)
    }

    /// libdispatch's worker threads, once there is one, wake up every second for as long as the process lives, whether there is work or
    /// not; their clock is a timer descriptor. Nothing that orderd does may start them.
    @Test func aDaemonAtRestHasNoTimerBesideItsOwn() throws {
        let spool = try CommandSpool.withAcme()
        let daemon = try spool.startDaemon()
        try spool.drop(SampleOrder.text("PO-1"), as: "1.json")
        #expect(waitUntil { spool.exists("partners/acme/receipts/orders/1.json.receipt.json") })
        let descriptors = "/proc/\(daemon.process)/fd"
        let opened = try FileManager.default.contentsOfDirectory(atPath: descriptors)
            .compactMap { try? FileManager.default.destinationOfSymbolicLink(atPath: descriptors + "/" + $0) }
        #expect(opened.contains { $0.contains("ledger.sqlite") })
        #expect(opened.filter { $0.contains("timerfd") || $0.contains("eventpoll") } == [])
        daemon.signal(SIGTERM)
        #expect(daemon.wait() == 0)
    }

    /// Where GRDB cannot open the ledger, libdispatch wants descriptors to tidy up, and without one it would end the process by a signal.
    @Test func aStartWithoutDescriptorsEndsWithWords() throws {
        let spool = try CommandSpool.withAcme()
        for limit in 8...36 {
            let process = Process()
            process.executableURL = URL(fileURLWithPath: "/bin/sh")
            process.arguments = [
                "-c", "ulimit -n \(limit) && exec \"$@\"", "sh", try Child.binary(), "run", "--drain", "--spool", spool.root, "--config",
                spool.folder + "/orderd.yaml",
            ]
            let errors = Pipe()
            process.standardOutput = FileHandle.nullDevice
            process.standardError = errors
            try process.run()
            let said = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
            process.waitUntilExit()
            #expect(process.terminationReason == .exit, "\(limit) descriptors: \(said)")
            #expect([0, 2].contains(process.terminationStatus), "\(limit) descriptors: \(said)")
            if process.terminationStatus == 2 { #expect(said.contains("descriptor") || said.contains("open files"), "\(said)") }
        }
    }

    /// Some ten descriptors a partner: the soft limit that most shells and systemd give is soon reached, and the hard one is far away.
    @Test func aSoftLimitOfDescriptorsIsRaised() throws {
        let spool = try CommandSpool.withAcme()
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = [
            "-c", "ulimit -Sn 24 && exec \"$@\"", "sh", try Child.binary(), "run", "--drain", "--spool", spool.root, "--config",
            spool.folder + "/orderd.yaml",
        ]
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
    }

    /// The same verbs give the same events, whoever does them.
    @Test func onlineAndOfflineLeaveTheSameJournal() throws {
        let verbs: [[String]] = [
            ["partner", "add", "north", "--role", "reader"], ["partner", "disable", "north"],
            ["pause", "--step", "notify", "--reason", "why not"],
            ["resume", "--step", "notify", "--reason", "enough"], ["stock", "set", "PEN", "5"],
            ["catalogue", "load", "FOLDER/products.csv"],
            ["release", "<order 1>", "--reason", "sample"], ["cancel", "<order 2>", "--reason", "twice"],
            ["release", "<order 2>", "--reason", "too late"],
        ]
        func journal(online: Bool) throws -> [String] {
            let spool = try CommandSpool.withAcme()
            _ = try spool.write("productId,name,price\nPEN,Pen,1.50\n", to: "products.csv")
            for number in 1...2 {
                try spool.drop(SampleOrder.free("PO-\(number)"), as: "\(number).json")
                try spool.must("run", "--drain", "--set", "log.level=error")
            }
            let ids = spool.shown(try spool.orderIDs().joined(separator: "\n"))
            #expect(ids == "<order 1>\n<order 2>")
            let before = try spool.journal().count
            let daemon = online ? try spool.startDaemon() : nil
            for verb in verbs { #expect(try spool.run(verb.map(spool.named)).code == (verb.last == "too late" ? 1 : 0)) }
            daemon?.signal(SIGTERM)
            #expect(daemon.map { $0.wait() } ?? 0 == 0)
            return try spool.journal().dropFirst(before).map { event in
                var writer = JSONWriter()
                writer.value(event.data)
                return spool.shown("\(event.type) \(String(decoding: writer.bytes, as: UTF8.self))")
            }
        }
        let online = try journal(online: true)
        #expect(try online == journal(online: false))
        #expect(online.contains { $0.contains("\"by\":\"<user>\"") && $0.contains("why not") })
        #expect(online.contains { $0.hasPrefix("orderd.order.released") && $0.contains("sample") })
        #expect(online.contains { $0.hasPrefix("orderd.order.cancelling") && $0.contains("twice") })
    }

    @Test func manyIdsAreDecidedInOneGo() throws {
        let spool = try CommandSpool.withAcme()
        let daemon = try spool.startDaemon()
        var lines = ""
        for number in 1...700 { lines += SampleOrder.free("F-\(number)") + "\n" }
        #expect(try spool.run("submit", "--partner", "acme", "--wait", try spool.write(lines, to: "free.ndjson")).code == 0)
        let held = try spool.must("list", "--status", "ON_HOLD", "--json")
        #expect(held.lines.count == 700)
        let released = try spool.run("release", "--reason", "samples", "--json", input: held.out)
        #expect(released.code == 0)
        #expect(released.objects.compactMap { $0["id"]?.text } == held.objects.compactMap { $0["orderId"]?.text })
        #expect(released.objects.allSatisfy { $0["ok"]?.boolean == true })
        daemon.signal(SIGTERM)
        #expect(daemon.wait() == 0)
        #expect(try spool.run("check").code == 0)
    }

    @Test func readingVerbsWorkAfterAKill() throws {
        let spool = try CommandSpool.withAcme()
        try spool.drop(SampleOrder.free("PO-1"), as: "first.json")
        let daemon = try spool.startDaemon()
        #expect(try waitUntil { try spool.orderIDs().count == 1 })
        daemon.signal(SIGKILL)
        #expect(daemon.wait() == 137)
        #expect(spool.exists("state/control"))
        let id = try #require(try spool.orderIDs().first)
        #expect(try spool.run("status", id).code == 0)
        #expect(try spool.run("why", id).code == 0)
        #expect(try spool.run("queue").out.hasSuffix("orderd run --spool \(spool.root)\n"))
        #expect(try spool.run("check").code == 0)
        #expect(try spool.run("cancel", id, "--reason", "no daemon answers").code == 0)
        #expect(try spool.run("check").code == 0)
    }

    /// Of three lines of the log none can be written; the order is taken and the exit code right.
    @Test func aLogThatCannotBeWrittenStopsNobody() throws {
        let spool = try CommandSpool.withAcme()
        try spool.drop(SampleOrder.text("PO-1"), as: "first.json")
        let daemon = try spool.start(["run", "--drain", "--set", "intake.settle=0s"], log: "/dev/full")
        #expect(daemon.wait() == 0)
        #expect(spool.exists("partners/acme/receipts/orders/first.json.receipt.json"))
        let verb = try spool.start(["status", "ord_00000000000000000000000000"], log: "/dev/full")
        #expect(verb.wait() == 1)
        #expect(try spool.run("check").code == 0)
    }

    @Test func aLockWithoutAnAnswerIsNamed() throws {
        let spool = try CommandSpool.withAcme()
        let tree = try SpoolTree(root: spool.root, files: SystemFiles())
        let lock = try SpoolLock.take(stateDirectory: try tree.directory("state"), process: 4711, files: SystemFiles())
        let context = CommandContext(root: spool.root, configuration: Configuration(), configurationPath: nil)
        #expect {
            try ChangeChannel.open(context, patience: 0)
        } throws: { error in
            guard case .couldNotRun(let message)? = error as? CommandFailure else { return false }
            return message.contains("pid=4711") && message.contains("does not answer")
        }
        lock.release()
    }

    @Test func aSecondDaemonNamesTheFirst() throws {
        let spool = try CommandSpool.withAcme()
        let first = try spool.startDaemon()
        let second = try spool.run("run")
        #expect(second.code == 2)
        #expect(second.err.contains("pid=\(first.process)"))
        #expect(try spool.connect() != nil)
    }

    @Test func theDaemonTellsItsState() throws {
        let spool = try CommandSpool.withAcme()
        let daemon = try spool.startDaemon("--set", "publish.metricsInterval=100ms")
        let client = try #require(try spool.connect())
        var answer: ControlAnswer?
        #expect(
            try waitUntil {
                answer = try client.exchange([.status]).first
                return answer?.state?["pid"]?.integer == Int64(daemon.process)
            })
        #expect(answer?.state?["state"]?.text == "running")
        let reload = try client.exchange([.command(CommandRequest(.reload, by: "", reason: ""))]).first
        #expect(reload?.isDone == true)
        daemon.signal(SIGTERM)
        #expect(daemon.wait() == 0)
        #expect(!spool.exists("state/control"))
    }

    @Test func whyTellsWhatAWaitingFileWaitsFor() throws {
        let spool = try CommandSpool.withAcme()
        let daemon = try spool.startDaemon("--set", "intake.settle=50ms")
        try Data("{\"customerId\":\"c1\", \"items\":[".utf8).write(to: URL(fileURLWithPath: "\(spool.root)/partners/acme/orders/cut.json"))
        try Data("x".utf8).write(to: URL(fileURLWithPath: "\(spool.root)/partners/acme/orders/.cut.json.part"))
        let cut = try spool.run("why", "cut.json", "--json", "--set", "intake.settle=0s").objects
        #expect(cut.map { $0["state"]?.text } == ["settling"])
        #expect(cut.first?["because"]?.text?.contains("ends in the middle") == true)
        #expect(
            try spool.run("why", "\(spool.root)/partners/acme/orders/.cut.json.part", "--json").objects.first?["state"]?.text
                == "temporary-name")
        try spool.must("partner", "disable", "acme")
        #expect(try spool.run("why", "cut.json", "--json").objects.first?["state"]?.text == "partner-disabled")
        daemon.kill()
    }

    @Test func aTemplateThatIsNoneKeepsNoOrderWaiting() throws {
        let spool = try CommandSpool.withAcme()
        let templates = "\(spool.folder)/templates"
        try FileManager.default.createDirectory(atPath: templates, withIntermediateDirectories: true)
        _ = try spool.write("{{#open}}", to: "templates/index.mustache")
        let daemon = try spool.startDaemon("--set", "report.templates=\(templates)")
        try spool.drop(SampleOrder.free("PO-1"), as: "one.json")
        #expect(waitUntil { spool.exists("partners/acme/receipts/orders/one.json.receipt.json") })
        #expect(daemon.err.contains("no report is written until this is mended") && daemon.err.contains("index.mustache"))
        let report = try spool.run("report", "--set", "report.templates=\(templates)")
        #expect(report.code == 2 && report.err.contains("index.mustache"))
        daemon.kill()
    }
}
