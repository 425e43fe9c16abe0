import ArgumentParser
import Ledger
import Orders
import Reports
import Spool

/// `orderd report`
struct ReportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "Write the report for people: reports/index.html.",
        discussion: """
            Says in one sentence whether all is well, then what needs a person, what flows, how well, what sells, and what was refused. Beside \
            it a page for each day and each partner, and one for each order that needs a person. Static pages, without network: open them from \
            the disk, copy them, or put any web server before them. The daemon keeps them up to date by itself (report.interval); this writes \
            all of them now.

              orderd report
              orderd report --json
            """)

    @OptionGroup var output: JSONOption
    @OptionGroup var options: SpoolOptions

    func run() throws {
        let context = try options.context()
        let tree = try context.tree()
        let isRunning = context.isDaemonRunning()
        let reader = try context.reader()
        let templates = try ReportTemplates(context.configuration)
        let identity = try SpoolIdentity(of: tree)
        defer { identity.restore() }
        let writer = ReportWriter(
            tree: tree, reader: reader, templates: templates, settings: ReportSettings(context.configuration, root: context.root))
        let file = InboxLook(tree).oldest(of: try reader.queries.activePartners())
        let outcome = try writer.write(
            now: Timestamp.now, daemon: DaemonCondition(isRunning: isRunning, stateOf: tree, oldestFile: file))
        for failure in outcome.failures { complain("cannot write \(failure)") }
        if output.json {
            say { writer in
                writer.member("version", 1)
                writer.member("path", "\(context.root)/reports/index.html")
                writer.member("pages", outcome.pages)
                writer.member("failed", outcome.failures.count)
            }
        } else {
            say("wrote \(counted(outcome.pages - outcome.failures.count, "page")): \(context.root)/reports/index.html")
        }
        if !outcome.failures.isEmpty { throw CommandFailure.partly }
    }
}
