import Orders
public import Spool

/// One thing that is not as it was written.
public struct Finding: Sendable, Equatable {
    /// Where: a line of the journal, or a row of the ledger.
    public let place: String
    /// What was expected there, and what was found.
    public let message: String
}

/// Finds and places a changed byte in journal or ledger: the chain of the journal is followed, the ledger's events are compared with it
/// line by line, and all other tables with the ones that the events make.
public enum Audit {
    /// How much an audit looked at.
    public struct Extent: Sendable {
        /// Events followed.
        public var events: Int64 = 0
        /// Rows compared.
        public var rows: Int64 = 0
    }

    /// Verifies a spool's history, beside a running daemon too: it looks at the ledger as of one moment.
    ///
    /// - Parameters:
    ///   - reader: the ledger.
    ///   - directory: the directory `journal/`.
    ///   - scratch: a path for a temporary database, which is removed again.
    ///   - progress: is told the number of events followed, now and then.
    ///   - finding: is told each finding; at most some dozens a table.
    public static func verify(
        _ reader: LedgerReader, journal directory: Descriptor, files: any FileOperations, scratch: String, progress: (Int64) -> Void,
        finding: (Finding) -> Void
    ) throws(LedgerError) -> Extent {
        try reader.snapshot { (queries) throws(LedgerError) in
            var extent = Extent()
            try checkIntegrity(reader.connection, finding)
            let connection = try Ledger.connect(path: scratch)
            defer { connection.close() }
            try connection.execute("PRAGMA synchronous=OFF; PRAGMA cache_size=-64000")
            let replay = Replay(connection, keepsEvents: false)
            let end = try queries.head()
            // After a clean stop the journal has everything; while the daemon runs, its last batch may be on its way.
            let surelyWritten = try queries.mark("stop") == "clean" ? end.seq : try queries.cursor("journal")
            let journal = Journal(directory: directory, files: files)
            try follow(reader.connection, journal, replay, end, surelyWritten: surelyWritten, progress, finding)
            guard replay.head.seq == end.seq else { return extent }
            try replay.flush()
            extent.events = replay.head.seq
            for table in Schema.derived where table.name != "events" {
                extent.rows += try compare(table, ledger: reader.connection, expected: connection, finding)
            }
            return extent
        }
    }

    private static func checkIntegrity(_ connection: Connection, _ finding: (Finding) -> Void) throws(LedgerError) {
        let row = try connection.statement("PRAGMA integrity_check(20)")
        while try row.step() {
            let text = row.text(0)
            if text != "ok" { finding(Finding(place: "ledger", message: text)) }
        }
    }

    /// Follows the journal, compares each line with the ledger's row, and hands the events on to a replay. What the journal does not have
    /// yet behind `surelyWritten`, because the daemon is between its commit and its append, is taken from the ledger.
    private static func follow(
        _ ledger: Connection, _ journal: Journal, _ replay: Replay, _ end: Head, surelyWritten: Int64, _ progress: (Int64) -> Void,
        _ finding: (Finding) -> Void
    ) throws(LedgerError) {
        let row = try ledger.statement("SELECT seq, at, kind, subject, data, hash, salt, personal FROM events ORDER BY seq")
        defer { row.reset() }
        var isSound = true
        var endPlace = "journal"
        try journal.forEachLine { (segment, number, raw) throws(LedgerError) in
            if replay.head.seq == end.seq { return false }
            let place = "journal/\(segment.description) line \(number)"
            endPlace = "journal/\(segment.description) line \(number + 1)"
            let line: JournalLine
            do throws(LedgerError) {
                line = try Rebuild.checked(raw, after: replay.head, place: place)
            } catch {
                finding(Finding(place: place, message: error.message))
                isSound = false
                return false
            }
            guard try row.step() else {
                finding(Finding(place: "ledger events", message: "expected event \(line.seq) of \(place), found no more rows"))
                isSound = false
                return false
            }
            for difference in differences(row, line) {
                finding(Finding(place: "ledger events, row \(row.integer(0)), column \(difference)", message: "differs from \(place)"))
                isSound = false
            }
            try replay.take(line)
            if line.seq % 16_384 == 0 { progress(line.seq) }
            return true
        }
        guard isSound else { return }
        guard replay.head.seq >= surelyWritten else {
            row.reset()
            finding(
                Finding(place: endPlace, message: "expected event \(replay.head.seq + 1) on a whole line, found the end of the journal"))
            return
        }
        while replay.head.seq < end.seq, try row.step() {
            var raw: [UInt8] = []
            let personal = row.optionalBlob(6).map { PersonalPart(salt: $0, document: row.blob(7)) }
            let hash = JournalLine.append(
                to: &raw, source: replay.spoolID, seq: row.integer(0), at: Timestamp(milliseconds: row.integer(1)), kind: row.text(2),
                subject: row.text(3), data: row.blob(4), personal: personal, previous: replay.head.hash)
            guard hash == row.blob(5) else {
                finding(Finding(place: "ledger events, row \(row.integer(0))", message: "the hash does not cover what the row says"))
                return
            }
            raw.removeLast()
            try replay.take(try JournalLine(raw))
        }
    }

    private static func differences(_ row: Statement, _ line: JournalLine) -> [String] {
        var columns: [String] = []
        if row.integer(0) != line.seq { columns.append("seq") }
        if row.integer(1) != line.at.milliseconds { columns.append("at") }
        if !row.text(2).utf8.elementsEqual(line.kind.utf8) { columns.append("kind") }
        if !row.text(3).utf8.elementsEqual(line.subject.utf8) { columns.append("subject") }
        if row.blob(4) != line.data { columns.append("data") }
        if row.blob(5) != line.hash { columns.append("hash") }
        if row.optionalBlob(6) != line.personal?.salt { columns.append("salt") }
        if row.optionalBlob(7) != line.personal?.document { columns.append("personal") }
        return columns
    }

    /// Compares one table row by row; returns the number of rows.
    static func compare(
        _ table: (name: String, key: String), ledger: Connection, expected: Connection, _ finding: (Finding) -> Void
    ) throws(LedgerError) -> Int64 {
        let sql = "SELECT * FROM \(table.name) ORDER BY \(table.key)"
        let left = try ledger.statement(sql)
        let right = try expected.statement(sql)
        defer {
            left.reset()
            right.reset()
        }
        var rows: Int64 = 0
        var told = 0
        while told < 20 {
            let hasLeft = try left.step()
            let hasRight = try right.step()
            if !hasLeft && !hasRight { break }
            guard hasLeft, hasRight else {
                let side = hasLeft ? "a row that the events do not make" : "no row where the events make one"
                let shown = key(hasLeft ? left : right, table.key)
                finding(Finding(place: "ledger \(table.name), row \(shown)", message: "found \(side)"))
                break
            }
            rows += 1
            // By bytes: two spellings of one character are the same text to Swift.
            for column in 0..<left.columnCount where !left.value(column).utf8.elementsEqual(right.value(column).utf8) {
                told += 1
                finding(
                    Finding(
                        place: "ledger \(table.name), row \(key(right, table.key)), column \(left.columnName(column))",
                        message: "expected \(right.value(column)), found \(left.value(column))"))
            }
        }
        return rows
    }

    private static func key(_ row: Statement, _ columns: String) -> String {
        let names = columns.split(separator: ",").map { $0.drop { $0 == " " } }
        var parts: [String] = []
        for column in 0..<row.columnCount where names.contains(where: { $0 == row.columnName(column) }) {
            parts.append(row.value(column))
        }
        return parts.joined(separator: "/")
    }
}
