import Foundation
import Testing

@testable import orderd

/// What is declared in etc/ says what the table says.
@Suite struct OwnershipTests {
    private func declared(_ path: String) throws -> [String] {
        try String(contentsOf: packageRoot().appending(path: path), encoding: .utf8).split(separator: "\n").map(String.init)
            .filter { !$0.hasPrefix("#") && !$0.allSatisfy(\.isWhitespace) }
    }

    @Test func systemdMakesTheTreeAsTheTableHasIt() throws {
        let lines = try declared("etc/tmpfiles.d/orderd.conf").map { $0.split(separator: " ").prefix(5).joined(separator: " ") }
        let wanted = (OwnedPath.spool() + OwnedPath.settings()).filter { $0.kind == .directory && $0.isRequired }.map { path in
            let full = path.isInSpool ? "/var/spool/orderd" + (path.path.isEmpty ? "" : "/" + path.path) : path.path
            let mode = String(path.mode, radix: 8)
            return "d \(full) \(mode.count < 4 ? "0" + mode : mode) \(path.owner) \(path.group)"
        }
        #expect(lines.sorted() == wanted.sorted())
    }

    @Test func systemdMakesEveryAccountOfTheTable() throws {
        let lines = try declared("etc/sysusers.d/orderd.conf").map { $0.split(separator: " ").prefix(2).joined(separator: " ") }
        #expect(lines.contains("u \(Accounts.orderd)"))
        for group in [Accounts.administrators, Accounts.partners] { #expect(lines.contains("g \(group)")) }
    }

    @Test func sshdFindsKeysAndChrootsWhereTheyAreMade() throws {
        let lines = try declared("etc/ssh/sshd_config.d/orderd.conf").map { $0.trimmingCharacters(in: .whitespaces) }
        #expect(lines.first == "Match Group \(Accounts.partners)")
        #expect(lines.contains("AuthorizedKeysFile \(SSHKeyFile.path(of: "%u"))"))
        // A partner's account has its chroot for its home.
        #expect(lines.contains("ChrootDirectory %h"))
        #expect(lines.contains { $0.hasPrefix("ForceCommand internal-sftp -u 0007 ") })
        // What follows in the files that include this one is for everybody again.
        #expect(lines.last == "Match all")
    }

    @Test func aDirectoryStandsBeforeWhatIsInIt() {
        let partner = OwnedPath.Partner(name: "acme", account: "acme", role: .shop)
        for paths in [OwnedPath.spool().map(\.path), OwnedPath.partner(partner).map(\.path)] {
            for (index, path) in paths.enumerated() {
                let above = path.split(separator: "/").dropLast().joined(separator: "/")
                if let place = paths.firstIndex(of: above), !path.isEmpty { #expect(place < index, "\(path)") }
            }
        }
    }

    @Test func aPartnerOwnsNothing() {
        let partner = OwnedPath.Partner(name: "acme", account: "acme", role: .shop)
        for path in OwnedPath.partner(partner) {
            #expect(path.owner != "acme", "\(path.path)")
            // The one group that is a partner's may read.
            if path.group == "acme" { #expect(path.mode & 0o020 == 0, "\(path.path)") }
            #expect(path.mode & 0o002 == 0, "\(path.path)")
        }
        let reader = OwnedPath.Partner(name: "acme", account: "acme", role: .reader)
        #expect(OwnedPath.partner(reader).allSatisfy { $0.access.isEmpty })
    }
}
