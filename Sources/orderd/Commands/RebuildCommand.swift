import ArgumentParser
import Orders
import Spool

/// `orderd rebuild`
struct RebuildCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rebuild",
        abstract: "Make the ledger again from the journal, and the spool's content from the ledger.",
        discussion: """
            Only while no daemon runs. With --ledger the ledger is made anew from the journal; the old one is kept beside it, under its time. \
            With --content every file in queue/, status/ and receipts/ is written again where the ledger says. Without an option the ledger is \
            made anew where it is missing, damaged, or behind the journal, and then the spool's content.

              orderd rebuild
              orderd rebuild --ledger
              orderd rebuild --content
            """)

    @Flag(help: "Make the ledger anew from the journal.") var ledger = false
    @Flag(help: "Make queue/, status/ and receipts/ anew from the ledger.") var content = false
    @OptionGroup var output: JSONOption
    @OptionGroup var options: SpoolOptions

    func run() throws {
        let context = try options.context()
        let tree = try context.tree()
        let rebuild = try Rebuilding(context, tree)
        defer { rebuild.unlock() }
        var events: Rebuilding.Made?
        if try ledger || (!content && rebuild.isLedgerNoGood()) {
            let made = try rebuild.makeLedger()
            events = made
            if !output.json {
                say("made the ledger from \(counted(made.events, "event"))" + (made.kept.map { "; the old one is \($0)" } ?? ""))
            }
        }
        var orders: Int64?
        if content || !ledger {
            let count = try rebuild.makeContent()
            orders = count
            if !output.json {
                say("brought the files of \(counted(count, "order")) to where the ledger says, and published all receipts and status files")
            }
        }
        if output.json {
            say { writer in
                writer.member("version", 1)
                writer.member("events", events?.events)
                writer.member("kept", events?.kept)
                writer.member("orders", orders)
            }
        }
    }
}
