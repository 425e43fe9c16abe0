import Foundation
import Glibc
import Testing

/// The report beside a running daemon, and without one.
@Suite struct ReportDaemonTests {
    /// Two threads that publish in one directory under one temporary name would put one's file under the other's name: `status/` holds the
    /// followers' files, and a partner's page of the report.
    @Test func aPartnersPageIsWrittenUnderATemporaryNameOfItsOwn() throws {
        let spool = try CommandSpool.withAcme()
        let status = "partners/acme/status"
        // What the followers' thread is writing just now, were they at work.
        _ = try spool.write("a status", to: "spool/\(status)/.~orderd.tmp")
        // The long settle time keeps the followers from looking for what a crash has left.
        let daemon = try spool.startDaemon(
            "--set", "report.partnerPage=true", "--set", "report.interval=50ms", "--set", "intake.settle=60s")
        #expect(waitUntil { spool.exists("\(status)/report.html") })
        #expect(try spool.read("\(status)/.~orderd.tmp") == "a status")
        daemon.signal(SIGTERM)
        #expect(daemon.wait() == 0)
    }

    @Test func filesThatNoDaemonTakesAreCounted() throws {
        let spool = try CommandSpool.withAcme()
        for name in ["1.json", "2.json"] { try spool.drop(SampleOrder.text(name), as: name) }
        try spool.must("report")
        let page = try spool.read("reports/index.html")
        let row = try #require(page.components(separatedBy: "<tr>").first { $0.contains("partners/*/orders") })
        #expect(row.contains(">2</td>"), "\(row)")
    }
}
