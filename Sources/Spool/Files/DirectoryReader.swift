/// One name in a directory.
public struct DirectoryEntry: Hashable, Sendable {
    /// The name.
    public let name: FileName
    /// What it is, where the file system tells while listing; else `nil`. A hint: it may be another thing by now.
    public let kind: FileKind?

    /// An entry of a listing.
    public init(name: FileName, kind: FileKind?) {
        self.name = name
        self.kind = kind
    }
}

/// Lists a directory batch by batch, so that a directory of a million names needs no room for a million names.
///
/// Order is the file system's. A name made or removed during the listing may be there or not; any other is listed once. `.` and `..` are
/// left out.
public final class DirectoryReader {
    private let produce: () throws(FileError) -> [DirectoryEntry]?
    private var ended = false

    /// A reader over batches that `produce` gives until it gives `nil`.
    public init(_ produce: @escaping () throws(FileError) -> [DirectoryEntry]?) {
        self.produce = produce
    }

    /// The next few hundred names; `nil` at the end. A batch is never empty.
    public func next() throws(FileError) -> [DirectoryEntry]? {
        while !ended {
            guard let batch = try produce() else { break }
            if !batch.isEmpty { return batch }
        }
        ended = true
        return nil
    }

    /// Calls `body` with each entry, and stops where it answers `false`.
    public func visit(_ body: (DirectoryEntry) throws(FileError) -> Bool) throws(FileError) {
        while let batch = try next() {
            for entry in batch where try !body(entry) { return }
        }
    }
}
