import Ledger
import Orders
import Spool

/// What is not wrong, but what somebody who looks after orderd wants to know.
extension DoctorCheck {
    static let daemon: [DoctorCheck] = [
        DoctorCheck("daemon.stop", .anySpool, "the last stop was a clean one") { examination in
            guard examination.daemon == nil, examination.facts?.stoppedCleanly == false else { return [] }
            return [
                DoctorFinding(
                    weight: .note, subject: examination.root, found: "no daemon runs, and the last stop was not clean",
                    expected: "a clean stop",
                    why: "the next start puts every file where the ledger says, whatever was moved meanwhile",
                    advice: examination.isInstalled ? "start it: systemctl start orderd" : "start it: orderd run", isSafe: false)
            ]
        },
        DoctorCheck("daemon.pauses", .anySpool, "nothing is paused by hand") { examination in
            (examination.facts?.pauses ?? []).map { pause, since in
                DoctorFinding(
                    weight: .note, subject: pause.what, found: "paused since \(since.rfc3339) by \(pause.by): \(pause.reason)",
                    expected: "not paused",
                    why: "what waits there goes on only once somebody resumes it",
                    mend: [
                        ["orderd", "resume", "--spool", examination.root]
                            + (pause.what == "intake" ? ["--intake"] : ["--step", pause.what])
                    ],
                    isSafe: false)
            }
        },
        DoctorCheck("daemon.uploads", .anySpool, "no file lies under a temporary name for more than a day") { examination in
            examination.partners.flatMap(examination.forgottenUploads)
        },
    ]
}

extension Examination {
    fileprivate func forgottenUploads(of partner: PartnerChange) -> [DoctorFinding] {
        SpoolTree.dropDirectories.compactMap { drop in
            let directory = path(SpoolTree.dropDirectory(drop, of: partner.name))
            let old = (machine.names(directory) ?? []).filter { name in
                guard judgeName(name) != .candidate, let status = machine.status(in: directory, name) else { return false }
                return status.kind == .regular && status.modified < machine.now - 86_400_000
            }
            guard let first = old.first else { return nil }
            return DoctorFinding(
                weight: .note, subject: directory,
                found: "\(counted(old.count, "file")) under a temporary name for more than a day, such as \(first)", expected: "none",
                why: "such a name is never taken: an upload that broke off, or a client that never renames",
                advice: "ask \(partner.name); what is whole can be given its final name with mv", isSafe: false)
        }
    }
}
