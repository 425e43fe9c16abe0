import Glibc
import Orders

extension Ledger {
    /// Fills the sums of a ledger that an older orderd wrote, by playing its events once more into a ledger beside it: the same way in as
    /// always. Done once; minutes for millions of orders. What is stopped in the middle begins anew at the next start.
    static func fillSummaries(_ connection: Connection, path: String) throws(LedgerError) {
        guard try Queries(connection).mark("summaries") == "empty" else { return }
        let scratch = path + ".summaries"
        func removeScratch() {
            for suffix in ["", "-wal", "-shm"] { unlink(scratch + suffix) }
        }
        removeScratch()
        defer { removeScratch() }
        do {
            let made = try connect(path: scratch)
            defer { made.close() }
            try made.execute("PRAGMA synchronous=OFF; PRAGMA cache_size=-64000")
            try replay(connection, into: Replay(made, keepsEvents: false))
        }
        let attach = try connection.statement("ATTACH ?1 AS made")
        attach.bind(1, scratch)
        try attach.run()
        defer { try? connection.execute("DETACH made") }
        try connection.execute("BEGIN IMMEDIATE")
        do {
            for table in Schema.summaries {
                try connection.execute("DELETE FROM main.\(table.name); INSERT INTO main.\(table.name) SELECT * FROM made.\(table.name)")
            }
            try connection.execute("DELETE FROM marks WHERE name = 'summaries'; COMMIT")
        } catch {
            try? connection.execute("ROLLBACK")
            throw error
        }
    }

    private static func replay(_ ledger: Connection, into replay: Replay) throws(LedgerError) {
        let row = try ledger.statement("SELECT seq, at, kind, subject, data, hash, salt, personal FROM events ORDER BY seq")
        defer { row.reset() }
        var previous = JournalLine.origin
        let source = try id(of: ledger) ?? ""
        while try row.step() {
            var raw: [UInt8] = []
            let personal = row.optionalBlob(6).map { PersonalPart(salt: $0, document: row.blob(7)) }
            previous = JournalLine.append(
                to: &raw, source: source, seq: row.integer(0), at: Timestamp(milliseconds: row.integer(1)), kind: row.text(2),
                subject: row.text(3), data: row.blob(4), personal: personal, previous: previous)
            raw.removeLast()
            try replay.take(try JournalLine(raw))
        }
        try replay.flush()
    }
}
