import Foundation
import Testing

/// Partners of an installed orderd, with accounts, keys and a real sshd in namespaces; `make test-service` runs it with the loads. Needs root.
@Suite struct PartnerRigTests {
    private static let rig = "../service/partners.py"
    private static let canRun = Rigs.ends(rig, "--probe")

    @Test(.enabled(if: canRun, "not root, or no sshd, namespaces, setpriv, setfacl, useradd or systemd-sysusers here"))
    func partnersTouchNothingThatTheyMayOnlyRead() async throws {
        let (code, told) = try await Rigs.run(Self.rig, "--orderd", try Child.binary(), "--short")
        #expect(code == 0, "\(told)")
        #expect(told.contains(" 0 failures,"))
    }

    /// The rig notices a read directory that its partner's group may write to, a drop directory that is the partner's, and a missing chroot.
    @Test(
        .enabled(if: canRun, "not root, or no sshd, namespaces, setpriv, setfacl, useradd or systemd-sysusers here"),
        arguments: ["status", "orders", "chroot"])
    func whatIsLoosenedOnPurposeIsNoticed(what: String) async throws {
        let (code, told) = try await Rigs.run(Self.rig, "--orderd", try Child.binary(), "--control", what)
        #expect(code == 1, "\(told)")
        #expect(told.contains("it worked"))
    }
}
