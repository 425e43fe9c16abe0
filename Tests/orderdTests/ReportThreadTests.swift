import Glibc
import Testing

/// The report beside the daemon's other threads.
@Suite struct ReportThreadTests {
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
}
