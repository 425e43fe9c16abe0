public import Orders
import Spool

/// The end of a history: the last event's number, time and hash.
public struct Head: Sendable, Equatable {
    /// The last event's number; 0 before the first.
    public var seq: Int64
    /// Its time.
    public var at: Timestamp
    /// Its hash.
    public var hash: [UInt8]

    /// Before the first event.
    static let origin = Head(seq: 0, at: Timestamp(milliseconds: 0), hash: JournalLine.origin)
}

/// What happened to each order, for the one who writes it: the daemon's pipeline, or a command that holds the spool's lock.
///
/// Events are recorded into memory, and `commit` makes a batch of them durable: first in SQLite (WAL, `synchronous=FULL`), then in the
/// journal (`fdatasync`). Only after it has returned may anything be published, moved or called for these events. Not for two threads.
public final class Ledger {
    let connection: Connection
    let tables: Tables
    let journal: Journal
    private let random: any RandomSource
    private let meter: LogMeter
    /// Closed between a commit and its journal entry, see `CommitGate`.
    public let gate = CommitGate()
    /// The spool's own id, which every journal line names as its source.
    public let spoolID: String
    /// The last event that was recorded, committed or not.
    public private(set) var head: Head
    /// The last event that is in the ledger and in the journal.
    public private(set) var committed: Head
    private var lines: [UInt8] = []
    private var firstDay = ""
    private var isInTransaction = false
    /// A commit failed half-way: what is in the ledger and what is in the journal is known again only after the next start.
    private var isBroken = false
    private var cursors: [String: Int64] = [:]
    private var marks: [String: String] = [:]
    private var deliveries: [DeliveryKey: Delivery?] = [:]

    private struct DeliveryKey: Hashable {
        let follower: String
        let subject: String
    }

    init(
        connection: Connection, journal: Journal, random: any RandomSource, spoolID: String, head: Head
    ) {
        self.connection = connection
        self.journal = journal
        self.random = random
        self.spoolID = spoolID
        self.head = head
        committed = head
        tables = Tables(connection)
        meter = LogMeter(connection)
    }

    /// Records one event; it counts only after `commit`.
    ///
    /// - Parameters:
    ///   - body: what happened.
    ///   - subject: the id that it is about; empty where it is about nothing.
    ///   - at: when; a time before the last event's is moved up to it, so that no history runs backwards.
    ///   - document: the order's own text, for an acceptance.
    /// - Returns: the event's number.
    @discardableResult
    public func record(_ body: EventBody, subject: String, at: Timestamp, document: [UInt8]? = nil) throws(LedgerError) -> Int64 {
        let at = max(at, head.at)
        let seq = head.seq + 1
        let personal = document.map { PersonalPart(salt: salt(), document: $0) }
        let event = Event(seq: seq, at: at, subject: subject, body: body, personal: personal)
        try tables.apply(event)
        var writer = JSONWriter(reserving: 256)
        EventCoding.write(body, digest: personal.map(JournalLine.digest), to: &writer)
        if lines.isEmpty { firstDay = at.day }
        let hash = JournalLine.append(
            to: &lines, source: spoolID, seq: seq, at: at, kind: body.kind, subject: subject, data: writer.bytes, personal: personal,
            previous: head.hash)
        tables.events.append(
            Tables.EventRow(
                seq: seq, at: at.milliseconds, kind: body.kind, subject: subject, data: writer.bytes, hash: hash, personal: personal))
        head = Head(seq: seq, at: at, hash: hash)
        return seq
    }

    private func salt() -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(16)
        for _ in 0..<2 { withUnsafeBytes(of: random.next()) { bytes.append(contentsOf: $0) } }
        return bytes
    }

    /// True while something was recorded, or a cursor set, that is not committed yet.
    public var hasUncommitted: Bool { head.seq > committed.seq || !cursors.isEmpty || !marks.isEmpty || !deliveries.isEmpty }

    /// Makes the batch durable. After an error nothing of the batch counts, and where the error is not `busy` nothing more may be trusted:
    /// stop, and let the next start recover.
    public func commit() throws(LedgerError) {
        guard !isBroken else {
            throw LedgerError(
                .storage, "a commit has failed before, and nothing may follow it", hint: "start orderd again: its start recovers")
        }
        guard hasUncommitted else { return }
        try gate.passing { () throws(LedgerError) in try commitBoth() }
    }

    private func commitBoth() throws(LedgerError) {
        let hadEvents = head.seq > committed.seq
        do {
            try beginWriting()
            if hadEvents { try tables.flush() }
            if hadEvents { cursors["journal"] = committed.seq }
            try writeMarks()
            try writeDeliveries()
            try connection.execute("COMMIT")
            isInTransaction = false
        } catch {
            try? connection.execute("ROLLBACK")
            abandon()
            isBroken = error.code != .busy
            throw error
        }
        tables.forget()
        cursors.removeAll(keepingCapacity: true)
        marks.removeAll(keepingCapacity: true)
        deliveries.removeAll(keepingCapacity: true)
        if hadEvents {
            isBroken = true
            try journal.append(lines, day: firstDay)
            isBroken = false
        }
        lines.removeAll(keepingCapacity: true)
        committed = head
    }

    /// Begins a batch: what it looks up and what it writes are one transaction, so that SQLite takes its locks once a batch and not once a
    /// question. Ended by `commit` or `abandon`.
    public func begin() throws(LedgerError) {
        guard !isInTransaction else { return }
        try connection.execute("BEGIN")
        isInTransaction = true
    }

    /// Ends the transaction of what was looked up, and begins the one that writes. SQLite waits for another program's lock only where no
    /// transaction is open: within one that has read it answers busy at once, and somebody who looks at the ledger with a tool of theirs
    /// would stop the daemon. Nobody else writes the ledger, so nothing changes in between.
    private func beginWriting() throws(LedgerError) {
        if isInTransaction {
            isInTransaction = false
            try connection.execute("COMMIT")
        }
        try connection.execute("BEGIN IMMEDIATE")
        isInTransaction = true
    }

    /// Forgets what was recorded since the last commit.
    public func abandon() {
        if isInTransaction {
            isInTransaction = false
            try? connection.execute("ROLLBACK")
        }
        tables.forget()
        lines.removeAll(keepingCapacity: true)
        cursors.removeAll(keepingCapacity: true)
        marks.removeAll(keepingCapacity: true)
        deliveries.removeAll(keepingCapacity: true)
        head = committed
    }

    private func writeMarks() throws(LedgerError) {
        if !cursors.isEmpty {
            let row = try connection.statement("INSERT OR REPLACE INTO cursors VALUES(?1, ?2)")
            for (name, seq) in cursors {
                row.bind(1, name)
                row.bind(2, seq)
                try row.run()
            }
        }
        if !marks.isEmpty {
            let row = try connection.statement("INSERT OR REPLACE INTO marks VALUES(?1, ?2)")
            for (name, value) in marks {
                row.bind(1, name)
                row.bind(2, value)
                try row.run()
            }
        }
    }

    private func writeDeliveries() throws(LedgerError) {
        guard !deliveries.isEmpty else { return }
        let row = try connection.statement("INSERT OR REPLACE INTO deliveries VALUES(?1, ?2, ?3, ?4, ?5)")
        let remove = try connection.statement("DELETE FROM deliveries WHERE follower = ?1 AND subject = ?2")
        for (key, value) in deliveries {
            let statement = value == nil ? remove : row
            statement.bind(1, key.follower)
            statement.bind(2, key.subject)
            if let value {
                statement.bind(3, value.attempts)
                statement.bind(4, value.next.milliseconds)
                statement.bind(5, value.error)
            }
            try statement.run()
        }
    }

    // MARK: Cursors and marks

    /// Moves a follower's cursor, with the next commit.
    public func setCursor(_ name: String, to seq: Int64) { cursors[name] = seq }

    /// Sets a mark, with the next commit. Marks are the daemon's own notes and no part of the history.
    public func setMark(_ name: String, to value: String) { marks[name] = value }

    /// Notes, with the next commit, that something could not be published; nil that it is published now.
    public func setDelivery(follower: String, subject: String, _ delivery: Delivery?) {
        deliveries.updateValue(delivery, forKey: DeliveryKey(follower: follower, subject: subject))
    }

    /// True where the last stop was clean: positions of files are commands then, not accidents.
    public func stoppedCleanly() throws(LedgerError) -> Bool { try queries.mark("stop") == "clean" }

    /// Read-only questions, answered from what is committed.
    public var queries: Queries { Queries(connection) }

    /// Pages of 4 KiB in the write-ahead log, as of the last commit.
    public var logPages: Int { meter.count }

    /// Copies the rest of the write-ahead log into the database, so that the next commit begins it anew. Short only where a `Checkpointer`
    /// has just copied nearly all of it: under a steady load it never finds the log at rest, and the log would grow for ever.
    public func finishCheckpoint() throws(LedgerError) { try connection.execute("PRAGMA wal_checkpoint(PASSIVE)") }

    /// Whether the database is whole, by SQLite's own account: a start meets only the pages that it reads. Reads all of it.
    public func isSound() throws(LedgerError) -> Bool {
        do throws(LedgerError) {
            let row = try connection.statement("PRAGMA integrity_check(1)")
            defer { row.reset() }
            return try row.step() && row.text(0) == "ok"
        } catch {
            guard error.code == .damaged else { throw error }
            return false
        }
    }

    /// Closes the database. The log and its index stay, so that a reader of another user can still open it.
    public func close() {
        // Empties the log, so that the next start and readers have less to look through; a reader at work may keep it from doing so.
        try? connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()
        journal.close()
    }
}

/// Something that could not be published, and when it is tried again.
public struct Delivery: Sendable, Equatable {
    /// Attempts so far.
    public var attempts: Int
    /// When the next one is due.
    public var next: Timestamp
    /// Why the last one failed.
    public var error: String

    /// A delivery that failed.
    public init(attempts: Int, next: Timestamp, error: String) {
        self.attempts = attempts
        self.next = next
        self.error = error
    }
}
