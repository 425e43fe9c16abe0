import ArgumentParser
import Foundation
import Ledger
import Orders
import Spool

/// `orderd audit`
struct AuditCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit",
        abstract: "Verify the history.",
        discussion: """
            Every event bears the hash of the one before it, and every table of the ledger can be made again from the events.

              orderd audit verify
            """,
        subcommands: [Verify.self])

    /// `orderd audit verify`
    struct Verify: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "verify",
            abstract: "Find a changed byte in journal or ledger, and name its place.",
            discussion: """
                Follows the journal's hash chain from the first event to the last, compares each line with the ledger, makes all tables again \
                from the events and compares them too. Beside a running daemon it looks at one moment. Exit code 1 where something differs.

                  orderd audit verify
                  orderd audit verify --json
                """)

        @OptionGroup var output: JSONOption
        @OptionGroup var options: SpoolOptions

        func run() throws {
            let context = try options.context()
            let reader = try context.reader()
            var findings = 0
            let extent = try context.audit(reader) { finding in
                findings += 1
                if output.json {
                    say { writer in
                        writer.member("version", 1)
                        writer.member("kind", "finding")
                        writer.member("place", finding.place)
                        writer.member("message", finding.message)
                    }
                } else {
                    say("\(finding.place): \(printable(finding.message))")
                }
            }
            if output.json {
                say { writer in
                    writer.member("version", 1)
                    writer.member("kind", "summary")
                    writer.member("events", extent.events)
                    writer.member("rows", extent.rows)
                    writer.member("findings", findings)
                }
            } else {
                let verdict =
                    findings == 0 ? "nothing differs" : "\(counted(findings, "finding")): see the section on damage in docs/operate.md"
                say("\(counted(extent.events, "event")) followed, \(counted(extent.rows, "row")) compared; \(verdict)")
            }
            if findings > 0 { throw CommandFailure.partly }
        }
    }
}

extension CommandContext {
    /// Verifies ledger and journal against each other.
    func audit(_ reader: LedgerReader, finding: (Finding) -> Void) throws -> Audit.Extent {
        let tree = try tree()
        let scratch = FileManager.default.temporaryDirectory.appendingPathComponent("orderd-audit-\(UUID().uuidString).sqlite").path
        defer {
            for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: scratch + suffix) }
        }
        let bar = ProgressBar("events", total: try reader.queries.head().seq)
        defer { bar.end() }
        let journal = try Directory(at: tree.rootDescriptor, path: Path(SpoolTree.journal), files: files)
        // The audit knows the directory by its number only.
        return try withExtendedLifetime(journal) {
            try Audit.verify(reader, journal: journal.descriptor, files: files, scratch: scratch, progress: { bar.show($0) }) { found in
                bar.end()
                finding(found)
            }
        }
    }
}
