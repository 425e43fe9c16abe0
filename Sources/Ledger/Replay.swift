public import Orders
public import Spool

/// Makes tables anew from events.
final class Replay {
    private let tables: Tables
    private let keepsEvents: Bool
    private var pending = 0
    private(set) var head = Head.origin
    private(set) var spoolID = ""

    /// - Parameter keepsEvents: whether the table `events` is made too.
    init(_ connection: Connection, keepsEvents: Bool) {
        tables = Tables(connection)
        self.keepsEvents = keepsEvents
    }

    func take(_ line: JournalLine) throws(LedgerError) {
        try tables.apply(try line.event())
        if line.seq == 1 { spoolID = line.source }
        if keepsEvents {
            tables.events.append(
                Tables.EventRow(
                    seq: line.seq, at: line.at.milliseconds, kind: line.kind, subject: line.subject, data: line.data, hash: line.hash,
                    personal: line.personal))
        }
        head = Head(seq: line.seq, at: line.at, hash: line.hash)
        pending += 1
        if pending >= 8192 { try flush() }
    }

    func flush() throws(LedgerError) {
        try tables.connection.execute("BEGIN IMMEDIATE")
        try tables.flush()
        try tables.connection.execute("COMMIT")
        tables.forget()
        pending = 0
    }
}

/// Makes a ledger anew from the journal.
public enum Rebuild {
    /// Reads the whole journal, checks its chain, and writes a ledger at `path`, which must not exist.
    ///
    /// - Parameter progress: is told the number of events taken in, now and then.
    /// - Returns: the last event.
    /// - Throws: `damaged` with file and line where the chain breaks; nothing is left at `path` that could be taken for a ledger then.
    public static func ledger(
        at path: String, journal directory: Descriptor, files: any FileOperations, progress: (Int64) -> Void
    ) throws(LedgerError) -> (seq: Int64, at: Timestamp) {
        let connection = try Ledger.connect(path: path)
        defer { connection.close() }
        // The file gets its name only when it is whole: until then nothing need survive.
        try connection.execute("PRAGMA synchronous=OFF; PRAGMA cache_size=-64000")
        let replay = Replay(connection, keepsEvents: true)
        try Journal(directory: directory, files: files).forEachLine { (segment, number, raw) throws(LedgerError) in
            let line = try checked(raw, after: replay.head, place: "journal/\(segment.description) line \(number)")
            try replay.take(line)
            if line.seq % 16_384 == 0 { progress(line.seq) }
            return true
        }
        try replay.flush()
        guard replay.head.seq > 0 else {
            throw LedgerError(.missing, "the journal holds no event", hint: "restore journal/ from a backup")
        }
        // Positions of files are no commands after a rebuild; the ledger's places win.
        try connection.execute("INSERT OR REPLACE INTO marks VALUES('stop', 'rebuilt')")
        try connection.execute("INSERT OR REPLACE INTO cursors VALUES('journal', \(replay.head.seq))")
        try connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        progress(replay.head.seq)
        return (replay.head.seq, replay.head.at)
    }

    /// The number of the journal's last event, 0 where it has none: how far a rebuild has to go. It reads the journal's last file.
    public static func lastEvent(journal directory: Descriptor, files: any FileOperations) throws(LedgerError) -> Int64 {
        try Journal(directory: directory, files: files).lastLine().line?.seq ?? 0
    }

    /// A line that is the next of the chain, or an error that names its place.
    static func checked(_ raw: [UInt8], after head: Head, place: String) throws(LedgerError) -> JournalLine {
        let line: JournalLine
        do {
            line = try JournalLine(raw)
        } catch {
            throw LedgerError(.damaged, "\(place): \(error.message)", hint: "restore this file of the journal from a backup")
        }
        guard line.seq == head.seq + 1 else {
            throw LedgerError(
                .damaged, "\(place): expected event \(head.seq + 1), found \(line.seq)",
                hint: "restore this file of the journal from a backup")
        }
        if let fault = line.fault(after: head.hash, raw: raw) {
            throw LedgerError(.damaged, "\(place), event \(line.seq): \(fault)", hint: "restore this file of the journal from a backup")
        }
        return line
    }
}
