import ArgumentParser
import Ledger
import Logging
import Orders
import Spool

/// `orderd run`: the daemon.
struct RunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Run the daemon.",
        discussion: """
            Takes what partners drop and moves orders on until SIGTERM or SIGINT, which ends it cleanly within a few seconds. SIGHUP reads the \
            configuration again. It stays in the foreground and logs one line an event on standard error: systemd, or a shell's &, does the rest.

            With --drain it does all that is due, waits for uploads to settle but not for deferred orders, prints what came of it, and ends.

              orderd run --spool spool
              orderd run --drain --spool spool
            """)

    @Flag(help: "Do all that is due now, print counts, and end.")
    var drain = false
    @OptionGroup var output: JSONOption
    @OptionGroup var options: SpoolOptions

    func validate() throws {
        if output.json, !drain { throw ValidationError("--json is for the counts of --drain.") }
    }

    func run() throws {
        let context = try options.context()
        let options = options
        let before = drain ? try? DrainCounts(context.reader().queries) : nil
        let daemon = try Daemon(
            root: context.root, configuration: context.configuration, drains: drain, log: Logger.orderd(context.configuration),
            reload: { try options.configuration() })
        guard drain else {
            try daemon.run()
            return
        }
        let progress = DrainProgress(context, taken: before?.drops.values.reduce(0, +) ?? 0)
        defer { progress.end() }
        daemon.turnEnded = progress.show
        try daemon.run()
        progress.end()
        let after = try DrainCounts(context.reader().queries)
        show(before ?? DrainCounts(), after)
    }

    private func show(_ before: DrainCounts, _ after: DrainCounts) {
        let files = after.drops.mapValues { $0 }.merging(before.drops.mapValues { -$0 }, uniquingKeysWith: +).filter { $0.value != 0 }
        if output.json {
            say { writer in
                writer.member("version", 1)
                writer.member("events", after.events - before.events)
                writer.key("files")
                Self.write(files, &writer)
                writer.key("orders")
                Self.write(after.stages.filter { $0.value != 0 }, &writer)
            }
            return
        }
        let taken = files.values.reduce(0, +)
        say("\(counted(taken, "file")) taken" + Self.list(files))
        let orders = after.stages.values.reduce(0, +)
        say("\(counted(orders, "order")) in the spool" + Self.list(after.stages))
    }

    private static func list(_ counts: [String: Int64]) -> String {
        let parts = counts.filter { $0.value != 0 }.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }
        return parts.isEmpty ? "" : ": " + parts.joined(separator: ", ")
    }

    private static func write(_ counts: [String: Int64], _ writer: inout JSONWriter) {
        writer.beginObject()
        for (name, count) in counts.sorted(by: { $0.key < $1.key }) {
            writer.key(name)
            writer.value(count)
        }
        writer.endObject()
    }
}

/// What the ledger counts, before and after a drain.
private struct DrainCounts {
    var events: Int64 = 0
    /// By verdict.
    var drops: [String: Int64] = [:]
    /// By stage.
    var stages: [String: Int64] = [:]

    init() {}

    init(_ queries: Queries) throws(LedgerError) {
        events = try queries.head().seq
        for total in try queries.dropTotals() { drops[total.verdict, default: 0] += total.drops }
        for count in try queries.stageCounts() { stages[count.stage.name, default: 0] += count.orders }
    }
}
