import Ledger

/// What belongs together, with what is there.
extension DoctorCheck {
    static let versions: [DoctorCheck] = [
        DoctorCheck("versions.daemon", .anySpool, "the daemon that runs, with this program") { examination in
            guard let daemon = examination.daemon, daemon.software != orderdVersion || daemon.isReplaced else { return [] }
            return [
                DoctorFinding(
                    subject: "the daemon, process \(daemon.process)",
                    found: daemon.software == orderdVersion ? "its program was replaced since it started" : "version \(daemon.software)",
                    expected: "version \(orderdVersion), which is installed", why: "what was mended in the new one is not in force yet",
                    mend: examination.isInstalled ? [["systemctl", "restart", "orderd"]] : [["kill", "\(daemon.process)"]],
                    advice: examination.isInstalled ? nil : "and start it again", isSafe: false)
            ]
        },
        DoctorCheck("versions.ledger", .anySpool, "the ledger's tables, with those that this program knows") { examination in
            guard case .failure(let error) = examination.ledger, error.code == .newerSchema else { return [] }
            return [
                DoctorFinding(
                    subject: SpoolSession.ledgerPath(examination.root), found: "tables of a newer orderd",
                    expected: "tables that \(orderdVersion) knows",
                    why: "this version refuses it, and changes nothing", mend: [["apt-get", "install", "-y", "orderd"]],
                    advice: "install the newer version again", isSafe: false)
            ]
        },
        DoctorCheck("versions.sqlite", .anySpool, "SQLite's version, with 3.39.0, from which on all statements of orderd are known to it") {
            examination in
            guard let engine = examination.facts?.settings.engine, isOlder(engine, than: [3, 39, 0]) else { return [] }
            return [
                DoctorFinding(
                    subject: "SQLite", found: engine, expected: "3.39.0 or later",
                    why: "orderd check and rebuild ask it in words that it does not know",
                    mend: [["apt-get", "install", "-y", "libsqlite3-0"]], isSafe: false)
            ]
        },
    ]

    private static func isOlder(_ version: String, than least: [Int]) -> Bool {
        version.split(separator: ".").map { Int($0) ?? 0 }.lexicographicallyPrecedes(least)
    }
}
