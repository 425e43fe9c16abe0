import GRDB

/// How a database's tables and views stand to those of this version.
enum SchemaState {
    /// They are this version's.
    case current
    /// There is something to be made: in a new database everything, in an older one what has come since, or a view.
    case older
    /// A newer version has changed them.
    case newer

    /// Looks into what GRDB's migrator keeps of the migrations that were made.
    ///
    /// Not by GRDB itself, which is opened only to make something: a connection more at each start takes descriptors and a dispatch queue,
    /// and a process that is out of descriptors when GRDB gives its queue up dies in libdispatch.
    init(of connection: Connection) throws(LedgerError) {
        guard try Self.texts(connection, "SELECT name FROM sqlite_master WHERE name = 'grdb_migrations'") == ["grdb_migrations"] else {
            self = .older
            return
        }
        let known = Schema.migrator.migrations
        let made = try Self.texts(connection, "SELECT identifier FROM grdb_migrations")
        guard made.isSubset(of: known) else {
            self = .newer
            return
        }
        let views = try Self.texts(connection, "SELECT sql FROM sqlite_master WHERE type = 'view'")
        self = made.isSuperset(of: known) && views.isSuperset(of: SQLView.all.map(\.text)) ? .current : .older
    }

    private static func texts(_ connection: Connection, _ question: String) throws(LedgerError) -> Set<String> {
        let row = try connection.statement(question)
        defer { row.reset() }
        var found: Set<String> = []
        while try row.step() { found.insert(row.text(0)) }
        return found
    }
}
