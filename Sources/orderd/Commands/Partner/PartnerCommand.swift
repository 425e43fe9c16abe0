import ArgumentParser
import Ledger
import Orders
import Stages

/// `orderd partner`
struct PartnerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "partner",
        abstract: "Say who drops files, and show them.",
        discussion: """
            A partner has a directory below partners/, which is all that it sees by SFTP: orders/ and other directories to drop files into, \
            receipts/, status/ and others to read. A name is \(partnerNameForm).

              orderd partner add acme --key acme.pub
              orderd partner show acme
              orderd partner disable acme
            """,
        subcommands: [Add.self, List.self, Show.self, Disable.self, Enable.self, Remove.self])

    static func change(_ name: String, _ state: String) -> Command {
        .partner(PartnerChange(name: name, role: "", state: state))
    }

    static func validate(_ name: String) throws {
        guard isPartnerName(name) else { throw ValidationError("A partner's name is \(partnerNameForm); found \(printable(name)).") }
    }

    static func write(_ partner: PartnerChange, to writer: inout JSONWriter) {
        writer.member("version", 1)
        writer.member("name", partner.name)
        writer.member("role", partner.role)
        writer.member("state", partner.state)
    }
}

extension PartnerRole: ExpressibleByArgument {}
