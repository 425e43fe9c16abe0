import Foundation
import Testing

/// A partner with a Unix account drops what is no order. Needs root, to make users.
@Suite struct HostileFileTests {
    /// Each has its verdict, nothing escapes, and the other partner's orders go on.
    @Test(.enabled(if: Rigs.ends("hostile-files.py", "--probe"), "not root, or no namespaces, setpriv or setfacl here"))
    func whateverAPartnerDropsItIsAnsweredAndHarmsNobody() async throws {
        let (code, told) = try await Rigs.run("hostile-files.py", "--orderd", try Child.binary(), "--bound", "10")
        #expect(code == 0, "\(told)")
        #expect(told.contains("; 0 failures, "))
    }

    /// The rig notices a file that was made outside the spool: it exits with 1 where it does not.
    @Test(.enabled(if: Rigs.ends("hostile-files.py", "--probe"), "not root, or no namespaces, setpriv or setfacl here"))
    func aFileOutsideTheSpoolIsNoticed() async throws {
        let (code, told) = try await Rigs.run("hostile-files.py", "--orderd", try Child.binary(), "--bound", "10", "--control", "escape")
        #expect(code == 1, "\(told)")
        #expect(told.contains("changed outside: b'/run/escaped.json'"))
    }
}
