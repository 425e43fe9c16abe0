import ArgumentParser
import Spool

/// `orderd`: the daemon and every verb beside it.
@main
struct Orderd: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "orderd",
        abstract: "What Postfix is to mail, orderd is to orders.",
        discussion: """
            Partners drop order files by SFTP. orderd takes each file once it is whole, answers with a receipt, and moves its orders through \
            the directories of the spool until they are completed.

              orderd init spool                          make a spool
              orderd partner add acme --spool spool      let acme drop files into spool/partners/acme/orders/
              orderd run --spool spool                   run the daemon

            Every verb has its own --help. Exit codes: 0 done; 1 a check failed, an id is unknown, or one of several was refused; 64 usage; \
            2 could not run. Completions: orderd --generate-completion-script bash (or zsh, fish).
            """,
        version: orderdVersion,
        subcommands: [GenerateCommand.self],
        groupedSubcommands: [
            CommandGroup(name: "The spool and its daemon:", subcommands: [InitCommand.self, RunCommand.self, PartnerCommand.self]),
            CommandGroup(
                name: "Orders:",
                subcommands: [SubmitCommand.self, StatusCommand.self, ListCommand.self, WhyCommand.self]),
            CommandGroup(name: "How it goes:", subcommands: [QueueCommand.self, TopCommand.self, AlertsCommand.self]),
            CommandGroup(
                name: "What people decide:",
                subcommands: [
                    HoldCommand.self, ReleaseCommand.self, RetryCommand.self, CancelCommand.self, PauseCommand.self, ResumeCommand.self,
                ]),
            CommandGroup(name: "Products:", subcommands: [StockCommand.self, CatalogueCommand.self]),
            CommandGroup(name: "What people read:", subcommands: [ReportCommand.self, ExportCommand.self]),
            CommandGroup(
                name: "Keeping it sound:",
                subcommands: [CheckCommand.self, DoctorCommand.self, AuditCommand.self, RebuildCommand.self, ConfigCommand.self]),
        ])

    static func main() {
        DescriptorLimit.raise()
        do {
            var command = try parseAsRoot()
            try command.run()
        } catch {
            CommandFailure.end(with: error)
        }
    }
}
