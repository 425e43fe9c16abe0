import GRDB
import GRDBSQLite
import Spool
import Synchronization

/// GRDB's connection, which makes and migrates the schema and is closed before the ledger's own connection opens.
enum SchemaDatabase {
    private static let kept = Mutex<[DatabaseQueue]>([])

    /// Makes a database, or what an older one lacks.
    static func bringUpToDate(path: String) throws(LedgerError) {
        SQLiteSettings.apply()
        // Where opening fails, GRDB frees its queue: then libdispatch wants descriptors as well.
        guard DescriptorLimit.hasRoom(for: 16) else { throw .noDescriptors(path) }
        var configuration = Configuration()
        configuration.foreignKeysEnabled = false
        configuration.busyMode = .timeout(5)
        configuration.prepareDatabase { db in
            // Not by GRDB's own setting, which makes and drops a table at each start, without a sync: were the sync of the checkpoint to
            // fail, which SQLite keeps to itself, later commits would stand in the log behind frames that are not on disk.
            try db.execute(sql: "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL")
            var keep: Int32 = 1
            sqlite3_file_control(db.sqliteConnection, nil, SQLITE_FCNTL_PERSIST_WAL, &keep)
        }
        do {
            let database = try DatabaseQueue(path: path, configuration: configuration)
            // The object is kept until the process ends: freeing its dispatch queue would start libdispatch's worker threads, of which one
            // wakes up every second from then on, to look whether others are needed, and a process without a free descriptor at that
            // moment dies in it. What is kept holds no descriptor and a few hundred bytes.
            kept.withLock { $0.append(database) }
            try Schema.migrator.migrate(database)
            try SQLView.bringUpToDate(database)
            try database.close()
        } catch {
            throw failure(error, path)
        }
    }

    private static func failure(_ error: any Error, _ path: String) -> LedgerError {
        guard let error = error as? DatabaseError else { return LedgerError(.storage, "\(path): \(error)") }
        switch error.resultCode {
        case .SQLITE_CORRUPT, .SQLITE_NOTADB:
            return LedgerError(.damaged, "the ledger at \(path) is damaged: \(error.message ?? "")", hint: "orderd rebuild makes it anew")
        case .SQLITE_BUSY, .SQLITE_LOCKED:
            return LedgerError(.busy, "another program holds the ledger at \(path)", hint: "close it and try again")
        default:
            return LedgerError(.storage, "the ledger at \(path) cannot be opened: \(error.message ?? "\(error)")")
        }
    }
}
