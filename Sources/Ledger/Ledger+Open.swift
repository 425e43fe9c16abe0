import Glibc
public import Orders
public import Spool

/// Opening a ledger, and what is to be settled between it and the journal before anything else happens.
extension Ledger {
    /// What opening found and did; for the log.
    public struct Opening: Sendable {
        /// The ledger was made just now.
        public var isNew = false
        /// The last stop was clean.
        public var wasClean = true
        /// Bytes of a cut line that were taken off the journal's end.
        public var tornBytes = 0
        /// Events that were written into the journal again from the ledger.
        public var refilled: Int64 = 0
    }

    /// Opens the ledger of a spool for writing. The caller holds the spool's lock.
    ///
    /// - Parameters:
    ///   - path: the database, `state/ledger.sqlite`.
    ///   - journal: the directory `journal/`.
    ///   - files: the file operations of the journal.
    ///   - random: for salts, and for a new spool's id.
    ///   - now: the time of a new ledger's first event.
    ///   - hasHistory: whether the spool holds orders; a spool that does never begins with an empty ledger.
    ///   - upgrading: is told of an upgrade that takes long, while it goes on.
    /// - Throws: `newerSchema`, `missing`, `journalAhead`, `diverged`, `damaged`, `storage`, each with the command that helps.
    public static func open(
        path: String, journal directory: Descriptor, files: any FileOperations, random: any RandomSource, now: Timestamp,
        hasHistory: Bool, upgrading: (Upgrade) -> Void = { _ in }
    ) throws(LedgerError) -> (ledger: Ledger, opening: Opening) {
        let journal = Journal(directory: directory, files: files)
        let (journalEnd, journalFault) = try journal.lastLine()
        let exists: Bool
        do {
            exists = try files.status(at: nil, path: Path(path)) != nil
        } catch {
            throw LedgerError(.storage, "\(error)")
        }
        if !exists {
            if let journalEnd {
                throw LedgerError(
                    .missing, "there is no ledger at \(path), but the journal holds \(journalEnd.seq) events",
                    hint: "make the ledger from the journal: orderd rebuild")
            }
            if hasHistory {
                throw LedgerError(
                    .missing, "there is neither a ledger at \(path) nor a journal, but the spool holds orders",
                    hint: "restore state/ or journal/ from a backup; to begin anew, make another spool with orderd init")
            }
        }
        var opening = Opening()
        let connection = try connect(path: path, upgrading: upgrading)
        try prepare(connection)
        let queries = Queries(connection)
        let head = try queries.head()
        opening.isNew = head.seq == 0
        if let journalEnd {
            guard journalEnd.seq <= head.seq else {
                throw LedgerError(
                    .journalAhead, "the journal ends with event \(journalEnd.seq), the ledger with \(head.seq)",
                    hint: "the ledger is older than the journal (restored from a backup?): orderd rebuild makes it anew from the journal")
            }
            guard try queries.hash(of: journalEnd.seq) == journalEnd.hash else {
                throw LedgerError(
                    .diverged, "ledger and journal tell different stories of event \(journalEnd.seq)",
                    hint: "orderd audit verify says which of the two is damaged; orderd rebuild makes the ledger anew from the journal")
            }
        }
        let spoolID = try id(of: connection) ?? newID(random)
        let ledger = Ledger(
            connection: connection, journal: journal, random: random, spoolID: spoolID, head: head)
        if opening.isNew {
            try ledger.record(.ledgerCreated(spool: spoolID), subject: "", at: now)
            ledger.setMark("stop", to: "clean")
            try ledger.commit()
        } else {
            opening.wasClean = try ledger.stoppedCleanly()
            // After a clean stop nothing was being written: what is no event there was changed by somebody.
            if opening.wasClean, let journalFault { throw journalFault }
            try ledger.settleJournal(end: journalEnd?.seq ?? 0, isSound: journalFault == nil, &opening)
        }
        return (ledger, opening)
    }

    /// Makes the journal end where the ledger ends. After an unclean stop its tail is written again from the last event that was surely on
    /// disk: a failed `fsync` may have left lines that can be read now and are gone after a power cut.
    private func settleJournal(end: Int64, isSound: Bool, _ opening: inout Opening) throws(LedgerError) {
        opening.tornBytes = try journal.tornTail()
        var kept = end
        if !opening.wasClean { kept = min(kept, try queries.cursor("journal")) }
        if kept < end || opening.tornBytes > 0 || !isSound { try journal.cut(after: kept) }
        var lines: [UInt8] = []
        var day = ""
        var previous = try queries.hash(of: kept) ?? JournalLine.origin
        let row = try connection.statement(
            "SELECT seq, at, kind, subject, data, hash, salt, personal FROM events WHERE seq > ?1 ORDER BY seq")
        row.bind(1, kept)
        while try row.step() {
            let at = Timestamp(milliseconds: row.integer(1))
            if lines.isEmpty { day = at.day }
            let personal = row.optionalBlob(6).map { PersonalPart(salt: $0, document: row.blob(7)) }
            let hash = JournalLine.append(
                to: &lines, source: spoolID, seq: row.integer(0), at: at, kind: row.text(2), subject: row.text(3), data: row.blob(4),
                personal: personal, previous: previous)
            guard hash == row.blob(5) else {
                throw LedgerError(
                    .damaged, "event \(row.integer(0)) of the ledger does not match its hash",
                    hint: "orderd audit verify says more; restore the ledger from a backup, or orderd rebuild")
            }
            previous = hash
            opening.refilled += 1
            if lines.count > 1 << 20 {
                try journal.append(lines, day: day)
                lines.removeAll(keepingCapacity: true)
            }
        }
        if !lines.isEmpty { try journal.append(lines, day: day) }
    }

    /// Opens the database, made and brought up to date where that is needed.
    static func connect(path: String, upgrading: (Upgrade) -> Void = { _ in }) throws(LedgerError) -> Connection {
        let connection: Connection
        if access(path, F_OK) == 0, let current = try connectToCurrent(path) {
            connection = current
        } else {
            try SchemaDatabase.bringUpToDate(path: path)
            connection = try Connection.open(path: path, readonly: false)
            connection.keepLog()
        }
        try fillSummaries(connection, path: path, upgrading)
        return connection
    }

    /// Opens a database whose schema is this version's, as it is at nearly every start; nil where there is something to be made.
    private static func connectToCurrent(_ path: String) throws(LedgerError) -> Connection? {
        let connection = try Connection.open(path: path, readonly: false)
        connection.keepLog()
        do throws(LedgerError) {
            switch try SchemaState(of: connection) {
            case .current: break
            case .older:
                connection.close()
                return nil
            case .newer:
                throw LedgerError(
                    .newerSchema, "the ledger at \(path) was written by a newer orderd, whose tables this version does not know",
                    hint: "install that version again; this one changes nothing")
            }
            try connection.execute("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL")
        } catch {
            connection.close()
            throw error
        }
        // What an unclean stop has left in the log goes into the database before anything is added: after a failed sync the log's end may be
        // in memory and not on disk, and no later sync of the log would write it. Where that fails, nothing is closed either: SQLite would
        // try it once more then, behind a sync that cannot be trusted. The process ends with the error.
        try connection.execute("PRAGMA wal_checkpoint(PASSIVE)")
        return connection
    }

    /// Durability of the writer's connection. Names and addresses that are erased are overwritten: Debian's SQLite does that anyway, another
    /// build need not.
    static let writerSettings = "PRAGMA synchronous=FULL; PRAGMA secure_delete=ON"

    /// Durability, and checkpoints at our own time.
    private static func prepare(_ connection: Connection) throws(LedgerError) {
        try connection.execute(writerSettings + "; PRAGMA wal_autocheckpoint=0; PRAGMA temp_store=MEMORY; PRAGMA cache_size=-16000")
    }

    static func id(of connection: Connection) throws(LedgerError) -> String? {
        let row = try connection.statement("SELECT data FROM events WHERE seq = 1")
        guard try row.step() else { return nil }
        defer { row.reset() }
        guard let value = try? JSONValue.parse(row.blob(0)) else { return nil }
        return value["spool"]?.text
    }

    private static func newID(_ random: any RandomSource) -> String {
        var bytes: [UInt8] = []
        for _ in 0..<2 { withUnsafeBytes(of: random.next()) { bytes.append(contentsOf: $0) } }
        return Hex.text(bytes)
    }
}
