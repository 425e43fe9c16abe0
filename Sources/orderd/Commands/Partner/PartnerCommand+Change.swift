import ArgumentParser
import Foundation
import Glibc
import Ledger
import Orders
import Spool
import Stages

extension PartnerCommand {
    /// `orderd partner disable`
    struct Disable: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "disable",
            abstract: "Take no more files of a partner for now.",
            discussion: """
                Files that it drops wait in their directory. Orders that are accepted run on. In an installed orderd's spool, as root, it also \
                locks the partner's account and ends its open sessions.

                  orderd partner disable acme
                """)

        @Argument(help: "The partner's name.", completion: .partners) var name: String
        @OptionGroup var output: JSONOption
        @OptionGroup var options: SpoolOptions

        func validate() throws { try PartnerCommand.validate(name) }
        func run() throws { try run(on: SystemMachine(), isRoot: geteuid() == 0) }

        func run(on machine: any Machine, isRoot: Bool) throws {
            let change = try PartnerChanging(name, options, machine, isRoot)
            try change.perform("disabled", json: output.json) { try $0.lockOut() }
            change.tellRest { $0.lock }
        }
    }

    /// `orderd partner enable`
    struct Enable: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "enable",
            abstract: "Take the files of a disabled partner again.",
            discussion: """
                Also makes directories of the partner that are missing, and in an installed orderd's spool, as root, puts owners and modes \
                right and lets it log in again.

                  orderd partner enable acme
                """)

        @Argument(help: "The partner's name.", completion: .partners) var name: String
        @OptionGroup var output: JSONOption
        @OptionGroup var options: SpoolOptions

        func validate() throws { try PartnerCommand.validate(name) }
        func run() throws { try run(on: SystemMachine(), isRoot: geteuid() == 0) }

        func run(on machine: any Machine, isRoot: Bool) throws {
            let change = try PartnerChanging(name, options, machine, isRoot)
            // Without a role, "active" means a partner that is there already.
            guard let known = change.known else {
                throw CommandFailure.refused("there is no partner \(name); orderd partner add \(name) makes one")
            }
            let isOpen = known.state != "removed"
            try change.perform("active", json: output.json, before: { if isOpen { try $0.makeTree() } }, after: { try $0.letIn() })
            change.tellRest { $0.unlock }
        }
    }

    /// `orderd partner remove`
    struct Remove: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "remove",
            abstract: "Take a partner off the list for good.",
            discussion: """
                Its orders run on, its directories and the history stay, and so does its name: no other partner can ever have it, nor its keys. \
                To stop a partner for a while, disable it. In an installed orderd's spool, as root, it also locks the partner's account, which \
                stays so that its number does not become another's.

                With --purge-data, once no order of it is in work, its directories go too: files that wait, receipts, status files.

                  orderd partner remove acme
                  orderd partner remove acme --purge-data
                """)

        @Argument(help: "The partner's name.", completion: .partners) var name: String
        @Flag(help: "Remove its directories, with all that lies in them.") var purgeData = false
        @OptionGroup var output: JSONOption
        @OptionGroup var options: SpoolOptions

        func validate() throws { try PartnerCommand.validate(name) }
        func run() throws { try run(on: SystemMachine(), isRoot: geteuid() == 0) }

        func run(on machine: any Machine, isRoot: Bool) throws {
            let change = try PartnerChanging(name, options, machine, isRoot)
            if purgeData {
                if change.holder == .anothers {
                    throw CommandFailure.couldNotRun(
                        "only root can remove directories of this spool: sudo orderd partner remove \(name) --purge-data")
                }
                if name == change.context.configuration[Keys.Fulfil.warehouse] {
                    throw CommandFailure.refused(
                        "\(name) is fulfil.warehouse: pick requests go into its directories; name another one there first")
                }
            }
            // What was removed before can be purged still.
            if !(purgeData && change.known?.state == "removed") {
                try change.perform("removed", json: output.json) { try $0.lockOut() }
                change.tellRest { $0.lock }
            }
            if purgeData { try purge(change) }
        }

        private func purge(_ change: PartnerChanging) throws {
            let queries = try change.context.reader().queries
            let inWork = try queries.stageCounts().filter { $0.partner == name && !$0.stage.isTerminal }.reduce(0) { $0 + $1.orders }
            guard inWork == 0 else {
                throw CommandFailure.refused(
                    "\(counted(inWork, "order")) of \(name) \(inWork == 1 ? "is" : "are") in work or wait(s) for a person, and its status files "
                        + "are still written; its directories stay: orderd partner remove \(name) --purge-data, once all have ended")
            }
            try change.installation.purge()
            if !output.json { say("its directories are gone") }
        }
    }
}

/// What disabling, enabling and removing a partner have in common: the ledger, and the login where this may change it.
struct PartnerChanging {
    let context: CommandContext
    let installation: PartnerInstallation
    let holder: SpoolHolder
    /// As the ledger knows it.
    let known: PartnerChange?
    private let name: String

    init(_ name: String, _ options: SpoolOptions, _ machine: any Machine, _ isRoot: Bool) throws {
        self.name = name
        context = try options.context()
        known = try context.reader().queries.partners().first { $0.name == name }
        holder = try SpoolHolder(of: context.tree(), machine: machine, isRoot: isRoot)
        installation = PartnerInstallation(
            name, role: known.flatMap { PartnerRole(rawValue: $0.role) } ?? .shop, context: context, machine: machine)
    }

    /// Changes the ledger, and before or after it what `before` and `after` do where this may change accounts.
    func perform(
        _ state: String, json: Bool, before: (PartnerInstallation) throws -> Void, after: (PartnerInstallation) throws -> Void = { _ in }
    ) throws {
        let isOurs = holder == .installed && known != nil && (known?.state != "removed" || state != "active")
        if isOurs { try before(installation) }
        try context.perform(PartnerCommand.change(name, state), json: json, subject: name)
        if isOurs { try after(installation) }
    }

    /// Says what the login still needs, where this could not change it and there is an account.
    func tellRest(_ command: (PartnerAccount) -> [String]) {
        guard holder != .installed, installation.ownAccount != nil else { return }
        complain("the login stays as it is; as root: \(shellText(command(installation.account)))")
    }
}
