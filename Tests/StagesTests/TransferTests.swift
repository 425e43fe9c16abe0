import Foundation
import Glibc
import Ledger
import Orders
import Spool
import Testing

@testable import Stages

/// Uploads of whose end sshd's own log tells.
@Suite struct TransferTests {
    private func rig() throws -> Rig {
        let rig = try Rig()
        try FileManager.default.createDirectory(atPath: rig.root + "/partners/acme/dev", withIntermediateDirectories: false)
        try rig.rescan()
        return rig
    }

    /// Writes a file in its place, as a client does, and says what sshd says.
    private func upload(_ rig: Rig, _ name: String, _ text: String, _ end: String?) throws {
        try rig.write(text, to: "partners/acme/orders/\(name)")
        if let end {
            let line = "<30>Nov 22 12:00:00 internal-sftp[9]: \(end) \"/orders/\(name)\" bytes read 0 written \(text.utf8.count)"
            try say(line, rig)
        }
        try rig.watcher.tell(.closedAfterWriting, named(name), in: rig.tree.directory("partners/acme/orders"))
        try rig.settle()
    }

    private func say(_ line: String, _ rig: Rig) throws {
        let client = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
        defer { close(client) }
        let directory = try rig.tree.directory("partners/acme/dev")
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: "/proc/self/fd/\(directory)/log".utf8) }
        let sent = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                sendto(client, line, line.utf8.count, 0, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        try #require(sent == line.utf8.count, "error \(errno)")
    }

    @Test func anUploadThatSshdSawFinishedSaysSo() async throws {
        let rig = try rig()
        try upload(rig, "a.ndjson", order("A") + "\n", "close")
        try upload(rig, "b.json", order("B"), "close")
        #expect(try rig.drops().isEmpty, "clients that set times after closing need the settle time")
        try await rig.pass(milliseconds: 1000)
        #expect(try rig.drops().map(\.facts.completeness) == ["sshd-close", "sshd-close"])
        try rig.check()
    }

    @Test func linesThatBrokeOffAtALinesEndWaitForTheirResume() async throws {
        let rig = try rig()
        let whole = order("A") + "\n" + order("B") + "\n"
        try upload(rig, "a.ndjson", order("A") + "\n", "forced close")
        try await rig.pass(milliseconds: 5000)
        #expect(try rig.drops().isEmpty)
        #expect(rig.pipeline.gauges.contains { $0.name == "orderd_inbox_waiting_for_resume" && $0.value == 1 })
        try upload(rig, "a.ndjson", whole, "close")
        try await rig.pass(milliseconds: 1000)
        let drop = try rig.lastDrop()
        #expect(drop.verdict == .accepted && drop.counts.accepted == 2 && drop.facts.completeness == "sshd-close")
        try rig.check()
    }

    @Test func linesThatAreNeverResumedAreJudgedAtTheDeadline() async throws {
        let rig = try rig()
        try upload(rig, "a.ndjson", order("A") + "\n", "forced close")
        try await rig.pass(milliseconds: 599_000)
        #expect(try rig.drops().isEmpty)
        try await rig.pass(milliseconds: 1000)
        #expect(try rig.lastDrop().verdict == .accepted && rig.lastDrop().facts.completeness == "weak")
    }

    @Test func aJSONTextThatIsWholeNeedsNoResume() async throws {
        let rig = try rig()
        try upload(rig, "a.json", order("A"), "forced close")
        try await rig.pass(milliseconds: 1000)
        #expect(try rig.lastDrop().verdict == .accepted)
    }

    @Test func theLogOfOnePartnerSaysNothingOfAnother() async throws {
        let rig = try Rig(partners: ["acme", "zenith"])
        try FileManager.default.createDirectory(atPath: rig.root + "/partners/acme/dev", withIntermediateDirectories: false)
        try rig.rescan()
        try rig.write(order("A") + "\n", to: "partners/zenith/orders/a.ndjson")
        try say("<30>Nov 22 12:00:00 internal-sftp[9]: close \"/zenith/orders/a.ndjson\" bytes read 0 written 9", rig)
        try rig.rescan()
        try await rig.pass(milliseconds: 1000)
        #expect(try rig.lastDrop().facts.completeness == "weak")
    }

    @Test func aDownloadIsNoUpload() async throws {
        let rig = try rig()
        try rig.write(order("A") + "\n", to: "partners/acme/orders/a.ndjson")
        try say("<30>Nov 22 12:00:00 internal-sftp[9]: close \"/orders/a.ndjson\" bytes read 99 written 0", rig)
        try rig.rescan()
        try await rig.pass(milliseconds: 1000)
        #expect(try rig.lastDrop().facts.completeness == "weak")
    }
}
