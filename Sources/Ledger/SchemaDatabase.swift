import GRDB
import Synchronization

/// GRDB's connection, which migrates and checks the schema and is closed before the ledger's own connection opens.
enum SchemaDatabase {
    private static let kept = Mutex<[DatabaseQueue]>([])

    /// Opens a database, does something with it, and closes it.
    ///
    /// The object is kept until the process ends: freeing its dispatch queue would start libdispatch's worker threads, of which one wakes up
    /// every second from then on, to look whether others are needed, and a process without a free descriptor at that moment dies in it.
    /// What is kept holds no descriptor and a few hundred bytes.
    static func with<Result>(
        path: String, _ configuration: Configuration, _ body: (DatabaseQueue) throws -> Result
    ) throws -> Result {
        let database = try DatabaseQueue(path: path, configuration: configuration)
        kept.withLock { $0.append(database) }
        let result = try body(database)
        try database.close()
        return result
    }
}
