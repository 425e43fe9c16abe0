import Foundation
import Spool
import Testing

/// What partners are sent, done as it stands on the page. Needs root, to make users, and an OpenSSH server.
@Suite struct PartnerGuideTests {
    private static let canRun = Rigs.ends("partner-guide.py", "--probe")

    @Test(.enabled(if: canRun, "not root, or no sshd, sftp, namespaces, setpriv or setfacl here"))
    func everyExampleOfThePageEndsWithAnAcceptedOrder() async throws {
        let (code, told) = try await Rigs.run("partner-guide.py", "--orderd", try Child.binary())
        #expect(code == 0, "\(told)")
        for example in ["OpenSSH", "Shell script"] { #expect(told.contains("\(example): accepted, renamed"), "\(told)") }
        #expect(told.contains(", 0 problems"))
    }

    /// The rig notices that no receipt comes.
    @Test(.enabled(if: canRun, "not root, or no sshd, sftp, namespaces, setpriv or setfacl here"))
    func withoutADaemonTheExamplesFail() async throws {
        let (code, told) = try await Rigs.run("partner-guide.py", "--orderd", try Child.binary(), "--control", "--only", "OpenSSH")
        #expect(code == 1, "\(told)")
        #expect(told.contains("OpenSSH: the receipt is null"), "\(told)")
    }

    /// The page, which partners have without the program, names each ending that is never taken.
    @Test func thePageNamesEveryTemporaryEnding() throws {
        let page = try contents(of: packageRoot().appending(path: "docs/integrate.md"))
        for suffix in temporarySuffixes { #expect(page.contains("`\(suffix)`"), "docs/integrate.md does not name \(suffix)") }
    }
}
