import ArgumentParser
import Ledger
import Orders
import Spool

/// `orderd check`
struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Prove that nothing is lost, doubled or altered.",
        discussion: """
            Counts dropped files and orders in two ways, looks whether every order has exactly one file, in the directory of its state and with \
            the content that was accepted, whether every receipt and status file is there and says what the ledger says, and verifies the \
            history as orderd audit verify does. It runs beside the daemon too: what differs is looked at again, and only what stays is \
            reported. Exit code 1 where something is.

              orderd check
              orderd check --quick
            """)

    @Flag(help: "Only counts and orders that are not at their end; neither receipts nor the history.")
    var quick = false
    @OptionGroup var output: JSONOption
    @OptionGroup var options: SpoolOptions

    func run() throws {
        let context = try options.context()
        let reader = try context.reader()
        let check = SpoolCheck(context, tree: try context.tree(), reader: reader, isQuick: quick)
        var findings = try check.run()
        var extent: Audit.Extent?
        if !quick {
            extent = try context.audit(reader) { findings.append(CheckFinding(place: $0.place, message: $0.message)) }
        }
        findings.forEach(show)
        summarize(check, extent, findings.count)
        if !findings.isEmpty { throw CommandFailure.partly }
    }

    private func show(_ finding: CheckFinding) {
        if output.json {
            say { writer in
                writer.member("version", 1)
                writer.member("kind", "finding")
                writer.member("place", finding.place)
                writer.member("message", finding.message)
            }
        } else {
            say("\(printable(finding.place)): \(printable(finding.message))")
        }
    }

    private func summarize(_ check: SpoolCheck, _ extent: Audit.Extent?, _ findings: Int) {
        let counts = check.counts
        if output.json {
            say { writer in
                writer.member("version", 1)
                writer.member("kind", "summary")
                writer.member("files", counts.drops)
                writer.member("inHand", counts.open)
                writer.member("read", counts.entries.entries)
                writer.member("accepted", counts.entries.accepted)
                writer.member("duplicate", counts.entries.duplicate)
                writer.member("conflict", counts.entries.conflict)
                writer.member("rejected", counts.entries.rejected)
                writer.member("ordersExamined", counts.orders)
                writer.member("receiptsExamined", counts.receipts)
                writer.member("events", extent?.events)
                writer.member("rows", extent?.rows)
                writer.member("leftToNextStart", counts.excused)
                writer.member("findings", findings)
            }
            return
        }
        say(
            "files: \(counts.drops) judged, \(counts.open) in hand; orders read: \(counts.entries.entries) = \(counts.entries.accepted) accepted + "
                + "\(counts.entries.duplicate) duplicate + \(counts.entries.conflict) conflict + \(counts.entries.rejected) rejected")
        let stages = counts.stages.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }.joined(separator: ", ")
        say("accepted: \(stages.isEmpty ? "none" : stages)")
        say(
            "looked at \(counted(counts.orders, "order")) and \(counted(counts.receipts, "receipt"))"
                + (extent.map { ", followed \(counted($0.events, "event")), compared \(counted($0.rows, "row"))" }
                    ?? "; history not looked at"))
        for note in check.notes { say("note: \(note)") }
        say(findings == 0 ? "it all adds up" : "\(counted(findings, "finding")): see the section on orderd check in docs/operate.md")
    }
}
