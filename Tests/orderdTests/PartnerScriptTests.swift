import Foundation
import Orders
import Testing

@testable import orderd

/// `orderd partner` in a spool that is its user's own: no accounts are made, and what is left to do is said.
@Suite struct PartnerScriptTests {
    private func spool() throws -> CommandSpool {
        let spool = try CommandSpool()
        try spool.must("init", spool.root)
        _ = try spool.write(SampleKey.ed25519, to: "acme.pub")
        return spool
    }

    @Test func whatIsLeftToDoIsSaidAsCommands() throws {
        let spool = try spool()
        let told = try spool.must("partner", "add", "acme", "--key", spool.folder + "/acme.pub").out
        #expect(told.hasPrefix("acme is active\n"))
        #expect(told.contains("\nLeft to do as root, for acme to log in:\n"))
        #expect(told.contains("/partners/acme --no-create-home --shell /usr/sbin/nologin"))
        #expect(told.contains("  install -d -o root -g "))
        #expect(told.contains("  setfacl -m u:acme:rwx "))
        #expect(
            told.contains("  printf '%s\\n' '\(SampleKey.ed25519)' | install -D -m 644 /dev/stdin /etc/orderd/authorized_keys.d/acme\n"))
        #expect(spool.exists("partners/acme/orders"))
    }

    @Test func aReaderGetsNoListOfDropDirectories() throws {
        let told = try spool().must("partner", "add", "rita", "--role", "reader", "--tree-only").out
        #expect(!told.contains("setfacl"))
        #expect(told.contains("and its public key into /etc/orderd/authorized_keys.d/rita, mode 644"))
    }

    @Test func keysComeFromStandardInputToo() throws {
        let told = try spool().must("partner", "add", "acme", "--key", "-", input: SampleKey.rsa + "\n").out
        #expect(told.contains(SampleKey.rsa))
    }

    @Test func aFaultInAnyKeyMakesNothing() throws {
        let spool = try spool()
        let bad = try spool.write("-----BEGIN OPENSSH PRIVATE KEY-----\n", to: "acme")
        let output = try spool.run("partner", "add", "acme", "--key", spool.folder + "/acme.pub", "--key", bad)
        #expect(output.code == 1)
        #expect(output.err.contains("this is a private key"))
        #expect(try spool.run("partner", "add", "acme", "--key", spool.folder + "/none").code == 2)
        #expect(try spool.run("partner", "add", "acme", "--key", spool.folder).code == 2)
        #expect(!spool.exists("partners/acme"))
        #expect(try spool.run("partner", "add", "acme", "--replace-keys").code == 64)
    }

    @Test func limitsAreShownAndReadByTheDaemonAtOnce() throws {
        let spool = try spool()
        let daemon = try spool.startDaemon()
        let told = try spool.must("partner", "add", "acme", "--rate", "60", "--burst", "1").out
        #expect(told.contains("which the daemon reads now"))
        #expect(try spool.must("partner", "show", "acme").out.contains("limit      60 orders a minute, 1 at once"))
        let shown = try spool.must("partner", "show", "acme", "--json").objects.first
        #expect(shown?["rateLimit"]?.integer == 60 && shown?["rateBurst"]?.integer == 1)
        for number in 1...20 { try spool.drop(SampleOrder.text("PO-\(number)"), as: "\(number).json") }
        #expect(waitUntil { (try? spool.names("partners/acme/receipts/orders").isEmpty) == false })
        #expect(try spool.names("partners/acme/orders").count > 10)
        daemon.kill()
    }

    @Test func limitsThatStandInAnotherFormAreLeftToTheirAuthor() throws {
        let limits = PartnerLimits(partner: "acme", rate: 60, burst: nil)
        #expect(try limits.applied(to: "", file: "f") == "partners.acme.intake.rateLimit: 60\n")
        #expect(
            try limits.applied(to: "log.level: info\n# end\npartners:\n  acme:\n    order: {currency: EUR}", file: "f")
                == "log.level: info\n# end\npartners:\n  acme:\n    order: {currency: EUR}\npartners.acme.intake.rateLimit: 60\n")
        for text in ["partners:\n  acme:\n    intake:\n      rateLimit: 5\n", "{log.level: info}\n"] {
            #expect(throws: CommandFailure.self) { try limits.applied(to: text, file: "f") }
        }
    }
}
