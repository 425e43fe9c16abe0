import Foundation
import Glibc
import Ledger
import Logging
import Orders
import Spool
import Testing

@testable import orderd

/// What a service manager and its journal are told, through real sockets.
@Suite struct ServiceTests {
    @Test func aManagerIsToldByPathAndByAbstractName() throws {
        let listener = try Listener()
        let abstract = try Listener(abstract: true)
        for listener in [listener, abstract] {
            let manager = ServiceManager(environment: ["NOTIFY_SOCKET": listener.name])
            manager.tell(.ready, .status("first\nREADY=0"))
            manager.tell(.reloading(monotonicMicroseconds: 17))
            manager.tell(.stopping)
            manager.tell(.alive)
            manager.tell(.extend(microseconds: 300_000_000))
            #expect(listener.next() == "READY=1\nSTATUS=first READY=0")
            #expect(listener.next() == "RELOADING=1\nMONOTONIC_USEC=17")
            #expect(listener.next() == "STOPPING=1")
            #expect(listener.next() == "WATCHDOG=1")
            #expect(listener.next() == "EXTEND_TIMEOUT_USEC=300000000")
            #expect(listener.next() == nil)
        }
    }

    @Test func withoutAManagerNothingIsToldAndNothingAsked() {
        for name in [nil, "", "relative", "@", "/nowhere/at/all", "/" + String(repeating: "x", count: 200)] as [String?] {
            var environment = ["WATCHDOG_USEC": "x"]
            environment["NOTIFY_SOCKET"] = name
            let manager = ServiceManager(environment: environment)
            manager.tell(.ready)
            #expect(manager.watchdog == nil)
        }
    }

    @Test func theWatchdogMustMeanThisProcess() throws {
        let listener = try Listener()
        func watchdog(_ more: [String: String]) -> Int64? {
            ServiceManager(environment: ["NOTIFY_SOCKET": listener.name].merging(more) { $1 }, process: 7).watchdog
        }
        #expect(watchdog(["WATCHDOG_USEC": "60000000", "WATCHDOG_PID": "7"]) == 60_000_000_000)
        #expect(watchdog(["WATCHDOG_USEC": "60000000"]) == 60_000_000_000)
        #expect(watchdog(["WATCHDOG_USEC": "60000000", "WATCHDOG_PID": "8"]) == nil)
        #expect(watchdog(["WATCHDOG_USEC": "0"]) == nil)
        #expect(watchdog(["WATCHDOG_USEC": "\(Int64.max)"]) == nil)
        #expect(watchdog([:]) == nil)
    }

    @Test func whatIsKeptMustBeMeantForThisProcessAndBeOpen() throws {
        let descriptors = [open("/dev/null", O_RDONLY), open("/dev/null", O_RDONLY)].filter { $0 >= 3 }
        defer { for descriptor in descriptors { close(descriptor) } }
        func names(_ environment: [String: String]) -> [String] {
            // Numbers from 3 on are open in this process, whatever they are.
            ServiceManager(environment: environment, process: 7).kept.map(\.name)
        }
        #expect(names(["LISTEN_PID": "7", "LISTEN_FDS": "1", "LISTEN_FDNAMES": "drop-directories"]) == ["drop-directories"])
        #expect(names(["LISTEN_PID": "7", "LISTEN_FDS": "1"]) == [""])
        #expect(names(["LISTEN_PID": "8", "LISTEN_FDS": "1", "LISTEN_FDNAMES": "drop-directories"]) == [])
        for count in ["0", "-1", "x", "", "99999999"] { #expect(names(["LISTEN_PID": "7", "LISTEN_FDS": count]) == []) }
        #expect(names([:]) == [])
    }

    @Test func whatIsLeftToTheManagerIsReleasedByItsName() throws {
        let listener = try Listener()
        let manager = ServiceManager(environment: ["NOTIFY_SOCKET": listener.name])
        #expect(manager.keeps && !ServiceManager(environment: [:]).keeps)
        manager.keep(0, as: "drop-directories")
        manager.tell(.release("drop-directories"))
        #expect(listener.next() == "FDSTORE=1\nFDNAME=drop-directories")
        #expect(listener.next() == "FDSTOREREMOVE=1\nFDNAME=drop-directories")
    }

    @Test func anIdleDaemonIsWokenForTheWatchdogTwiceAMinuteAtMost() throws {
        let listener = try Listener()
        let manager = ServiceManager(environment: ["NOTIFY_SOCKET": listener.name, "WATCHDOG_USEC": "60000000"])
        var report = ServiceReport(manager)
        var now: Int64 = 1_000_000_000
        var feeds = 0
        report.turnEnded(head: 1, hasMore: false, now: now) { "at rest" }
        #expect(listener.next() == "WATCHDOG=1")
        #expect(listener.next() == "STATUS=at rest")
        var turns = 0
        while now < 601_000_000_000 {
            now += Int64(report.patience(-1, now: now)) * 1_000_000
            report.turnEnded(head: 1, hasMore: false, now: now) { "changed, but nobody said so" }
            turns += 1
            while let line = listener.next() { feeds += line == "WATCHDOG=1" ? 1 : 100 }
        }
        #expect(turns == 20)
        #expect(feeds == 20)
        // A look through the directories at about that time feeds it as well, and no turn of its own is needed.
        #expect(report.patience(20_000, now: now) == 20_000)
        report.turnEnded(head: 1, hasMore: false, now: now + 20_000_000_000) { "" }
        #expect(listener.next() == "WATCHDOG=1")
    }

    @Test func theStatusLineIsRenewedOnChangeAndAfterAWhile() throws {
        let listener = try Listener()
        var report = ServiceReport(ServiceManager(environment: ["NOTIFY_SOCKET": listener.name]))
        report.turnEnded(head: 1, hasMore: false, now: 0) { "one" }
        report.turnEnded(head: 1, hasMore: false, now: 20_000_000_000) { "two" }
        #expect(report.patience(-1, now: 20_000_000_000) == -1)
        report.changed()
        report.turnEnded(head: 2, hasMore: false, now: 21_000_000_000) { "three" }
        report.changed()
        report.turnEnded(head: 3, hasMore: false, now: 22_000_000_000) { "four" }
        #expect(report.patience(-1, now: 22_000_000_000) == 4000)
        report.turnEnded(head: 3, hasMore: false, now: 26_000_000_000) { "five" }
        report.changed()
        report.turnEnded(head: 4, hasMore: false, now: 40_000_000_000) { "five" }
        var lines: [String] = []
        while let line = listener.next() { lines.append(line) }
        #expect(lines == ["STATUS=one", "STATUS=three", "STATUS=five"])
    }

    @Test func turnsWithoutProgressFeedNoWatchdog() throws {
        let listener = try Listener()
        let manager = ServiceManager(environment: ["NOTIFY_SOCKET": listener.name, "WATCHDOG_USEC": "1000000"])
        var report = ServiceReport(manager)
        func feeds(head: Int64, hasMore: Bool, at second: Int64) -> Bool {
            report.turnEnded(head: head, hasMore: hasMore, now: second * 1_000_000_000) { "" }
            var fed = false
            while let line = listener.next() { fed = fed || line == "WATCHDOG=1" }
            return fed
        }
        #expect(feeds(head: 1, hasMore: true, at: 1))
        #expect(feeds(head: 1, hasMore: true, at: 600))
        #expect(!feeds(head: 1, hasMore: true, at: 601))
        #expect(!feeds(head: 1, hasMore: true, at: 602))
        // A commit is progress, and so is having nothing to do.
        #expect(feeds(head: 2, hasMore: true, at: 603))
        #expect(!feeds(head: 2, hasMore: true, at: 1300))
        #expect(feeds(head: 2, hasMore: false, at: 1301))
    }

    @Test func theStatusLineSaysWhatIsGoingOn() {
        var status = ServiceStatus()
        #expect(status.text == "no orders under way")
        status.orders = [Stage("charge"): 3, Stage("reserve"): 1, .hold: 2, .failed: 1, .deferred: 5, .done: 900]
        status.files = 1
        status.lastBatch = (Timestamp(milliseconds: 1_795_550_000_000), 256)
        #expect(
            status.text
                == "4 orders under way, 5 deferred, 2 held, 1 failed, 1 file waiting; last batch of 256 events at 2026-11-24T19:53:20.000Z")
        status.isDiskLow = true
        #expect(status.text.hasPrefix("intake is paused, the disk is nearly full; "))
    }

    @Test func theJournalGetsEachValueByItself() throws {
        let listener = try Listener()
        let journal = JournalSender(try DatagramSender(to: listener.name))
        let handler = LineLogHandler(style: .text, hasPriorities: true, journal: journal, level: .info)
        let log = Logger(label: "test") { _ in handler }
        log.warning("an order is late", metadata: ["order": "ord_1", "needs-what": "a\nb", "empty": ""])
        let line = #"MESSAGE=msg="an order is late" needs-what="a\nb" order=ord_1"#
        #expect(
            listener.next()
                == "\(line)\nPRIORITY=4\nSYSLOG_IDENTIFIER=orderd\nORDERD_EVENT=an order is late\n"
                + "ORDERD_NEEDS_WHAT\n\u{3}\0\0\0\0\0\0\0a\nb\nORDERD_ORDER_ID=ord_1\n")
        listener.close()
        #expect(!journal.send(line: "x", priority: 3, message: "x", fields: []))
    }

    @Test func aSecretIsReadFromItsCredential() throws {
        let spool = try CommandSpool()
        let environment = ["CREDENTIALS_DIRECTORY": spool.folder]
        #expect(try Credentials.text("payment-token", environment: [:]) == nil)
        #expect(try Credentials.text("payment-token", environment: environment) == nil)
        _ = try spool.write(" s3cret\n", to: "orderd_payment-token")
        #expect(try Credentials.text("payment-token", environment: environment) == "s3cret")
        for wrong in ["", " \n", "two\nlines", String(repeating: "x", count: 5000)] {
            _ = try spool.write(wrong, to: "orderd_payment-token")
            #expect(throws: StartError.self) { try Credentials.text("payment-token", environment: environment) }
        }
    }

    @Test func aDaemonTellsItsManagerFromStartToEnd() throws {
        let spool = try CommandSpool.withAcme()
        let listener = try Listener()
        let daemon = try spool.start(["run"], environment: ["NOTIFY_SOCKET=\(listener.name)", "WATCHDOG_USEC=40000000"])
        var heard: [String] = []
        func hears(_ text: String) -> Bool {
            waitUntil {
                while let line = listener.next() { heard.append(line) }
                return heard.contains { $0.contains(text) }
            }
        }
        #expect(hears("READY=1"))
        #expect(heard.first?.hasPrefix("STATUS=starting") == true)
        #expect(hears("WATCHDOG=1"))
        #expect(hears("STATUS=no orders under way"))
        try spool.drop(SampleOrder.free("PO-1"), as: "one.json")
        #expect(hears("STATUS=no orders under way, 1 held; last batch of "))
        heard = []
        daemon.signal(SIGHUP)
        #expect(hears("RELOADING=1\nMONOTONIC_USEC="))
        #expect(hears("READY=1"))
        daemon.signal(SIGTERM)
        #expect(hears("STOPPING=1"))
        #expect(hears("FDSTORE=1\nFDNAME=drop-directories"))
        #expect(daemon.wait() == 0)
    }
}

/// A datagram socket that a test reads, as systemd does.
final class Listener {
    /// As it stands in `NOTIFY_SOCKET`.
    let name: String
    private let folder: String?
    private var descriptor: Int32

    init(abstract: Bool = false) throws {
        let unique = "orderd-service-\(UUID().uuidString)"
        let folder = abstract ? nil : FileManager.default.temporaryDirectory.path + "/" + String(unique.prefix(30))
        if let folder { try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true) }
        self.folder = folder
        name = folder.map { $0 + "/s" } ?? "@" + unique
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        var bytes = Array(name.utf8)
        if abstract { bytes[0] = 0 }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        let length = socklen_t(2 + bytes.count + (abstract ? 0 : 1))
        let bound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { Glibc.bind(descriptor, $0, length) }
        }
        try #require(bound == 0, "error \(errno)")
    }

    deinit { close() }

    /// The next datagram; nil where none waits.
    func next() -> String? {
        var buffer = [UInt8](repeating: 0, count: 8192)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        return count < 0 ? nil : String(decoding: buffer.prefix(count), as: UTF8.self)
    }

    func close() {
        if descriptor >= 0 { Glibc.close(descriptor) }
        descriptor = -1
        if let folder { try? FileManager.default.removeItem(atPath: folder) }
    }
}
