import Foundation
import Glibc
import Orders
import Testing

@testable import orderd

/// An upload that ended too soon, beside the whole program.
@Suite struct UploadsFileTests {
    private static let path = "partners/acme/status/uploads.json"

    private func upload(_ text: String, to spool: CommandSpool) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: "\(spool.root)/partners/acme/orders/cut.json"))
    }

    private func told(_ spool: CommandSpool) -> JSONValue? {
        (try? spool.read(Self.path)).flatMap { try? JSONValue.parse(Array($0.utf8)) }?["uploads"]?.items?.first
    }

    @Test func aPartnerIsToldUntilTheUploadIsResumed() throws {
        let spool = try CommandSpool.withAcme()
        let daemon = try spool.startDaemon("--set", "intake.settle=50ms")
        let whole = SampleOrder.text("PO-1")
        try upload(String(whole.prefix(40)), to: spool)
        #expect(waitUntil { told(spool) != nil })
        let until = try #require(told(spool)?["until"]?.text)
        let why = try spool.run("why", "cut.json", "--json", "--set", "intake.settle=0s").objects.first
        #expect(why?["until"]?.text == until, "one deadline, whoever asks")
        #expect(why?["because"]?.text?.contains("ends in the middle") == true)
        try upload(whole, to: spool)
        #expect(waitUntil { !spool.exists(Self.path) })
        #expect(waitUntil { spool.exists("partners/acme/receipts/orders/cut.json.receipt.json") })
        #expect(try spool.read("partners/acme/receipts/orders/cut.json.receipt.json").contains(#""verdict":"accepted""#))
        daemon.signal(SIGTERM)
        #expect(daemon.wait() == 0)
        #expect(try spool.run("check").code == 0)
    }

    @Test func atTheDeadlineTheReceiptTakesItsPlace() throws {
        let spool = try CommandSpool.withAcme()
        let daemon = try spool.startDaemon("--set", "intake.settle=50ms", "--set", "intake.resumeDeadline=3s")
        try upload("{\"customerId\":", to: spool)
        #expect(waitUntil { told(spool) != nil })
        #expect(waitUntil { spool.exists("partners/acme/receipts/orders/cut.json.receipt.json") })
        #expect(try spool.read("partners/acme/receipts/orders/cut.json.receipt.json").contains(#""code":"incomplete""#))
        #expect(waitUntil { !spool.exists(Self.path) })
        daemon.kill()
    }

    @Test func whatADaemonLeftThatWasKilledIsRightAfterTheNextOne() throws {
        let spool = try CommandSpool.withAcme()
        let daemon = try spool.startDaemon("--set", "intake.settle=50ms")
        try upload("[", to: spool)
        #expect(waitUntil { told(spool) != nil })
        daemon.kill()
        try spool.must("run", "--drain", "--set", "intake.settle=50ms")
        #expect(told(spool) != nil, "it waits still")
        try spool.must("stock", "set", "PEN", "5")
        #expect(told(spool) != nil, "a verb that takes no files knows nothing of it")
        #expect(try spool.run("check").code == 0)
        unlink("\(spool.root)/partners/acme/orders/cut.json")
        try spool.must("run", "--drain", "--set", "intake.settle=50ms")
        #expect(try spool.names("partners/acme/status").isEmpty)
    }
}
