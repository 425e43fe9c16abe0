import ArgumentParser
import Ledger
import Orders

/// `orderd queue`
struct QueueCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "queue",
        abstract: "Show how many orders wait where, and for how long.",
        discussion: """
            A row for each stage or partner, a column for the minutes since an order there was accepted, T for all of them: as Postfix's \
            qshape does it. Then what is paused, and what waits in the drop directories. Orders that are done, cancelled or rejected are not \
            counted.

              orderd queue
              orderd queue --by partner
              orderd queue --json
            """)

    private static let groupings = Grouping.allCases.map(\.rawValue).joined(separator: " or ")

    @Option(
        help: ArgumentHelp("What makes a row: \(groupings).", valueName: "what"),
        completion: .list(Grouping.allCases.map(\.rawValue)),
        transform: { text in
            guard let grouping = Grouping(rawValue: text) else {
                throw ValidationError("--by: expected \(Self.groupings), found \(printable(text)).")
            }
            return grouping
        })
    var by = Grouping.stage
    @OptionGroup var output: JSONOption
    @OptionGroup var options: SpoolOptions

    func run() throws {
        let context = try options.context()
        let reader = try context.reader()
        let now = Timestamp.now
        let (shape, pauses, partners) = try reader.snapshot { (queries) throws(LedgerError) in
            (
                try QueueShape(queries, by: by, now: now), try queries.pauses(),
                try queries.partners().filter { $0.state != "removed" }.map(\.name)
            )
        }
        let inboxes = Inbox.all(of: partners, try context.tree()).filter { $0.waiting + $0.temporary > 0 }.map {
            var inbox = $0
            inbox.rateLimit = context.configuration[Keys.Intake.rateLimit, partner: inbox.partner]
            return inbox
        }
        if output.json {
            shape.write()
            write(pauses, inboxes)
            return
        }
        for line in shape.lines(.output) { say(line) }
        for pause in pauses {
            say("paused: \(pause.pause.what), since \(told(pause.since, now: now)), by \(printable(pause.pause.by))" + reason(pause.pause))
        }
        for inbox in inboxes { say("waiting: \(inbox.text)") }
        if context.isDaemonRunning() == false { say("no daemon runs on this spool: orderd run --spool \(context.root)") }
    }

    private func reason(_ pause: Pause) -> String { pause.reason.isEmpty ? "" : ": " + printable(pause.reason) }

    private func write(_ pauses: [(pause: Pause, since: Timestamp)], _ inboxes: [Inbox]) {
        for pause in pauses {
            say { writer in
                writer.member("version", 1)
                writer.member("kind", "pause")
                writer.member("what", pause.pause.what)
                writer.member("since", pause.since)
                writer.member("by", pause.pause.by)
                writer.member("reason", pause.pause.reason)
            }
        }
        for inbox in inboxes {
            say { writer in
                writer.member("version", 1)
                writer.member("kind", "inbox")
                writer.member("partner", inbox.partner)
                writer.member("directory", inbox.directory)
                writer.member("files", inbox.waiting)
                writer.member("temporary", inbox.temporary)
                if inbox.rateLimit > 0 { writer.member("rateLimit", inbox.rateLimit) }
            }
        }
    }
}
