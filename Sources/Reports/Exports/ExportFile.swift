import Ledger
import Spool

/// A day's file of one kind while it is written.
final class ExportFile {
    /// Compressed piece by piece of about this size.
    private static let piece = 1 << 18

    let export: Export
    private(set) var rows: Int64 = 0
    private let draft: Publisher.Draft
    private let gzip = Gzip()
    private var csv = CSV()

    init(_ export: Export, in directory: Descriptor, _ publisher: Publisher) throws(FileError) {
        self.export = export
        draft = try publisher.draft(in: directory)
        csv.header(export.columns.map(\.name))
    }

    /// Adds the rows that belong to some events.
    func add(_ queries: Queries, after seq: Int64, through last: Int64) throws(LedgerError) {
        try queries.exported(export.rows, columns: export.columns.map(\.name), after: seq, through: last) { row in
            export.append(row, to: &csv)
            rows += 1
        }
    }

    /// Writes what has come together, where it is enough to be worth it. The pieces must be the same for the same rows, or the same day could
    /// give other bytes: they depend on nothing but the pages that the rows were read by.
    func write(isLast: Bool = false) throws(FileError) {
        guard isLast || csv.bytes.count >= Self.piece else { return }
        try gzip.write(csv.bytes, isLast: isLast) { (bytes) throws(FileError) in try draft.write(bytes) }
        csv.removeAll()
    }

    func publish(as name: FileName) throws(FileError) {
        try write(isLast: true)
        try draft.publish(as: name)
    }
}
