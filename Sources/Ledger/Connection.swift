import GRDBSQLite
import Spool

/// Statements of one SQLite connection, prepared once and kept.
///
/// The hot path binds and steps statements itself: a row through a record type costs about ten times as much.
/// A connection belongs to one thread at a time; nothing here locks.
final class Connection {
    let handle: OpaquePointer
    private let path: String
    private let isReadonly: Bool
    private var statements: [String: Statement] = [:]
    private var isClosed = false

    private init(_ handle: OpaquePointer, _ path: String, isReadonly: Bool) {
        self.handle = handle
        self.path = path
        self.isReadonly = isReadonly
    }

    /// Opens a database whose schema has been looked after.
    ///
    /// It is no connection of GRDB's: GRDB follows every transaction by hooks, which cost, and which stumble over statements that it has not
    /// prepared itself.
    static func open(path: String, readonly: Bool) throws(LedgerError) -> Connection {
        SQLiteSettings.apply()
        var pointer: OpaquePointer?
        let flags = (readonly ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE) | SQLITE_OPEN_NOMUTEX
        let code = sqlite3_open_v2(path, &pointer, flags, nil)
        guard let pointer else { throw LedgerError(.storage, "SQLite has no memory for a connection") }
        let connection = Connection(pointer, path, isReadonly: readonly)
        guard code == SQLITE_OK else {
            let error = connection.failure(code, "open \(path)")
            connection.close()
            throw error
        }
        sqlite3_extended_result_codes(pointer, 1)
        sqlite3_busy_timeout(pointer, 5000)
        return connection
    }

    /// The statement of this text, prepared on first use.
    func statement(_ sql: String) throws(LedgerError) -> Statement {
        if let known = statements[sql] { return known }
        var pointer: OpaquePointer?
        let code = sqlite3_prepare_v3(handle, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &pointer, nil)
        guard code == SQLITE_OK, let pointer else { throw failure(code, sql) }
        let made = Statement(pointer, self)
        statements[sql] = made
        return made
    }

    /// Runs a statement that returns no rows.
    func execute(_ sql: String) throws(LedgerError) {
        let code = sqlite3_exec(handle, sql, nil, nil, nil)
        guard code == SQLITE_OK else { throw failure(code, sql) }
    }

    /// The error that a result code stands for, with SQLite's own words.
    func failure(_ code: Int32, _ sql: String) -> LedgerError {
        let words = String(cString: sqlite3_errmsg(handle))
        let extended = sqlite3_extended_errcode(handle)
        let message = "SQLite answered \(extended) (\(words)) to: \(sql.prefix(120))"
        switch code & 0xff {
        case SQLITE_BUSY, SQLITE_LOCKED:
            return LedgerError(.busy, message, hint: "another program holds the ledger; close it and try again")
        case SQLITE_CORRUPT, SQLITE_NOTADB:
            return LedgerError(.damaged, message, hint: "stop orderd and run: orderd rebuild")
        case SQLITE_CANTOPEN where !DescriptorLimit.hasRoom(for: 16):
            return .noDescriptors(path)
        case SQLITE_CANTOPEN where isReadonly:
            return LedgerError(
                .missing, "there is no ledger to read at \(path)",
                hint: "is --spool right? orderd init makes a spool; reading one takes membership of the group orderd-admin")
        case SQLITE_FULL:
            return LedgerError(.storage, message, hint: "free disk space, then start orderd again")
        default:
            return LedgerError(.storage, message, hint: "see the kernel's log for the disk, then start orderd again")
        }
    }

    /// Finalizes every statement and closes the database.
    func close() {
        for statement in statements.values { statement.finish() }
        statements = [:]
        guard !isClosed else { return }
        isClosed = true
        sqlite3_close_v2(handle)
    }

    /// Keeps the write-ahead log and its index when the last connection closes: readers of another user cannot make them.
    func keepLog() {
        var keep: Int32 = 1
        sqlite3_file_control(handle, nil, SQLITE_FCNTL_PERSIST_WAL, &keep)
    }
}

/// One prepared statement: bind from 1, step, read columns from 0.
final class Statement {
    private let pointer: OpaquePointer
    fileprivate var raw: OpaquePointer { pointer }
    private unowned let connection: Connection

    fileprivate init(_ pointer: OpaquePointer, _ connection: Connection) {
        self.pointer = pointer
        self.connection = connection
    }

    fileprivate func finish() { sqlite3_finalize(pointer) }

    private static let transient = unsafeBitCast(-1, to: sqlite3_destructor_type.self)

    func bind(_ index: Int32, _ value: Int64) { sqlite3_bind_int64(pointer, index, value) }
    func bind(_ index: Int32, _ value: Int) { sqlite3_bind_int64(pointer, index, Int64(value)) }
    func bind(_ index: Int32, _ value: Bool) { sqlite3_bind_int64(pointer, index, value ? 1 : 0) }
    func bind(_ index: Int32, _ value: Int64?) {
        if let value { sqlite3_bind_int64(pointer, index, value) } else { sqlite3_bind_null(pointer, index) }
    }
    func bind(_ index: Int32, _ value: String) {
        var value = value
        _ = value.withUTF8 { text in
            // An empty buffer has no address, and a null address would bind NULL.
            text.isEmpty
                ? sqlite3_bind_text(pointer, index, "", 0, Self.transient)
                : text.withMemoryRebound(to: CChar.self) {
                    sqlite3_bind_text(pointer, index, $0.baseAddress, Int32($0.count), Self.transient)
                }
        }
    }
    func bind(_ index: Int32, _ value: String?) {
        if let value { bind(index, value) } else { sqlite3_bind_null(pointer, index) }
    }
    func bind(_ index: Int32, blob: [UInt8]?) {
        guard let blob else {
            sqlite3_bind_null(pointer, index)
            return
        }
        _ = blob.withUnsafeBytes {
            $0.isEmpty
                ? sqlite3_bind_zeroblob(pointer, index, 0)
                : sqlite3_bind_blob(pointer, index, $0.baseAddress, Int32($0.count), Self.transient)
        }
    }
    /// Binds UTF-8 bytes as text.
    func bind(_ index: Int32, utf8: [UInt8]) {
        _ = utf8.withUnsafeBytes {
            $0.isEmpty
                ? sqlite3_bind_text(pointer, index, "", 0, Self.transient)
                : sqlite3_bind_text(
                    pointer, index, $0.baseAddress?.assumingMemoryBound(to: CChar.self), Int32($0.count), Self.transient)
        }
    }

    /// True when there is a row to read; false when the statement is done and ready to be bound again.
    func step() throws(LedgerError) -> Bool {
        let code = sqlite3_step(pointer)
        if code == SQLITE_ROW { return true }
        sqlite3_reset(pointer)
        guard code == SQLITE_DONE else {
            throw connection.failure(code, String(cString: sqlite3_sql(pointer)))
        }
        return false
    }

    /// Runs to the end, for statements that return nothing.
    func run() throws(LedgerError) {
        while try step() {}
    }

    /// Ends a query before its last row.
    func reset() { sqlite3_reset(pointer) }

    func isNull(_ column: Int32) -> Bool { sqlite3_column_type(pointer, column) == SQLITE_NULL }
    func integer(_ column: Int32) -> Int64 { sqlite3_column_int64(pointer, column) }
    func optionalInteger(_ column: Int32) -> Int64? { isNull(column) ? nil : integer(column) }
    func text(_ column: Int32) -> String {
        guard let start = sqlite3_column_text(pointer, column) else { return "" }
        let count = Int(sqlite3_column_bytes(pointer, column))
        return String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
    }
    func withText<Result>(_ column: Int32, _ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
        let start = sqlite3_column_text(pointer, column)
        return body(UnsafeBufferPointer(start: start, count: start == nil ? 0 : Int(sqlite3_column_bytes(pointer, column))))
    }
    func optionalText(_ column: Int32) -> String? { isNull(column) ? nil : text(column) }
    func blob(_ column: Int32) -> [UInt8] {
        guard let start = sqlite3_column_blob(pointer, column) else { return [] }
        return [UInt8](UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(pointer, column))))
    }
    func optionalBlob(_ column: Int32) -> [UInt8]? { isNull(column) ? nil : blob(column) }
    var columnCount: Int32 { sqlite3_column_count(pointer) }
    func columnName(_ column: Int32) -> String { String(cString: sqlite3_column_name(pointer, column)) }
}

extension Statement {
    /// A column's value as text for a comparison and for people; long ones are cut, with their size.
    func value(_ column: Int32) -> String {
        switch sqlite3_column_type(raw, column) {
        case SQLITE_NULL: return "NULL"
        case SQLITE_INTEGER: return String(integer(column))
        case SQLITE_TEXT: return "'" + text(column) + "'"
        default: return "x'" + Hex.text(blob(column)) + "'"
        }
    }
}
