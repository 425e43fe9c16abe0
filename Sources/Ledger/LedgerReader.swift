import GRDB
import Orders

/// A ledger opened for reading, beside a running daemon, after a stop, or after a crash. Several may be open at once; each belongs to one
/// thread at a time. The user needs to be able to read `state/ledger.sqlite` and the two files beside it, and to write none of them.
public final class LedgerReader {
    let connection: Connection

    /// Opens a ledger for reading.
    ///
    /// - Throws: `missing` where there is none, `newerSchema` where a newer orderd wrote it, `storage` where it cannot be read.
    public init(path: String) throws(LedgerError) {
        var configuration = Configuration()
        configuration.readonly = true
        configuration.foreignKeysEnabled = false
        configuration.busyMode = .timeout(5)
        let superseded: Bool
        let isMade: Bool
        do {
            let database = try DatabaseQueue(path: path, configuration: configuration)
            Schema.keep(database)
            (superseded, isMade) = try database.read { db in
                (try Schema.migrator.hasBeenSuperseded(db), try db.tableExists("marks"))
            }
            try database.close()
        } catch {
            let code = (error as? DatabaseError)?.resultCode
            if code == .SQLITE_CANTOPEN {
                throw LedgerError(
                    .missing, "there is no ledger to read at \(path)",
                    hint: "is --spool right? orderd init makes a spool; reading one takes membership of the group orderd-admin")
            }
            if code == .SQLITE_CORRUPT || code == .SQLITE_NOTADB {
                throw LedgerError(.damaged, "the ledger at \(path) is damaged: \(error)", hint: "stop orderd and run: orderd rebuild")
            }
            throw LedgerError(.storage, "the ledger at \(path) cannot be read: \(error)")
        }
        guard !superseded else {
            throw LedgerError(
                .newerSchema, "the ledger at \(path) was written by a newer orderd", hint: "use that version's orderd to read it")
        }
        guard isMade else { throw LedgerError(.missing, "the ledger at \(path) is empty", hint: "run orderd init first") }
        connection = try Connection.open(path: path, readonly: true)
    }

    deinit {
        connection.close()
    }

    /// Questions, each answered from what is committed at its time, or within `snapshot` from one moment.
    public var queries: Queries { Queries(connection, owner: self) }

    /// Asks several questions of one moment.
    ///
    /// - Parameter gate: the writer's gate, for one who publishes what it reads: the moment is one at which the journal has all.
    public func snapshot<Result>(
        gate: CommitGate? = nil, _ body: (Queries) throws(LedgerError) -> Result
    ) throws(LedgerError) -> Result {
        if let gate { try gate.passing { () throws(LedgerError) in try begin() } } else { try connection.execute("BEGIN") }
        do {
            let result = try body(queries)
            try connection.execute("COMMIT")
            return result
        } catch {
            try? connection.execute("ROLLBACK")
            throw error
        }
    }

    private func begin() throws(LedgerError) {
        try connection.execute("BEGIN")
        // A transaction begins to see at its first read.
        _ = try queries.mark("stop")
    }
}
