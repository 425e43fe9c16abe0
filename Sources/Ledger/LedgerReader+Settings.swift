import GRDBSQLite

/// How SQLite keeps the ledger; for `orderd doctor`.
public struct LedgerSettings: Sendable, Equatable {
    /// Of the file: `wal` as it must be.
    public var journalMode: String
    /// Of a connection as the daemon opens it: 2 is `FULL`, below which a commit may be lost in a power cut.
    public var synchronous: Int64
    /// Of a connection as the daemon opens it: whether what is deleted is overwritten.
    public var deletesSecurely: Bool
    /// SQLite's version, such as `3.40.1`.
    public var engine: String
    /// How often the tables were changed by newer versions of orderd, this one's included: `1`.
    public var schema: String

    /// These settings.
    public init(journalMode: String, synchronous: Int64, deletesSecurely: Bool, engine: String, schema: String) {
        self.journalMode = journalMode
        self.synchronous = synchronous
        self.deletesSecurely = deletesSecurely
        self.engine = engine
        self.schema = schema
    }
}

extension LedgerReader {
    /// How SQLite keeps the ledger.
    ///
    /// Durability and the overwriting of what is deleted are not kept in the file: each connection sets them, and the library's own build
    /// decides what it makes of it. So they are set here as the daemon sets them, and read back.
    public func settings() throws(LedgerError) -> LedgerSettings {
        try connection.execute(Ledger.writerSettings)
        return LedgerSettings(
            journalMode: try text("PRAGMA journal_mode"), synchronous: Int64(try text("PRAGMA synchronous")) ?? 0,
            deletesSecurely: try text("PRAGMA secure_delete") != "0", engine: String(cString: sqlite3_libversion()),
            schema: try text("SELECT identifier FROM grdb_migrations ORDER BY rowid DESC LIMIT 1"))
    }

    private func text(_ sql: String) throws(LedgerError) -> String {
        let row = try connection.statement(sql)
        guard try row.step() else { return "" }
        defer { row.reset() }
        return row.text(0)
    }

    /// Whether the last writer stopped cleanly. False while one runs, too.
    public func stoppedCleanly() throws(LedgerError) -> Bool { try queries.mark("stop") == "clean" }
}
