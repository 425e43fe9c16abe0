import ArgumentParser
import Glibc
import Ledger
import Orders
import Reports
import Spool

/// `orderd export`
struct ExportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Bring the files for analytics up to date.",
        discussion: """
            Writes reports/exports/{orders,lines,events}/dt=DAY/part-0.csv.gz for each day that is not written for the last time yet, beside a \
            running daemon too, which does the same every export.interval. Of a day that is closed nothing is written again; where a file of \
            it is missing, it comes back the same.

              orderd export
            """)

    @OptionGroup var output: JSONOption
    @OptionGroup var options: SpoolOptions

    func run() throws {
        let context = try options.context()
        let tree = try context.tree()
        // The daemon's files are for its group to read, and for nobody else.
        umask(0o027)
        let identity = try SpoolIdentity(of: tree)
        defer { identity.restore() }
        let exports = Exports(tree: tree, reader: try context.reader(), gate: nil)
        let summary: Exports.Summary
        do throws(ExportError) { summary = try exports.run(process: getpid()) } catch {
            throw CommandFailure.couldNotRun("\(error)")
        }
        if output.json {
            say { writer in
                writer.member("version", 1)
                writer.member("days", summary.days)
                writer.member("closed", summary.closed)
                for export in Export.all {
                    writer.key(export.name)
                    writer.value(summary.rows[export.name] ?? 0)
                }
            }
            return
        }
        let rows = Export.all.map { "\(summary.rows[$0.name] ?? 0) \($0.name)" }.joined(separator: ", ")
        say("wrote \(counted(summary.days, "day")): \(rows); \(counted(summary.closed, "day")) closed before")
    }
}
