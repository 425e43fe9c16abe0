import GRDBSQLite

/// Copies the write-ahead log into the database, on a connection and a thread of its own, so that no commit waits for it.
public final class Checkpointer {
    private let connection: Connection

    /// A checkpointer of the ledger at a path, which must be there.
    public init(path: String) throws(LedgerError) {
        connection = try Connection.open(path: path, readonly: false)
        connection.keepLog()
    }

    deinit { connection.close() }

    /// Copies what no reader needs in the log any more (`SQLITE_CHECKPOINT_PASSIVE`). Commits go on meanwhile.
    public func run() throws(LedgerError) {
        let code = sqlite3_wal_checkpoint_v2(connection.handle, nil, SQLITE_CHECKPOINT_PASSIVE, nil, nil)
        // Another checkpoint under way does the same.
        guard code == SQLITE_OK || code & 0xff == SQLITE_BUSY else { throw connection.failure(code, "checkpoint") }
    }
}

/// Counts the pages of a connection's write-ahead log, told by SQLite after each commit.
final class LogMeter {
    private let pages = UnsafeMutablePointer<Int32>.allocate(capacity: 1)

    init(_ connection: Connection) {
        pages.initialize(to: 0)
        sqlite3_wal_hook(
            connection.handle,
            { context, _, _, count in
                context?.assumingMemoryBound(to: Int32.self).pointee = count
                return SQLITE_OK
            }, pages)
    }

    deinit { pages.deallocate() }

    /// Pages as of the last commit.
    var count: Int { Int(pages.pointee) }
}
