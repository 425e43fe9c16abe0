import Crypto
import Ledger
import Orders
import Spool

/// A file too large to be read at once: looked through to its end first, then taken in slices, each committed with the place of the next.
///
/// Every turn does a bounded piece of work, so that other partners' files wait for no more than that.
final class LargeFile {
    enum Phase {
        /// Looking for its end, where it was dropped or claimed already.
        case scanning
        /// Orders are taken slice by slice; it lies in `claimed/`.
        case slicing
    }

    /// Bytes of a piece of work.
    static let turnBytes = 8 << 20

    let directory: DropDirectory
    let name: FileName
    let kind: OrderFileKind
    let descriptor: Descriptor
    var phase: Phase
    /// Set while it lies in the drop directory still.
    var opened: (file: OpenedFile, candidate: Candidate)?
    /// Set once it is claimed.
    var claimed: ClaimedFile?
    let status: FileStatus
    let completeness: String
    /// When the upload was whole, as ``TakenFile/finished``.
    let finished: Int64
    var position: OrderSplitter.Position
    var drop: DropRecord?
    var end: SplitEnd?
    /// Slices committed so far.
    var slices = 0
    /// A card number was found in it.
    var hasCards = false
    /// Where it was when it came under suspicion: it is past that a slice later.
    var suspectedFrom: Int?
    /// How far it has been looked through, in bytes.
    var scanned: Int64 { offset }
    private var splitter: OrderSplitter
    private var hasher = SHA256()
    private var offset: Int64 = 0
    private let maximumOrderBytes: Int

    init(
        directory: DropDirectory, name: FileName, kind: OrderFileKind, descriptor: Descriptor, status: FileStatus, completeness: String,
        maximumOrderBytes: Int, finished: Int64? = nil, resuming drop: DropRecord? = nil
    ) {
        self.directory = directory
        self.name = name
        self.kind = kind
        self.descriptor = descriptor
        self.status = status
        self.completeness = completeness
        self.finished = finished ?? status.changeTime
        self.drop = drop
        self.maximumOrderBytes = maximumOrderBytes
        phase = .scanning
        position = drop.flatMap { Self.position($0.position) } ?? OrderSplitter.Position()
        splitter = OrderSplitter(kind: kind, maximumOrderBytes: maximumOrderBytes)
    }

    /// Looks at the next piece; true when the end has been reached.
    func scan(_ files: any FileOperations) throws(FileError) -> Bool {
        var done = 0
        // Piece by piece: to sync a whole file of a gigabyte at its end would hold everybody else up.
        defer { files.writeBack(descriptor, offset: offset - Int64(done), count: Int64(done)) }
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        while end == nil, done < Self.turnBytes {
            let count = try fill(&buffer, files, at: offset)
            offset += Int64(count)
            done += count
            let isLast = count == 0 || offset >= status.size
            buffer.withUnsafeBufferPointer { bytes in
                let part = UnsafeBufferPointer(rebasing: bytes[0..<count])
                hasher.update(bufferPointer: UnsafeRawBufferPointer(part))
                _ = splitter.feed(part, isLast: isLast) { _ in true }
            }
            if isLast { end = splitter.end ?? .complete(orders: splitter.position.index, isMany: true) }
            // Malformed from some place on: the rest is read for its hash.
            if end == nil, case .malformed = splitter.end, isLast { end = splitter.end }
        }
        return end != nil
    }

    /// The hash of what was scanned.
    func sha() -> [UInt8] { hasher.finalize().withUnsafeBytes { [UInt8]($0) } }

    /// Hands out the orders of the next slice, and moves `position` behind them.
    ///
    /// - Returns: how the file ends, when its end has been reached.
    func slice(
        limit: Int, _ files: any FileOperations, _ body: (SplitElement) throws(LedgerError) -> Void
    ) throws(LargeFileError) -> SplitEnd? {
        var splitter = OrderSplitter(kind: kind, maximumOrderBytes: maximumOrderBytes, resumingAt: position)
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        var offset = position.offset
        var taken = 0
        var bytes = 0
        var failure: LedgerError?
        while true {
            let count: Int
            do throws(FileError) { count = try fill(&buffer, files, at: offset) } catch { throw .file(error) }
            offset += Int64(count)
            let isLast = count == 0 || offset >= status.size
            buffer.withUnsafeBufferPointer { all in
                _ = splitter.feed(UnsafeBufferPointer(rebasing: all[0..<count]), isLast: isLast) { element in
                    do throws(LedgerError) { try body(element) } catch { failure = error }
                    taken += 1
                    bytes += element.bytes.count
                    return failure == nil && taken < limit && bytes < Self.turnBytes
                }
            }
            if let failure { throw .ledger(failure) }
            if taken >= limit || bytes >= Self.turnBytes || isLast || splitter.end != nil { break }
        }
        position = splitter.position
        return splitter.end
    }

    private func fill(_ buffer: inout [UInt8], _ files: any FileOperations, at offset: Int64) throws(FileError) -> Int {
        var failure: FileError?
        let count = buffer.withUnsafeMutableBytes { bytes in
            do throws(FileError) {
                return try files.read(descriptor, into: bytes, at: offset)
            } catch {
                failure = error
                return 0
            }
        }
        if let failure { throw failure }
        return count
    }

    func close() {
        opened?.file.close()
        claimed?.close()
    }

    /// A position as the ledger keeps it.
    static func text(_ position: OrderSplitter.Position) -> String {
        "\(position.offset):\(position.index):\(position.line):\(position.state)"
    }

    static func position(_ text: String) -> OrderSplitter.Position? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).compactMap { Int64($0) }
        guard parts.count == 4 else { return nil }
        let position = OrderSplitter.Position(offset: parts[0], index: Int(parts[1]), line: Int(parts[2]), state: Int(parts[3]))
        return self.text(position) == text ? position : nil
    }
}

/// Why a slice could not be taken.
enum LargeFileError: Error {
    case file(FileError)
    case ledger(LedgerError)
}
