import GRDBSQLite

/// SQLite's JSON functions: two prepared statements an order, one for its members, one for its lines.
struct SQLiteEngine: Engine {
    let name = "SQLite"
    private var orders: [[UInt8]] = []
    private let database: OpaquePointer
    private let members: OpaquePointer
    private let lines: OpaquePointer

    struct Failure: Error {
        var message: String
    }

    init() throws {
        var database: OpaquePointer?
        guard sqlite3_open_v2(":memory:", &database, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nil) == SQLITE_OK, let database else {
            throw Failure(message: "cannot open")
        }
        self.database = database
        members = try Self.prepare(
            """
            select json_extract(?1, '$.customerId'), json_extract(?1, '$.orderReference'), json_extract(?1, '$.currency'),
              json_extract(?1, '$.placedAt'), json_extract(?1, '$.country'), json_extract(?1, '$.totalAmount')
            """, database)
        lines = try Self.prepare(
            """
            select json_extract(value, '$.productId'), json_extract(value, '$.quantity'), json_extract(value, '$.price')
            from json_each(?1, '$.items')
            """, database)
    }

    private static func prepare(_ sql: String, _ database: OpaquePointer) throws -> OpaquePointer {
        var statement: OpaquePointer?
        guard sqlite3_prepare_v3(database, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &statement, nil) == SQLITE_OK, let statement else {
            throw Failure(message: String(cString: sqlite3_errmsg(database)))
        }
        return statement
    }

    mutating func load(_ orders: [[UInt8]]) { self.orders = orders }

    func pass() throws -> Sum {
        var sum = Sum()
        for order in orders {
            try order.withUnsafeBytes { bytes in
                let text = bytes.bindMemory(to: CChar.self).baseAddress
                // The text outlives both statements: it need not be copied.
                sqlite3_bind_text(members, 1, text, Int32(bytes.count), nil)
                guard sqlite3_step(members) == SQLITE_ROW else { throw Failure(message: String(cString: sqlite3_errmsg(database))) }
                sum.total += Int64((sqlite3_column_double(members, 5) * 100).rounded())
                for column in 0..<Int32(5) { _ = sqlite3_column_text(members, column) }
                sqlite3_reset(members)
                sqlite3_bind_text(lines, 1, text, Int32(bytes.count), nil)
                while sqlite3_step(lines) == SQLITE_ROW {
                    _ = sqlite3_column_text(lines, 0)
                    _ = sqlite3_column_int64(lines, 1)
                    _ = sqlite3_column_double(lines, 2)
                    sum.lines += 1
                }
                sqlite3_reset(lines)
            }
        }
        return sum
    }
}
