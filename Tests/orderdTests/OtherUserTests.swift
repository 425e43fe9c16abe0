import Foundation
import Glibc
import Orders
import Testing

/// Reading verbs for a user who is in the ledger's group and may write nothing. Needs root, to become another user.
@Suite struct OtherUserTests {
    /// A group that only these tests use; it needs no name.
    private static let group: gid_t = 64_321
    private static let canBecomeAnother = getuid() == 0 && FileManager.default.isExecutableFile(atPath: "/usr/bin/setpriv")

    @Test(.enabled(if: canBecomeAnother, "only root, with setpriv, can become another user"))
    func readerOfTheGroupSeesOrdersWhateverTheDaemonDoes() throws {
        let spool = try CommandSpool.withAcme()
        try open(spool)
        try spool.drop(SampleOrder.text("PO-1"), as: "a.json")
        try spool.must("run", "--drain")
        #expect(try listed(spool) == ["PO-1"])

        let daemon = try spool.startDaemon()
        try spool.drop(SampleOrder.text("PO-2"), as: "b.json")
        #expect(try waitUntil { try listed(spool) == ["PO-1", "PO-2"] })
        daemon.kill()
        #expect(try listed(spool) == ["PO-1", "PO-2"])

        try spool.must("run", "--drain")
        #expect(try listed(spool) == ["PO-1", "PO-2"])
    }

    @Test(.enabled(if: canBecomeAnother, "only root, with setpriv, can become another user"))
    func strangerIsToldWhichGroupItTakes() throws {
        let spool = try CommandSpool.withAcme()
        try open(spool)
        let (code, _, errors) = try asNobody(["list", "--spool", spool.root], groups: "64322")
        #expect(code == 2)
        #expect(errors.contains("orderd-admin"))
    }

    /// A daemon of that user could not write to what root left, and would not start.
    @Test(.enabled(if: canBecomeAnother, "only root, with setpriv, can become another user"))
    func rootLeavesNoFileOfItsOwnInAnothersSpool() throws {
        let spool = try CommandSpool.withAcme()
        let paths = try FileManager.default.subpathsOfDirectory(atPath: spool.root).map { spool.root + "/" + $0 } + [spool.root]
        for path in paths { try #require(chown(path, 64_322, Self.group) == 0) }
        try spool.drop(SampleOrder.text("PO-1"), as: "a.json")
        try #require(chown(spool.root + "/partners/acme/orders/a.json", 64_322, Self.group) == 0)
        try #require(chmod(spool.folder, 0o755) == 0)
        try spool.must("pause", "--intake", "--reason", "test")
        try spool.must("partner", "add", "bolt")
        try spool.must("resume")
        try spool.must("run", "--drain")
        try spool.must("rebuild")
        for path in try FileManager.default.subpathsOfDirectory(atPath: spool.root) {
            var status = stat()
            try #require(lstat(spool.root + "/" + path, &status) == 0)
            #expect(status.st_uid == 64_322, "\(path)")
        }
        // Who asked is still root.
        #expect(try spool.journal().contains { $0.type.hasSuffix("paused") && $0.data["by"]?.text?.hasPrefix("uid 0") == true })
    }

    /// Owners and modes as an installed spool has them.
    private func open(_ spool: CommandSpool) throws {
        let state = spool.root + "/state"
        for path in [state] + (try FileManager.default.contentsOfDirectory(atPath: state)).map({ state + "/" + $0 }) {
            try #require(chown(path, 0, Self.group) == 0)
        }
        try #require(chmod(state, 0o2750) == 0)
        try #require(chmod(spool.folder, 0o755) == 0)
        // Whatever the umask of this process is by now.
        try #require(chmod(spool.folder + "/orderd.yaml", 0o644) == 0)
        // The program may lie where only root can look: a copy can be run.
        let copy = spool.folder + "/orderd"
        try FileManager.default.copyItem(atPath: try Child.binary(), toPath: copy)
        try #require(chmod(copy, 0o755) == 0)
    }

    private func listed(_ spool: CommandSpool) throws -> [String] {
        let (code, output, errors) = try asNobody(["list", "--json", "--spool", spool.root], groups: "\(Self.group)", spool)
        #expect(code == 0, "\(errors)")
        return try output.split(separator: "\n").compactMap { try JSONValue.parse(Array($0.utf8))["orderReference"]?.text }
    }

    private func asNobody(_ arguments: [String], groups: String, _ spool: CommandSpool? = nil) throws -> (Int32, String, String) {
        let folder = spool?.folder ?? URL(filePath: arguments.last ?? "").deletingLastPathComponent().path
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/setpriv")
        process.arguments =
            ["--reuid=65534", "--regid=65534", "--groups=\(groups)", folder + "/orderd"] + arguments
        process.environment = ["ORDERD_CONFIG": folder + "/orderd.yaml", "PATH": "/usr/bin:/bin"]
        let (output, errors) = (Pipe(), Pipe())
        process.standardOutput = output
        process.standardError = errors
        try process.run()
        let told = output.fileHandleForReading.readDataToEndOfFile()
        let complaints = errors.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: told, as: UTF8.self), String(decoding: complaints, as: UTF8.self))
    }
}
