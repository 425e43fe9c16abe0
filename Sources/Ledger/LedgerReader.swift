import Orders

/// A ledger opened for reading, beside a running daemon, after a stop, or after a crash. Several may be open at once; each belongs to one
/// thread at a time. The user needs to be able to read `state/ledger.sqlite` and the two files beside it, and to write none of them.
public final class LedgerReader {
    let connection: Connection

    /// Opens a ledger for reading.
    ///
    /// - Throws: `missing` where there is none, `newerSchema` where a newer orderd wrote it, `storage` where it cannot be read.
    public init(path: String) throws(LedgerError) {
        let connection = try Connection.open(path: path, readonly: true)
        do throws(LedgerError) {
            if case .newer = try SchemaState(of: connection) {
                throw LedgerError(
                    .newerSchema, "the ledger at \(path) was written by a newer orderd", hint: "use that version's orderd to read it")
            }
            let row = try connection.statement("SELECT 1 FROM sqlite_master WHERE name = 'marks'")
            defer { row.reset() }
            guard try row.step() else { throw LedgerError(.missing, "the ledger at \(path) is empty", hint: "run orderd init first") }
        } catch {
            connection.close()
            throw error
        }
        self.connection = connection
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
