import ArgumentParser
import Ledger
import Orders
import Spool
import Stages

/// `orderd partner`
struct PartnerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "partner",
        abstract: "Say who drops files, and show them.",
        discussion: """
            A partner has a directory below partners/, which is all that it sees by SFTP: orders/ and other directories to drop files into, \
            receipts/, status/ and others to read. A name is \(partnerNameForm).

              orderd partner add acme
              orderd partner show acme
              orderd partner disable acme
            """,
        subcommands: [Add.self, List.self, Show.self, Disable.self, Enable.self, Remove.self])

    /// `orderd partner add`
    struct Add: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "add",
            abstract: "Let a partner drop files.",
            discussion: """
                Makes the partner's directories and takes its files from now on. The role says what it is here for: shop drops orders, \
                warehouse gets pick requests, reader only reads.

                  orderd partner add acme
                  orderd partner add north --role warehouse
                """)

        @Argument(help: "The partner's name.") var name: String
        @Option(help: "shop, warehouse or reader.") var role = PartnerRole.shop
        @OptionGroup var output: JSONOption
        @OptionGroup var options: SpoolOptions

        func validate() throws { try PartnerCommand.validate(name) }

        func run() throws {
            let context = try options.context()
            if let known = try context.reader().queries.partners().first(where: { $0.name == name }) {
                if known.state == "disabled" {
                    throw CommandFailure.refused("\(name) is a partner already, and disabled: orderd partner enable \(name)")
                }
                if known.state == "active", known.role != role.rawValue {
                    throw CommandFailure.refused("\(name) is a partner already, with the role \(known.role)")
                }
            }
            try context.perform(
                .partner(PartnerChange(name: name, role: role.rawValue, state: "active")), json: output.json, subject: name)
            if !output.json { say("drops files into \(context.root)/\(SpoolTree.dropDirectory("orders", of: name))/") }
        }
    }

    /// `orderd partner list`
    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list",
            abstract: "Show all partners.",
            discussion: """
                  orderd partner list
                  orderd partner list --json
                """)

        @Flag(help: "Removed ones too.") var all = false
        @OptionGroup var output: JSONOption
        @OptionGroup var options: SpoolOptions

        func run() throws {
            let partners = try options.context().reader().queries.partners().filter { all || $0.state != "removed" }
            if output.json {
                for partner in partners { say { PartnerCommand.write(partner, to: &$0) } }
                return
            }
            guard !partners.isEmpty else { return say("there are no partners; orderd partner add NAME makes one") }
            for line in table([["NAME", "ROLE", "STATE"]] + partners.map { [$0.name, $0.role, $0.state] }) { say(line) }
        }
    }

    /// `orderd partner show`
    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "show",
            abstract: "Show one partner.",
            discussion: """
                Its role and state, what it has dropped and what came of it, and what waits in its drop directories.

                  orderd partner show acme
                """)

        @Argument(help: "The partner's name.") var name: String
        @OptionGroup var output: JSONOption
        @OptionGroup var options: SpoolOptions

        func run() throws {
            let context = try options.context()
            let queries = try context.reader().queries
            guard let partner = try queries.partners().first(where: { $0.name == name }) else {
                throw CommandFailure.refused("there is no partner \(printable(name)); orderd partner list shows them")
            }
            let drops = try queries.dropTotals().filter { $0.partner == name }
            let stages = try queries.stageCounts().filter { $0.partner == name && $0.orders != 0 }
            let inboxes = Inbox.all(of: [name], try context.tree())
            if output.json {
                say { writer in
                    PartnerCommand.write(partner, to: &writer)
                    writer.member("directory", "\(context.root)/\(SpoolTree.partners)/\(name)")
                    writer.key("files")
                    writer.beginObject()
                    for total in drops {
                        writer.key(total.verdict)
                        writer.value(total.drops)
                    }
                    writer.endObject()
                    writer.key("orders")
                    writer.beginObject()
                    for count in stages {
                        writer.key(count.stage.name)
                        writer.value(count.orders)
                    }
                    writer.endObject()
                    writer.member("waitingFiles", inboxes.reduce(0) { $0 + $1.waiting })
                }
                return
            }
            say("\(name)  \(partner.role), \(partner.state)")
            say("  directory  \(context.root)/\(SpoolTree.partners)/\(name)")
            say("  files      " + Self.list(drops.map { ($0.verdict, $0.drops) }))
            say("  orders     " + Self.list(stages.map { ($0.stage.name, $0.orders) }))
            for inbox in inboxes where inbox.waiting + inbox.temporary > 0 { say("  waiting    \(inbox.text)") }
        }

        private static func list(_ counts: [(name: String, count: Int64)]) -> String {
            counts.isEmpty ? "none" : counts.map { "\($0.count) \($0.name)" }.joined(separator: ", ")
        }
    }

    /// `orderd partner disable`
    struct Disable: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "disable",
            abstract: "Take no more files of a partner for now.",
            discussion: """
                Files that it drops wait in their directory. Orders that are accepted run on.

                  orderd partner disable acme
                """)

        @Argument(help: "The partner's name.") var name: String
        @OptionGroup var output: JSONOption
        @OptionGroup var options: SpoolOptions

        func validate() throws { try PartnerCommand.validate(name) }
        func run() throws { try options.context().perform(PartnerCommand.change(name, "disabled"), json: output.json, subject: name) }
    }

    /// `orderd partner enable`
    struct Enable: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "enable",
            abstract: "Take the files of a disabled partner again.",
            discussion: """
                  orderd partner enable acme
                """)

        @Argument(help: "The partner's name.") var name: String
        @OptionGroup var output: JSONOption
        @OptionGroup var options: SpoolOptions

        func validate() throws { try PartnerCommand.validate(name) }

        func run() throws {
            let context = try options.context()
            // Without a role, "active" means a partner that is there already.
            guard try context.reader().queries.partners().contains(where: { $0.name == name }) else {
                throw CommandFailure.refused("there is no partner \(name); orderd partner add \(name) makes one")
            }
            try context.perform(PartnerCommand.change(name, "active"), json: output.json, subject: name)
        }
    }

    /// `orderd partner remove`
    struct Remove: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "remove",
            abstract: "Take a partner off the list for good.",
            discussion: """
                Its orders run on, its directories and the history stay, and so does its name: no other partner can ever have it. To stop \
                a partner for a while, disable it.

                  orderd partner remove acme
                """)

        @Argument(help: "The partner's name.") var name: String
        @OptionGroup var output: JSONOption
        @OptionGroup var options: SpoolOptions

        func validate() throws { try PartnerCommand.validate(name) }
        func run() throws { try options.context().perform(PartnerCommand.change(name, "removed"), json: output.json, subject: name) }
    }

    fileprivate static func change(_ name: String, _ state: String) -> Command {
        .partner(PartnerChange(name: name, role: "", state: state))
    }

    fileprivate static func validate(_ name: String) throws {
        guard isPartnerName(name) else { throw ValidationError("A partner's name is \(partnerNameForm); found \(printable(name)).") }
    }

    fileprivate static func write(_ partner: PartnerChange, to writer: inout JSONWriter) {
        writer.member("version", 1)
        writer.member("name", partner.name)
        writer.member("role", partner.role)
        writer.member("state", partner.state)
    }
}

extension PartnerRole: ExpressibleByArgument {}
