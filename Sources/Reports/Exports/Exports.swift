public import Ledger
public import Spool

/// Files for analytics: `reports/exports/{orders,lines,events}/dt=YYYY-MM-DD/part-0.csv.gz`.
///
/// A day is closed once an event of a later day is on record; then its files are written for the last time, and `_SUCCESS` is put beside each.
/// Until then they are replaced whole. Only one process at a time writes: the lock `reports/exports/lock` says which. Owned by one thread.
public final class Exports {
    /// What a pass has written.
    public struct Summary: Sendable, Equatable {
        /// Days written, closed ones and the open one.
        public var days = 0
        /// Days found that were closed before.
        public var closed = 0
        /// Rows written, by kind.
        public var rows: [String: Int64] = [:]
    }

    /// Events that are read at once: a short look at the ledger, so that its write-ahead log can be emptied between two.
    private static let page: Int64 = 2048
    private static let directory = SpoolTree.reports + "/exports"
    private static let part = FileName("part-0.csv.gz").unsafelyUnwrapped
    private static let mark = FileName("_SUCCESS").unsafelyUnwrapped

    private let tree: SpoolTree
    private let reader: LedgerReader
    private let gate: CommitGate?
    private let publisher: Publisher
    /// The first event of the first day that is not known to be closed on disk.
    private var next: Int64 = 1
    /// The last event that the open day's files show, since this object was made.
    private var shown: Int64 = 0

    /// Exports of a spool.
    ///
    /// - Parameters:
    ///   - tree: the spool, for this thread alone: its directories are opened and forgotten here.
    ///   - reader: the ledger, for this thread alone.
    ///   - gate: the writer's gate, where a writer is at work in this process.
    public init(tree: SpoolTree, reader: LedgerReader, gate: CommitGate?) {
        self.tree = tree
        self.reader = reader
        self.gate = gate
        publisher = Publisher(owner: "export", files: tree.files)
    }

    /// Writes what is missing: days that are closed and not yet written for the last time, and the open day. What is written is on disk when
    /// it returns.
    ///
    /// - Parameters:
    ///   - process: the id of this process, written into the lock for people.
    ///   - isCancelled: asked between pages; where it says so, the pass ends, and what was not finished is as it was before.
    public func run(process: Int32, isCancelled: () -> Bool = { false }) throws(ExportError) -> Summary {
        var summary = Summary()
        do throws(FileError) { _ = try tree.directory(Self.directory, creating: SpoolTree.sharedMode) } catch { throw .file(error) }
        let lock: SpoolLock
        do {
            lock = try SpoolLock.take(stateDirectory: try tree.directory(Self.directory), process: process, files: tree.files)
        } catch let error as LockError {
            throw .lock(error)
        } catch let error as FileError {
            throw .file(error)
        } catch {
            return summary
        }
        defer { lock.release() }
        let head: Int64
        do throws(LedgerError) {
            head = try reader.snapshot(gate: gate) { (queries) throws(LedgerError) in try queries.head().seq }
        } catch {
            throw .ledger(error)
        }
        guard head != shown else { return summary }
        while let day = try day(head) {
            if try isDone(day) {
                summary.closed += 1
            } else {
                guard try write(day, &summary, isCancelled) else { return summary }
            }
            guard day.isClosed else { break }
            next = day.last + 1
        }
        shown = head
        return summary
    }

    private func day(_ head: Int64) throws(ExportError) -> EventDay? {
        do throws(LedgerError) { return try reader.queries.day(beginningWith: next, head: head) } catch { throw .ledger(error) }
    }

    /// Whether a day's files were all written for the last time.
    private func isDone(_ day: EventDay) throws(ExportError) -> Bool {
        guard day.isClosed else { return false }
        do throws(FileError) {
            for export in Export.all {
                for name in [Self.part, Self.mark] {
                    let path = Path("\(Self.path(export, day))/\(name)")
                    guard try tree.files.status(at: tree.rootDescriptor, path: path) != nil else { return false }
                }
            }
            return true
        } catch {
            throw .file(error)
        }
    }

    private static func path(_ export: Export, _ day: EventDay) -> String { "\(directory)/\(export.name)/dt=\(day.day)" }

    /// Writes a day's files; false where it was cancelled.
    private func write(_ day: EventDay, _ summary: inout Summary, _ isCancelled: () -> Bool) throws(ExportError) -> Bool {
        defer { for export in Export.all { tree.forget(Self.path(export, day)) } }
        do {
            var files: [ExportFile] = []
            for export in Export.all {
                let directory = try tree.directory(Self.path(export, day), creating: SpoolTree.sharedMode)
                files.append(try ExportFile(export, in: directory, publisher))
            }
            var seq = day.first - 1
            while seq < day.last {
                if isCancelled() { return false }
                let last = min(seq + Self.page, day.last)
                try reader.snapshot(gate: gate) { (queries) throws(LedgerError) in
                    for file in files { try file.add(queries, after: seq, through: last) }
                }
                for file in files { try file.write() }
                seq = last
            }
            for file in files {
                try file.publish(as: Self.part)
                summary.rows[file.export.name, default: 0] += file.rows
            }
            // The mark says that the content is on disk.
            try tree.files.syncFileSystem(tree.rootDescriptor)
            if day.isClosed {
                for export in Export.all { try publisher.publish([], in: try tree.directory(Self.path(export, day)), as: Self.mark) }
            }
        } catch let error as LedgerError {
            throw .ledger(error)
        } catch let error as FileError {
            throw .file(error)
        } catch {
            return false
        }
        summary.days += 1
        return true
    }
}

/// Why exports were not written. What was there before is as it was.
public enum ExportError: Error, Sendable, CustomStringConvertible {
    /// The ledger cannot be read.
    case ledger(LedgerError)
    /// A file cannot be written.
    case file(FileError)
    /// Another process is writing them.
    case lock(LockError)

    /// What failed, and what to do.
    public var description: String {
        switch self {
        case .ledger(let error): error.description
        case .file(let error): "\(error)"
        case .lock(.held(let holder)): "another process (\(holder)) is writing the exports: wait for it"
        case .lock(.failed(let error)): "\(error)"
        }
    }
}
