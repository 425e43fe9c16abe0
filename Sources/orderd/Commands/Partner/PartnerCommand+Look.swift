import ArgumentParser
import Foundation
import Ledger
import Orders
import Spool
import Stages

extension PartnerCommand {
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
                Its role and state, how it logs in, its limits, what it has dropped and what came of it, and what waits in its drop \
                directories.

                  orderd partner show acme
                """)

        @Argument(help: "The partner's name.", completion: .partners) var name: String
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
            let login = PartnerLogin(of: partner, context, SystemMachine())
            let rate = context.configuration[Keys.Intake.rateLimit, partner: name]
            let burst = context.configuration[Keys.Intake.rateBurst, partner: name]
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
                    if rate > 0 {
                        writer.member("rateLimit", rate)
                        writer.member("rateBurst", burst)
                    }
                    login?.write(to: &writer)
                }
                return
            }
            say("\(name)  \(partner.role), \(partner.state)")
            say("  directory  \(context.root)/\(SpoolTree.partners)/\(name)")
            for line in login?.lines ?? [] { say("  login      \(line)") }
            if rate > 0 { say("  limit      \(rate) orders a minute, \(burst) at once") }
            say("  files      " + Self.list(drops.map { ($0.verdict, $0.drops) }))
            say("  orders     " + Self.list(stages.map { ($0.stage.name, $0.orders) }))
            for inbox in inboxes where inbox.waiting + inbox.temporary > 0 { say("  waiting    \(inbox.text)") }
        }

        private static func list(_ counts: [(name: String, count: Int64)]) -> String {
            counts.isEmpty ? "none" : counts.map { "\($0.count) \($0.name)" }.joined(separator: ", ")
        }
    }
}
