import ArgumentParser
import Foundation
import Glibc
import Orders

/// `orderd doctor`
struct DoctorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Compare the installation with what it should be.",
        discussion: """
            Looks at owners, modes and access lists, accounts, keys, the unit and its drop-ins, sshd's rule for partners, limits, disk, file \
            system, clock, SQLite's settings and versions, and compares them with what is declared: the files that the package brings, or \
            those of a checkout with --etc. For each difference it says what it is, why it matters, and the command that mends it; for \
            what is worth knowing, such as a pause, it prints a note. Where all is well it prints nothing but, on a terminal, that. It \
            changes nothing, may run beside the daemon, and sees all of it only as root.

              sudo orderd doctor
              sudo orderd doctor --fix         mend what only puts back what is declared
              orderd doctor --spool spool      somebody's own spool, not installed
              sudo orderd doctor --etc etc     compare with what a checkout declares

            Exit code 0 where nothing differs, 1 where something does, 2 where it could not look. docs/doctor.md has every check.
            """)

    @Flag(help: "Run the commands that only put back what is declared, say what was done, and look again.")
    var fix = false
    @Option(help: ArgumentHelp("Compare with what this directory declares, laid out as etc/ of the repository.", valueName: "dir"))
    var etc: String?
    @OptionGroup var output: JSONOption
    @OptionGroup var options: SpoolOptions

    func run() throws {
        let context = try options.context()
        // Wrong paths are no drift.
        _ = try context.tree()
        if geteuid() != 0, access(context.ledgerPath, R_OK) != 0, errno == EACCES {
            throw CommandFailure.couldNotRun(
                "\(printable(context.ledgerPath)) may not be read: run it as root, or as a member of \(Accounts.administrators), who see a part"
            )
        }
        if let etc, !FileManager.default.fileExists(atPath: "\(etc)/\(DeclaredFile.unit.source)") {
            throw CommandFailure.couldNotRun("\(printable(etc)) declares no unit: expected \(DeclaredFile.unit.source) in it")
        }
        let doctor = Doctor(
            machine: SystemMachineView(), root: Self.absolute(context.root), configuration: context.configuration,
            etc: etc.map(Self.absolute))
        var mended = 0
        if fix {
            doctor.mend { treatment in
                if treatment.failure == nil { mended += 1 }
                show(treatment)
            }
        }
        let (diagnoses, isInstalled) = doctor.diagnose()
        for diagnosis in diagnoses {
            for finding in diagnosis.findings { show(finding, of: diagnosis.check) }
        }
        let findings = diagnoses.flatMap(\.findings)
        let drifts = findings.count { $0.weight == .drift }
        summarize(
            checks: diagnoses.count, isInstalled: isInstalled, drifts: drifts, notes: findings.count - drifts, mended: mended,
            fixable: findings.count { $0.weight == .drift && $0.isSafe && !$0.mend.isEmpty })
        if drifts > 0 { throw CommandFailure.partly }
    }

    private static func absolute(_ path: String) -> String {
        // The kernel's own resolution, since /proc has no other.
        guard let resolved = realpath(path, nil) else { return path }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    private func show(_ finding: DoctorFinding, of check: DoctorCheck) {
        if output.json {
            say { writer in
                writer.member("version", 1)
                writer.member("kind", finding.weight == .drift ? "finding" : "note")
                Self.write(finding, check, &writer)
            }
            return
        }
        let note = finding.weight == .note ? "note: " : ""
        say("\(note)\(printable(finding.subject)): \(printable(finding.found)); expected \(printable(finding.expected))  [\(check.id)]")
        say("    why   \(finding.why)")
        for command in finding.commands { say("    mend  \(printable(command))") }
        if let advice = finding.advice { say("    \(finding.mend.isEmpty ? "mend" : "also")  \(printable(advice))") }
    }

    private func show(_ treatment: Doctor.Treatment) {
        if output.json {
            say { writer in
                writer.member("version", 1)
                writer.member("kind", treatment.failure == nil ? "mended" : "notMended")
                Self.write(treatment.finding, treatment.check, &writer)
                writer.member("error", treatment.failure.map(printable))
            }
            return
        }
        let finding = treatment.finding
        if let failure = treatment.failure {
            say("not mended: \(printable(finding.subject)): \(printable(failure))  [\(treatment.check.id)]")
        } else {
            say(
                "mended: \(printable(finding.subject)): \(printable(finding.found)); is \(printable(finding.expected)) now  [\(treatment.check.id)]"
            )
            for command in finding.commands { say("    ran   \(printable(command))") }
        }
    }

    private static func write(_ finding: DoctorFinding, _ check: DoctorCheck, _ writer: inout JSONWriter) {
        writer.member("check", check.id)
        writer.member("subject", printable(finding.subject))
        writer.member("found", printable(finding.found))
        writer.member("expected", printable(finding.expected))
        writer.member("why", finding.why)
        writer.key("commands")
        writer.beginArray()
        for command in finding.commands { writer.value(command) }
        writer.endArray()
        writer.member("advice", finding.advice.map(printable))
        writer.member("fix", finding.isSafe && !finding.mend.isEmpty)
    }

    private func summarize(checks: Int, isInstalled: Bool, drifts: Int, notes: Int, mended: Int, fixable: Int) {
        let skipped = DoctorCheck.all.count - checks
        if output.json {
            say { writer in
                writer.member("version", 1)
                writer.member("kind", "summary")
                writer.member("installed", isInstalled)
                writer.member("checks", checks)
                writer.member("skipped", skipped)
                writer.member("findings", drifts)
                writer.member("notes", notes)
                writer.member("mended", mended)
            }
            return
        }
        let words =
            skipped == 0
            ? "" : "; \(skipped) that concern an installation left out: this spool is none's (--etc DIR compares with a checkout)"
        if drifts == 0 {
            guard isTerminal(STDOUT_FILENO) || mended > 0 else { return }
            say("all \(checks) checks good" + words)
        } else {
            let hint = fix || fixable == 0 ? "" : "; orderd doctor --fix mends \(fixable == drifts ? "all" : "\(fixable)") of them"
            say("\(counted(drifts, "difference")) found by \(checks) checks" + hint + words)
        }
    }
}
