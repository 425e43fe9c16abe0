import Foundation
import Orders
import Spool
import TestSupport

@testable import Ledger

/// A place of a test's own for one ledger and its journal, removed at the end.
final class LedgerScratch {
    let root: String
    let journal: Descriptor
    private let plain = SystemFiles()

    /// In memory where that can be had: hundreds of small databases are made here, and no power is cut.
    private static func place() -> String {
        let memory = "/dev/shm"
        let base = FileManager.default.isWritableFile(atPath: memory) ? memory : FileManager.default.temporaryDirectory.path
        return base + "/orderd-ledger-test-\(UUID().uuidString)"
    }

    var path: String { root + "/ledger.sqlite" }

    init() throws {
        root = Self.place()
        try FileManager.default.createDirectory(atPath: root + "/journal", withIntermediateDirectories: true)
        journal = try plain.openDirectory(at: nil, path: Path(root + "/journal"))
    }

    /// What a `SIGKILL` of the one who writes in `other` leaves: every file as it is now.
    init(leftBy other: LedgerScratch) throws {
        root = Self.place()
        try FileManager.default.copyItem(atPath: other.root, toPath: root)
        journal = try plain.openDirectory(at: nil, path: Path(root + "/journal"))
    }

    deinit {
        try? plain.close(journal)
        try? FileManager.default.removeItem(atPath: root)
    }

    func open(
        files: any FileOperations = SystemFiles(), at now: Timestamp = Story.start, hasHistory: Bool = false,
        upgrading: (Ledger.Upgrade) -> Void = { _ in }
    ) throws -> (ledger: Ledger, opening: Ledger.Opening) {
        try Ledger.open(
            path: path, journal: journal, files: files, random: SeededRandom(7), now: now, hasHistory: hasHistory, upgrading: upgrading)
    }

    func reader() throws -> LedgerReader { try LedgerReader(path: path) }

    /// Audits; the findings, as `place: message`.
    func findings() throws -> [Finding] {
        var found: [Finding] = []
        _ = try Audit.verify(
            try reader(), journal: journal, files: plain, scratch: root + "/scratch-\(UUID().uuidString)", progress: { _ in },
            finding: { found.append($0) })
        return found
    }

    // MARK: The journal's files

    /// The files below `journal/`, oldest first.
    func segments() throws -> [String] {
        let names = FileManager.default.subpaths(atPath: root + "/journal") ?? []
        return names.filter { $0.hasSuffix(".ndjson") }.sorted()
    }

    func bytes(_ segment: String) throws -> [UInt8] {
        try Array(Data(contentsOf: URL(fileURLWithPath: root + "/journal/" + segment)))
    }

    func write(_ bytes: [UInt8], to segment: String) throws {
        let url = URL(fileURLWithPath: root + "/journal/" + segment)
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(bytes).write(to: url)
    }

    /// All lines of the journal.
    func journalLines() throws -> [String] {
        try segments().flatMap { String(decoding: try bytes($0), as: UTF8.self).split(separator: "\n").map(String.init) }
    }

    // MARK: The database's tables

    /// Runs SQL on a connection of its own, as somebody with `sqlite3` could.
    func execute(_ sql: String) throws {
        let connection = try Connection.open(path: path, readonly: false)
        defer { connection.close() }
        try connection.execute(sql)
    }

    /// Makes the closed ledger one as the first version of the tables left it, but for what its events have.
    func makeFirstVersion() throws {
        for table in Schema.summaries { try execute("DROP TABLE \(table.name)") }
        try execute(
            """
            ALTER TABLE drops DROP COLUMN finished;
            CREATE TABLE product_totals(
              product TEXT NOT NULL, currency TEXT NOT NULL, orders INTEGER NOT NULL, units INTEGER NOT NULL, amount INTEGER NOT NULL,
              PRIMARY KEY(product, currency)) WITHOUT ROWID, STRICT;
            DELETE FROM grdb_migrations WHERE identifier = '2';
            """)
    }

    /// Every row of a table, each column as its bytes: Swift would hold two spellings of one character for the same text.
    func rows(_ table: String, _ key: String) throws -> [[[UInt8]]] {
        let connection = try Connection.open(path: path, readonly: true)
        defer { connection.close() }
        let row = try connection.statement("SELECT * FROM \(table) ORDER BY \(key)")
        var found: [[[UInt8]]] = []
        while try row.step() { found.append((0..<row.columnCount).map { Array(row.value($0).utf8) }) }
        return found
    }

    /// The columns of a table with their types.
    func columns(_ table: String) throws -> [(name: String, type: String)] {
        let connection = try Connection.open(path: path, readonly: true)
        defer { connection.close() }
        let row = try connection.statement("SELECT name, type FROM pragma_table_info('\(table)')")
        var found: [(name: String, type: String)] = []
        while try row.step() { found.append((row.text(0), row.text(1))) }
        return found
    }
}
