import Glibc
import Orders

extension Ledger {
    /// How far the one upgrade has come that takes long: filling the sums of a ledger that an older orderd wrote.
    public enum Upgrade: Sendable, Equatable {
        /// It begins: so many orders, whose events are played once more.
        case begins(orders: Int64, events: Int64)
        /// So many of the events are played. With all of them, what was made is still to be copied.
        case at(event: Int64, of: Int64)
        /// It is done, and need not be done again.
        case ended
    }

    /// How many events are played between two words of it: some milliseconds' worth.
    private static let stride: Int64 = 1024

    /// Fills the sums of a ledger that an older orderd wrote, by playing its events once more into a ledger beside it: the same way in as
    /// always. Done once; minutes for millions of orders. What is stopped in the middle begins anew at the next start.
    static func fillSummaries(_ connection: Connection, path: String, _ tell: (Upgrade) -> Void) throws(LedgerError) {
        let scratch = path + ".summaries"
        func removeScratch() {
            for suffix in ["", "-wal", "-shm"] { unlink(scratch + suffix) }
        }
        // What a kill has left, just after the end too.
        removeScratch()
        guard try Queries(connection).mark("summaries") == "empty" else { return }
        defer { removeScratch() }
        let events = try Queries(connection).head().seq
        tell(.begins(orders: try orders(in: connection), events: events))
        do {
            let made = try connect(path: scratch)
            defer { made.close() }
            try made.execute("PRAGMA synchronous=OFF; PRAGMA cache_size=-64000")
            try replay(connection, into: Replay(made, keepsEvents: false)) { tell(.at(event: $0, of: events)) }
            tell(.at(event: events, of: events))
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
        tell(.ended)
    }

    private static func orders(in connection: Connection) throws(LedgerError) -> Int64 {
        // By an index: to look into each would take seconds before the first word.
        let row = try connection.statement("SELECT count(*) FROM orders")
        defer { row.reset() }
        return try row.step() ? row.integer(0) : 0
    }

    private static func replay(_ ledger: Connection, into replay: Replay, _ progress: (Int64) -> Void) throws(LedgerError) {
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
            if replay.head.seq % stride == 0 { progress(replay.head.seq) }
        }
        try replay.flush()
    }
}
