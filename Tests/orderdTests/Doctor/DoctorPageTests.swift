import Foundation
import Testing

@testable import orderd

/// The tables of `docs/doctor.md` are the list of checks and the list of breakages; `make pages` writes them.
@Suite struct DoctorPageTests {
    private static func checks() -> String {
        let rows = DoctorCheck.all.map { "| `\($0.id)` | \($0.compares) | \($0.scope == .anySpool ? "any spool" : "installed") |" }
        return (["| check | compares | where |", "|---|---|---|"] + rows).joined(separator: "\n")
    }

    private static func breakages() throws -> String {
        var rows = ["| | broken | found by | it says | mended by |", "|---|---|---|---|---|"]
        for (index, breakage) in Breakage.all.enumerated() {
            let machine = try InstalledMachine.make()
            breakage.break(machine)
            let doctor = Doctor(machine: machine, root: InstalledMachine.root, configuration: Configuration(), etc: nil)
            let finding = try #require(doctor.diagnose().diagnoses.flatMap(\.findings).first)
            let commands = finding.commands.map { "`\($0)`" }.joined(separator: ", ")
            let remedy =
                switch breakage.remedy {
                case .fix: "`--fix`: \(commands)"
                case .commands: commands
                case .hand: "hand: \(finding.advice ?? "")"
                }
            let says = "\(finding.weight == .note ? "note: " : "")\(finding.subject): \(finding.found); expected \(finding.expected)"
            rows.append("| \(index + 1) | \(breakage.what) | `\(breakage.check)` | \(cell(says)) | \(cell(remedy)) |")
        }
        return rows.joined(separator: "\n")
    }

    private static func cell(_ text: String) -> String { text.replacing("|", with: "\\|") }

    @Test func thePageHasEveryCheckAndEveryBreakage() throws {
        let file = try packageRoot().appending(path: "docs/doctor.md")
        let page = try contents(of: file)
        var made = page
        for (name, table) in [("checks", Self.checks()), ("breakages", try Self.breakages())] {
            let parts = made.components(separatedBy: "<!-- \(name) -->\n")
            try #require(parts.count == 3, "docs/doctor.md needs <!-- \(name) --> before and behind that table")
            made = parts[0] + "<!-- \(name) -->\n" + table + "\n<!-- \(name) -->\n" + parts[2]
        }
        if ProcessInfo.processInfo.environment["UPDATE_PAGES"] == "1" { try Data(made.utf8).write(to: file) }
        #expect(try contents(of: file) == made, "docs/doctor.md is not what the lists give; run `make pages`")
    }
}
