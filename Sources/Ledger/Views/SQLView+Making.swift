import GRDB

extension SQLView {
    /// Makes the views that are missing or have another text, in one transaction; writes nothing where all are as they should be.
    ///
    /// Not a migration: views hold nothing, so a ledger with other views is no newer ledger, and an older orderd can go on with it.
    static func bringUpToDate(_ database: DatabaseQueue) throws {
        let made = try database.read { db in
            try Dictionary(
                uniqueKeysWithValues: Row.fetchAll(db, sql: "SELECT name, sql FROM sqlite_master WHERE type = 'view'").map { row in
                    (row[0] as String, row[1] as String)
                })
        }
        let stale = all.filter { made[$0.name] != $0.text }
        guard !stale.isEmpty else { return }
        try database.write { db in
            for view in stale {
                try db.execute(sql: "DROP VIEW IF EXISTS \(view.name)")
                try db.execute(sql: view.text)
            }
        }
    }
}
