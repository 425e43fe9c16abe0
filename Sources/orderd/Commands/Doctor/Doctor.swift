/// Looks, mends where it may, and looks again.
struct Doctor {
    /// What came of one check.
    struct Diagnosis {
        let check: DoctorCheck
        let findings: [DoctorFinding]
    }

    /// A command that was run to mend something.
    struct Treatment {
        let check: DoctorCheck
        let finding: DoctorFinding
        /// Why it did not help; nil where every command ended well.
        let failure: String?
    }

    let machine: any MachineView
    let root: String
    let configuration: Configuration
    /// Where `etc/` of a checkout is; nil for what is installed.
    let etc: String?

    /// Looks once. Checks that make no sense here are left out.
    func diagnose() -> (diagnoses: [Diagnosis], isInstalled: Bool) {
        let examination = Examination(machine: machine, root: root, configuration: configuration, etc: etc)
        let diagnoses = DoctorCheck.all.filter { $0.scope == .anySpool || examination.isInstalled }.map { check in
            Diagnosis(check: check, findings: check.look(examination))
        }
        return (diagnoses, examination.isInstalled)
    }

    /// What one mends may let another be seen: a group that is made, and then the owner of a directory.
    private static let rounds = 5

    /// Mends what may be mended without asking, and tells of each.
    func mend(_ told: (Treatment) -> Void) {
        var tried: Set<DoctorFinding> = []
        for _ in 0..<Self.rounds {
            var isNew = false
            for diagnosis in diagnose().diagnoses {
                for finding in diagnosis.findings where finding.isSafe && !finding.mend.isEmpty && tried.insert(finding).inserted {
                    isNew = true
                    told(Treatment(check: diagnosis.check, finding: finding, failure: run(finding.mend)))
                }
            }
            if !isNew { return }
        }
    }

    /// Why a command failed; nil where all ended well.
    private func run(_ commands: [DoctorFinding.Command]) -> String? {
        for command in commands {
            let shown = shellText(command)
            guard let outcome = machine.run(command) else { return "\(shown): there is no program \(command.first ?? "")" }
            if outcome.code != 0 {
                let words = outcome.output.split(separator: "\n").first.map(String.init) ?? "it said nothing"
                return "\(shown): exit code \(outcome.code): \(words)"
            }
        }
        return nil
    }
}
