import ArgumentParser
import Ledger
import Orders
import Stages

/// `orderd queue`
struct QueueCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "queue",
        abstract: "Show how many orders wait where, and for how long.",
        discussion: """
            A row for each stage, a column for the time since an order there last changed. Then what is paused, and what waits in the drop \
            directories. Orders that are done, cancelled or rejected are not counted.

              orderd queue
              orderd queue --json
            """)

    @OptionGroup var output: JSONOption
    @OptionGroup var options: SpoolOptions

    private static let bounds: [(name: String, milliseconds: Int64)] = [
        ("<1m", 60_000), ("<5m", 300_000), ("<1h", 3_600_000), ("<1d", 86_400_000),
    ]

    func run() throws {
        let context = try options.context()
        let reader = try context.reader()
        let now = Timestamp.now
        let (ages, pauses, partners) = try reader.snapshot { (queries) throws(LedgerError) in
            (
                try queries.ages(bounds: Self.bounds.map(\.milliseconds), now: now), try queries.pauses(),
                try queries.partners().filter { $0.state != "removed" }.map(\.name)
            )
        }
        let inboxes = Inbox.all(of: partners, try context.tree()).filter { $0.waiting + $0.temporary > 0 }.map {
            var inbox = $0
            inbox.rateLimit = context.configuration[Keys.Intake.rateLimit, partner: inbox.partner]
            return inbox
        }
        let stages = Self.stages(ages)
        if output.json {
            writeJSON(stages, pauses, inboxes)
            return
        }
        var rows = [["STAGE"] + Self.bounds.map(\.name) + ["OLDER", "TOTAL"]]
        for stage in stages { rows.append([stage.stage.name] + stage.counts.map { "\($0)" } + ["\(stage.total)"]) }
        let sums = stages.reduce(into: [Int64](repeating: 0, count: Self.bounds.count + 1)) { sums, stage in
            for (index, count) in stage.counts.enumerated() { sums[index] += count }
        }
        rows.append(["total"] + sums.map { "\($0)" } + ["\(sums.reduce(0, +))"])
        for line in table(rows, rightFrom: 1) { say(line) }
        for pause in pauses {
            say("paused: \(pause.pause.what), since \(told(pause.since, now: now)), by \(printable(pause.pause.by))" + reason(pause.pause))
        }
        for inbox in inboxes { say("waiting: \(inbox.text)") }
        if context.isDaemonRunning() == false { say("no daemon runs on this spool: orderd run --spool \(context.root)") }
    }

    private func reason(_ pause: Pause) -> String { pause.reason.isEmpty ? "" : ": " + printable(pause.reason) }

    /// Every stage in the order in which orders pass them, those without orders too.
    private static func stages(_ ages: [StageAges]) -> [StageAges] {
        let names = Steps.standard.map(\.name) + [Stage.compensate, .deferred, .hold, .failed].map(\.name)
        let found = Dictionary(ages.map { ($0.stage.name, $0) }) { first, _ in first }
        let none = [Int64](repeating: 0, count: bounds.count + 1)
        let others = ages.filter { !names.contains($0.stage.name) }
        return names.map { found[$0] ?? StageAges(stage: Stage($0), counts: none) } + others
    }

    private func writeJSON(_ stages: [StageAges], _ pauses: [(pause: Pause, since: Timestamp)], _ inboxes: [Inbox]) {
        for stage in stages {
            say { writer in
                writer.member("version", 1)
                writer.member("kind", "stage")
                writer.member("stage", stage.stage.name)
                writer.key("ages")
                writer.beginObject()
                for (name, count) in zip(["under1m", "under5m", "under1h", "under1d", "older"], stage.counts) {
                    writer.key(name)
                    writer.value(count)
                }
                writer.endObject()
                writer.member("total", stage.total)
            }
        }
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
