import Foundation
import Testing

/// Some cells of the table of SFTP clients; `make faults` runs them all. Needs root, to make users, and an OpenSSH server.
@Suite struct SftpClientTests {
    /// Each client that is installed uploads, renames, breaks off and resumes.
    @Test(.enabled(if: Rigs.ends("sftp-clients.py", "--probe"), "not root, or no sshd, namespaces, setpriv or setfacl here"))
    func realClientsMeetNoErrorAndNoHalfIsJudged() async throws {
        let (code, told) = try await Rigs.run(
            "sftp-clients.py", "--orderd", try Child.binary(), "--actions", "plain,rename-old,resumed",
            "--jobs", "8", "--deadline", "20")
        #expect(code == 0, "\(told)")
        #expect(told.contains(" 0 halves judged,"))
        #expect(told.contains(" 0 client errors, 0 files left, 0 failures,"))
    }

    /// The rig notices a client that meets an error: what is taken at once is gone when its mode is to be set.
    @Test(.enabled(if: Rigs.ends("sftp-clients.py", "--probe") && hasParamiko, "not root, or no sshd, namespaces or paramiko here"))
    func withoutASettleTimeClientsMeetErrors() async throws {
        let (code, told) = try await Rigs.run(
            "sftp-clients.py", "--orderd", try Child.binary(), "--control", "--clients", "paramiko", "--actions", "times,chmod")
        #expect(code == 1, "\(told)")
        #expect(told.contains("the client: exit 1"))
    }

    private static var hasParamiko: Bool {
        Rigs.ends("-c", "import paramiko") || Rigs.ends("-c", "import paramiko", python: "/usr/bin/python3")
    }
}
