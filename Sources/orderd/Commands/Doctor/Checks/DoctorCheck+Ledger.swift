import Ledger

/// How SQLite keeps the ledger.
extension DoctorCheck {
    static let ledger: [DoctorCheck] = [
        DoctorCheck("ledger.readable", .anySpool, "the ledger can be read") { examination in
            guard case .failure(let error) = examination.ledger, error.code != .newerSchema else { return [] }
            return [
                DoctorFinding(
                    subject: SpoolSession.ledgerPath(examination.root), found: error.message, expected: "a ledger that can be read",
                    why: "nothing runs without it, and checks of partners are left out here", advice: error.hint.isEmpty ? nil : error.hint,
                    isSafe: false)
            ]
        },
        DoctorCheck("ledger.journal-mode", .anySpool, "SQLite's journal_mode of the ledger: wal") { examination in
            guard let settings = examination.facts?.settings, settings.journalMode != "wal" else { return [] }
            let path = SpoolSession.ledgerPath(examination.root)
            return [
                DoctorFinding(
                    subject: path, found: "journal_mode \(settings.journalMode)", expected: "wal",
                    why: "readers and the daemon lock each other out, and each commit waits for the disk several times",
                    mend: [["sqlite3", path, "PRAGMA journal_mode=WAL"], ["chown", "--reference=\(path)", path + "-wal", path + "-shm"]],
                    advice: "while orderd is stopped; its next start sets it too", isSafe: false)
            ]
        },
        DoctorCheck("ledger.synchronous", .anySpool, "SQLite's synchronous, as a writer gets it: full") { examination in
            guard let settings = examination.facts?.settings, settings.synchronous < 2 else { return [] }
            return [
                DoctorFinding(
                    subject: "SQLite \(settings.engine)", found: "synchronous \(settings.synchronous)", expected: "2 (full) or more",
                    why: "a power cut loses orders that were acknowledged", mend: reinstall,
                    advice: "SQLite was built in a way that does not sync: use Debian's", isSafe: false)
            ]
        },
        DoctorCheck("ledger.secure-delete", .anySpool, "SQLite's secure_delete, as a writer gets it: on") { examination in
            guard let settings = examination.facts?.settings, !settings.deletesSecurely else { return [] }
            return [
                DoctorFinding(
                    subject: "SQLite \(settings.engine)", found: "secure_delete off", expected: "on",
                    why: "names and addresses that are erased stay in free pages of the ledger", mend: reinstall,
                    advice: "SQLite was built without it: use Debian's", isSafe: false)
            ]
        },
    ]

    private static let reinstall: [DoctorFinding.Command] = [["apt-get", "install", "--reinstall", "-y", "libsqlite3-0"]]
}
