import Foundation
import Glibc
import Spool
import Testing

@testable import orderd

/// What the doctor reads: units, sshd's configuration, sysusers.d, mounts, access lists.
@Suite struct DoctorPartsTests {
    @Test func aUnitIsReadAsSystemdReadsIt() {
        let unit = UnitFile(
            """
            # comment
            [Unit]
            After = a.target
            [Service]
            ExecStart=/usr/bin/orderd \\
            # within
              run
            ReadWritePaths=/a
            ReadWritePaths=
            ReadWritePaths=/b
            """)
        #expect(unit.value("ExecStart") == "/usr/bin/orderd run")
        #expect(unit.values("ReadWritePaths") == ["/b"])
        #expect(unit.value("After", in: "Unit") == "a.target")
        #expect(unit.value("After") == nil)
    }

    /// Of the shipped unit: what takes protection away, and what is the administrator's own.
    @Test(arguments: [
        ("ProtectSystem=full", true), ("ProtectSystem=strict", false), ("ReadWritePaths=/srv", true),
        ("ReadWritePaths=/var/spool/orderd", false),
        ("CapabilityBoundingSet=CAP_SYS_ADMIN", true), ("CapabilityBoundingSet=", false), ("AmbientCapabilities=", false),
        ("NoNewPrivileges=false", true), ("NoNewPrivileges=on", false), ("SystemCallFilter=", true), ("SystemCallFilter=@raw-io", true),
        ("SystemCallFilter=~@mount", false), ("User=root", true), ("User=orderd", false), ("WatchdogSec=0", true), ("Restart=no", true),
        ("Restart=always", false), ("LimitNOFILE=1024", true), ("LimitNOFILE=131072", false), ("LimitNOFILE=infinity", false),
        ("PrivateNetwork=no", true), ("Nice=5", false), ("MemoryMax=2G", false), ("Environment=A=b", false),
        ("LoadCredential=gateway:/etc/orderd/gateway", false), ("ExecStart=", false), ("ExecStart=/usr/local/bin/orderd run", true),
    ])
    func aDropInLoosensOrNot(setting: String, loosens: Bool) throws {
        let unit = UnitFile(try contents(of: try packageRoot().appending(path: "etc/systemd/orderd.service")))
        #expect(UnitLoosening.faults(of: UnitFile("[Service]\n\(setting)\n"), against: unit).isEmpty == !loosens)
    }

    @Test func sshdsConfigurationIsReadAsSshdReadsIt() throws {
        let settings = SSHSettings("Port 22\n# Match User a\nMatch Group  x\n\tForceCommand internal-sftp -u 0007\n  forcecommand other\n")
        #expect(settings.block("")?.value("port") == "22")
        #expect(settings.block("group x") == nil)
        #expect(settings.matches.first?.value("forcecommand") == "internal-sftp -u 0007")
        #expect(SSHSettings.normal("a   b") == "a b")
        #expect(SSHSettings.normal("No") == "no")
    }

    @Test func sysusersIsReadWithItsQuotes() {
        let accounts = DeclaredAccounts("# x\nu orderd - \"orderd, the daemon\" /nonexistent /usr/sbin/nologin\ng orderd-admin -\n")
        #expect(accounts.users == [DeclaredAccounts.User(name: "orderd", home: "/nonexistent", shell: "/usr/sbin/nologin")])
        #expect(accounts.groups == ["orderd", "orderd-admin"])
    }

    @Test func mountsAreReadWithTheirBlanks() {
        let mounts = Mount.list(
            "36 35 98:0 / /srv/a\\040b rw,noatime shared:1 master:2 - ext4 /dev/sda1 rw,errors=continue\nnonsense\n")
        #expect(mounts == [Mount(point: "/srv/a b", kind: "ext4", options: ["rw", "noatime", "rw", "errors=continue"])])
    }

    @Test func wordsComeBackFromAShell() throws {
        for word in ["a", "a b", "it's", "$(x)", "", "PRAGMA journal_mode=WAL"] {
            let process = Process()
            let output = Pipe()
            process.executableURL = URL(filePath: "/bin/sh")
            process.arguments = ["-c", "printf %s \(shellText([word]))"]
            process.standardOutput = output
            try process.run()
            #expect(String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self) == word)
            process.waitUntilExit()
        }
    }

    /// The real machine, as far as anybody may look at it.
    @Test func theRealMachineIsSeenAsItIs() throws {
        let machine = SystemMachineView()
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("orderd-doctor-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try #require(chmod(folder, 0o2750) == 0)
        try Data("hello".utf8).write(to: URL(filePath: folder + "/file"))
        try #require(symlink("/nowhere", folder + "/link") == 0)
        try #require(mkfifo(folder + "/pipe", 0o600) == 0)

        #expect(machine.status(folder)?.kind == .directory)
        #expect(machine.status(folder)?.mode == 0o2750)
        #expect(machine.status(folder)?.owner == getuid())
        #expect(machine.status(folder + "/link")?.kind == .symlink)
        #expect(machine.status(folder + "/none") == nil)
        #expect(machine.text(folder + "/file") == "hello")
        #expect(machine.target(folder + "/link") == "/nowhere")
        #expect(machine.target(folder + "/file") == nil)
        #expect(machine.names(folder)?.map(\.description) == ["file", "link", "pipe"])
        #expect(machine.names(folder + "/file") == nil)
        // It does not wait for somebody to write.
        #expect(machine.text(folder + "/pipe") == "")
        #expect(machine.mounts().contains { $0.point == "/" })
        #expect((machine.freeSpace(folder)?.bytes ?? 0) > 0)
        #expect(machine.run(["sh", "-c", "echo out; echo err >&2; exit 3"]) == ProgramOutcome(code: 3, output: "out\nerr\n"))
        #expect(machine.run(["no-such-program"]) == nil)
        #expect(AccountDatabase(machine).users["root"]?.user == 0)
    }

    private static let hasAccessLists = FileManager.default.isExecutableFile(atPath: "/usr/bin/setfacl")

    @Test(.enabled(if: hasAccessLists, "needs setfacl")) func anAccessListIsSeen() throws {
        let machine = SystemMachineView()
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("orderd-acl-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try #require(chmod(folder, 0o750) == 0)
        #expect(machine.accessList(folder) == AccessList())
        try #require(machine.run(["setfacl", "-m", "u:12345:rwx,g:54321:r-x", folder])?.code == 0)
        let list = try #require(machine.accessList(folder))
        #expect(list.users == [12345: 7])
        #expect(list.groups == [54321: 5])
        #expect(list.ownGroup == 5)
        #expect(!list.hasDefault)
        try #require(machine.run(["setfacl", "-d", "-m", "u:12345:r-x", folder])?.code == 0)
        #expect(machine.accessList(folder)?.hasDefault == true)
        // What the doctor itself runs takes all of it away.
        try #require(machine.run(["setfacl", "-b", folder])?.code == 0)
        #expect(machine.accessList(folder) == AccessList())
    }
}
