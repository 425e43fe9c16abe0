import ArgumentParser
import Foundation
import Glibc
import Orders
import Spool
import Testing

@testable import orderd

/// What root's `orderd partner` does in an installed spool, with a machine that only takes notes. `PartnerRigTests` does it for real.
@Suite(.enabled(if: NotedMachine.hasLists, "no access control lists on the file system of temporary files"))
struct PartnerInstallationTests {
    private let spool: CommandSpool
    private let machine: NotedMachine
    private let key: String

    init() throws {
        spool = try CommandSpool()
        try spool.must("init", spool.root)
        machine = try NotedMachine(spool.folder)
        key = try spool.write(SampleKey.ed25519 + "\n", to: "acme.pub")
    }

    private var common: [String] { ["--spool", spool.root, "--config", spool.folder + "/orderd.yaml"] }

    private func add(_ words: String..., isRoot: Bool = true) throws {
        try PartnerCommand.Add.parse(words + common).run(on: machine, isRoot: isRoot)
    }

    private func disable(_ name: String) throws { try PartnerCommand.Disable.parse([name] + common).run(on: machine, isRoot: true) }
    private func enable(_ name: String) throws { try PartnerCommand.Enable.parse([name] + common).run(on: machine, isRoot: true) }
    private func remove(_ words: String...) throws { try PartnerCommand.Remove.parse(words + common).run(on: machine, isRoot: true) }

    private func state(of name: String) throws -> String? {
        try spool.must("partner", "list", "--all", "--json").objects.first { $0["name"]?.text == name }?["state"]?.text
    }

    private func keys(_ name: String) -> String? {
        try? String(contentsOfFile: machine.path(SSHKeyFile.path(of: name)), encoding: .utf8)
    }

    /// Whether all is as the table has it.
    private func expectTree(_ partner: String, _ role: PartnerRole = .shop) throws {
        let files = SystemFiles()
        let tree = try SpoolTree(root: spool.root, files: files)
        for path in OwnedPath.partner(OwnedPath.Partner(name: partner, account: partner, role: role)) {
            let directory = try tree.directory(path.path)
            #expect(try files.status(directory).permissions == path.mode, "\(path.path)")
            let users = try files.accessControlList(directory).users
            #expect(users == (path.access.isEmpty ? [:] : [64_321: 7]), "\(path.path)")
        }
    }

    // MARK: Adding

    @Test func addingMakesAccountDirectoriesAndKeys() throws {
        try add("acme", "--key", key)
        #expect(
            machine.commands == [
                [
                    "useradd", "--system", "--user-group", "--groups", "orderd-partners", "--home-dir",
                    try PartnerInstallationTests.real(spool.root) + "/partners/acme", "--no-create-home", "--shell", "/usr/sbin/nologin",
                    "--no-log-init", "--password", "*", "--comment", "orderd partner", "acme",
                ]
            ])
        #expect(keys("acme") == SampleKey.ed25519 + "\n")
        #expect(try state(of: "acme") == "active")
        try expectTree("acme")
    }

    @Test func addingAgainChangesNothing() throws {
        try add("acme", "--key", key)
        let count = machine.commands.count
        try add("acme", "--key", key)
        #expect(machine.commands.count == count)
        #expect(keys("acme") == SampleKey.ed25519 + "\n")
    }

    @Test func aRunAfterOneThatBrokeOffDoesTheRest() throws {
        machine.groups[Accounts.partners] = nil
        for point in 0..<2 {
            machine.failsAfter = point
            #expect(throws: CommandFailure.self) { try add("acme", "--key", key) }
            #expect(keys("acme") == nil)
        }
        machine.failsAfter = nil
        try add("acme", "--key", key)
        #expect(machine.commands.map { $0[0] } == ["groupadd", "useradd"])
        #expect(keys("acme") != nil)
        try expectTree("acme")
    }

    /// useradd writes one file after the other.
    @Test func anAccountThatWasMadeInPartIsMadeWhole() throws {
        try add("acme", "--key", key)
        machine.forget(group: "acme")
        machine.leave("acme")
        try add("acme", "--key", key)
        #expect(machine.commands.suffix(2).map { $0[0] } == ["groupadd", "usermod"])
        #expect(machine.groups[Accounts.partners]?.members == ["acme"])
    }

    @Test func namesThatTheMachineHasAreRefusedAndNothingIsMade() throws {
        machine.accounts["mail"] = SystemAccount(name: "mail", user: 8, group: 8, home: "/var/mail", shell: "/usr/sbin/nologin")
        machine.groups["sudo"] = SystemGroup(name: "sudo", number: 27, members: [])
        for name in ["mail", "sudo"] {
            #expect(throws: CommandFailure.self) { try add(name, "--key", key) }
            #expect(!spool.exists("partners/\(name)"))
            #expect(try state(of: name) == nil)
        }
        #expect(machine.commands.isEmpty)
    }

    @Test func anAccountMayHaveANameOfItsOwn() throws {
        machine.accounts["mail"] = SystemAccount(name: "mail", user: 8, group: 8, home: "/var/mail", shell: "/usr/sbin/nologin")
        try add("mail", "--key", key, "--set", "partners.accountPrefix=sftp-")
        #expect(machine.accounts["sftp-mail"] != nil)
        #expect(keys("sftp-mail") != nil)
    }

    @Test func aReaderMayDropNothing() throws {
        try add("rita", "--role", "reader", "--key", key)
        try expectTree("rita", .reader)
    }

    @Test func whatWasThereBeforeTheAccountIsPutRight() throws {
        try spool.must("partner", "add", "acme")
        try add("acme", "--key", key)
        try expectTree("acme")
        // Somebody changed a mode and took the list away.
        let directory = try Directory(path: Path(spool.root + "/partners/acme/orders"), files: SystemFiles())
        try SystemFiles().setAccessControlList(directory.descriptor, to: AccessControlList(mode: 0o777))
        try add("acme")
        try expectTree("acme")
    }

    @Test func keysAreAddedOrReplacedAndBelongToOnePartner() throws {
        let second = try spool.write(SampleKey.ecdsa256, to: "second.pub")
        try add("acme", "--key", key, "--key", key)
        try add("acme", "--key", second)
        #expect(keys("acme") == SampleKey.ed25519 + "\n" + SampleKey.ecdsa256 + "\n")
        try add("acme", "--key", second, "--replace-keys")
        #expect(keys("acme") == SampleKey.ecdsa256 + "\n")
        #expect(throws: CommandFailure.self) { try add("bolt", "--key", second) }
        #expect(machine.accounts["bolt"] == nil)
        #expect(!spool.exists("partners/bolt"))
    }

    @Test func limitsStandInTheConfiguration() throws {
        try add("acme", "--rate", "600", "--burst", "50")
        try add("acme", "--rate", "700")
        let text = try String(contentsOfFile: spool.folder + "/orderd.yaml", encoding: .utf8)
        #expect(
            text == "# nothing is set\npartners.acme.intake.rateLimit: 700\npartners.acme.intake.rateBurst: 50\n")
        #expect(throws: CommandFailure.self) { try add("acme", "--rate=-1") }
        #expect(throws: CommandFailure.self) { try add("acme", "--burst", "0") }
    }

    @Test func withTreeOnlyNoAccountIsMade() throws {
        try add("acme", "--tree-only", "--key", key)
        #expect(machine.commands.isEmpty)
        #expect(keys("acme") == nil)
        #expect(try state(of: "acme") == "active")
        let directory = try Directory(path: Path(spool.root + "/partners/acme/orders"), files: SystemFiles())
        #expect(try SystemFiles().accessControlList(directory.descriptor).users.isEmpty)
        #expect(try SystemFiles().status(directory.descriptor).permissions == 0o2770)
    }

    @Test func withoutRootNothingIsTriedInAnInstalledSpool() throws {
        #expect(throws: CommandFailure.self) { try add("acme", "--key", key, isRoot: false) }
        #expect(machine.commands.isEmpty)
        #expect(!spool.exists("partners/acme"))
    }

    /// What was published while it had no account.
    @Test func whatWaitsForAPartnerIsHandedToIt() throws {
        try spool.must("partner", "add", "acme")
        try spool.drop(SampleOrder.text("PO-1"), as: "a.json")
        try spool.must("run", "--drain")
        try add("acme", "--key", key)
        try expectTree("acme")
        #expect(try spool.names("partners/acme/receipts/orders").count == 1)
    }

    @Test func anAccountThatIsExpiredIsUnlocked() throws {
        try add("acme", "--key", key)
        try machine.run(["usermod", "--expiredate", "1", "acme"])
        try add("acme", "--key", key)
        #expect(!machine.isExpired("acme"))
    }

    // MARK: Coming and going

    @Test func aDisabledPartnerIsLockedOutUntilItIsEnabled() throws {
        try add("acme", "--key", key)
        try disable("acme")
        #expect(machine.commands.last == ["usermod", "--expiredate", "1", "acme"])
        #expect(machine.ended == [64_321])
        #expect(keys("acme") == nil && keys("acme.off") != nil)
        #expect(throws: CommandFailure.self) { try add("acme", "--key", key) }
        try enable("acme")
        #expect(machine.commands.last == ["usermod", "--expiredate", "", "acme"])
        #expect(keys("acme") != nil && keys("acme.off") == nil)
        #expect(try state(of: "acme") == "active")
    }

    @Test func aRemovedPartnersNameAndKeysStayReserved() throws {
        try add("acme", "--key", key)
        try remove("acme")
        #expect(machine.commands.last == ["usermod", "--expiredate", "1", "acme"])
        #expect(spool.exists("partners/acme/receipts"))
        #expect(throws: CommandFailure.self) { try add("acme", "--key", key) }
        #expect(throws: CommandFailure.self) { try enable("acme") }
        #expect(machine.commands.count == 2, "a removed partner is let in again")
        #expect(throws: CommandFailure.self) { try add("bolt", "--key", key) }
        #expect(machine.accounts["acme"] != nil)
    }

    @Test func dataIsPurgedOnceNoOrderIsInWork() throws {
        try add("acme", "--key", key)
        try spool.drop(SampleOrder.text("PO-1"), as: "a.json")
        try spool.must("pause", "--step", "validate", "--reason", "test")
        try spool.must("run", "--drain")
        #expect(throws: CommandFailure.self) { try remove("acme", "--purge-data") }
        #expect(try state(of: "acme") == "removed")
        #expect(spool.exists("partners/acme"))
        try spool.must("resume")
        try spool.must("run", "--drain")
        try remove("acme", "--purge-data")
        #expect(!spool.exists("partners/acme") && !spool.exists("claimed/acme"))
        #expect(throws: CommandFailure.self) { try remove("warehouse", "--purge-data") }
    }

    private static func real(_ path: String) throws -> String {
        let resolved = try #require(realpath(path, nil))
        defer { free(resolved) }
        return String(cString: resolved)
    }
}
