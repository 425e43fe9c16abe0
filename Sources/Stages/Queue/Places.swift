import Glibc
import Ledger
import Orders
import Spool

/// Where an order's file lies.
struct Place: Hashable, Sendable {
    let stage: Stage
    /// The UTC day, for an end.
    let day: String?

    init(_ stage: Stage, day: String?) {
        self.stage = stage
        self.day = stage.isTerminal ? day : nil
    }

    init(_ order: OrderRecord) { self.init(order.stage, day: order.day) }
}

/// The files of orders: each in the directory of its state, written from the very bytes that were accepted.
///
/// Moves are collected while a batch is worked on, and made after its commit, one rename an order however many steps it took. None is
/// synced: what a crash undoes, the next start does again from the ledger.
final class Places {
    let tree: SpoolTree
    let steps: [String]
    private let files: any FileOperations
    private var moves: [OrderID: Pending] = [:]
    private var order: [OrderID] = []

    private struct Pending {
        let from: Place?
        let record: OrderRecord
        var bytes: [UInt8]?
    }

    init(tree: SpoolTree, steps: [String]) {
        self.tree = tree
        self.steps = steps
        files = tree.files
    }

    /// The directory of a place, below the spool's root.
    func path(of place: Place) -> String {
        switch place.stage {
        case .done, .cancelled, .rejected: return place.stage.name + "/" + (place.day ?? "")
        default:
            if let index = steps.firstIndex(of: place.stage.name) { return SpoolTree.stepDirectory(index + 1, place.stage.name) }
            return SpoolTree.restingDirectory(place.stage.name)
        }
    }

    func descriptor(of place: Place) throws(FileError) -> Descriptor {
        try tree.directory(path(of: place), creating: SpoolTree.sharedMode)
    }

    static func fileName(_ id: OrderID) -> FileName { name(id.text + ".json") }
    static func reasonName(_ id: OrderID) -> FileName { name(id.text + ".reason.json") }

    static func name(_ text: String) -> FileName {
        guard let name = FileName(text) else { preconditionFailure("\(text) is no file name") }
        return name
    }

    /// The order of a queue file's name, or nil for another name.
    static func orderID(_ name: FileName) -> OrderID? {
        guard name.hasSuffix(".json"), !name.hasSuffix(".reason.json") else { return nil }
        return OrderID(utf8: name.bytes.dropLast(5))
    }

    /// The order of a reason file's name, or nil for another name.
    static func orderID(ofReason name: FileName) -> OrderID? {
        guard name.hasSuffix(".reason.json") else { return nil }
        return OrderID(utf8: name.bytes.dropLast(12))
    }

    // MARK: What a batch does

    /// A new order: its file is written where it comes to lie at the batch's end.
    func add(_ record: OrderRecord, bytes: [UInt8]) {
        moves[record.id] = Pending(from: nil, record: record, bytes: bytes)
        order.append(record.id)
    }

    /// An order has moved; `from` is where its file lies now.
    func move(_ record: OrderRecord, from stage: Stage) {
        if moves[record.id] != nil { return }
        moves[record.id] = Pending(from: Place(stage, day: nil), record: record, bytes: nil)
        order.append(record.id)
    }

    /// Whether the batch moves this order, or writes its file, once it is committed.
    func isMoving(_ id: OrderID) -> Bool { moves[id] != nil }

    /// The batch was not committed.
    func abandon() {
        moves.removeAll(keepingCapacity: true)
        order.removeAll(keepingCapacity: true)
    }

    /// Makes the moves of a committed batch.
    ///
    /// - Parameter document: gives an order's text, where its file has gone missing and must be written again.
    func settle(document: (OrderRecord) throws(LedgerError) -> [UInt8]?) throws(PlacingError) {
        for id in order {
            guard let pending = moves[id] else { continue }
            let target = Place(pending.record)
            if let bytes = pending.bytes {
                try write(bytes, id, to: target)
            } else if let from = pending.from, from != target {
                var isMoved = false
                if try isOwn(pending.record, from) { isMoved = try rename(id, from: from, to: target) }
                if !isMoved {
                    // Gone, or changed by hand since the last look at it: it goes on as it was accepted. What cannot be removed, a directory
                    // in its place, is the rescan's to report.
                    try? remove(Self.fileName(id), from)
                    guard let bytes = try text(pending.record, document) else { continue }
                    try write(bytes, id, to: target)
                }
                if from.stage == .hold || from.stage == .failed { try remove(Self.reasonName(id), from) }
            }
            do throws(PlacingError) { try decorate(pending.record, target) } catch {
                // Its file was deleted by hand, and the move began and ended in one place.
                guard case .file(let fault) = error, fault.isMissing, let bytes = try text(pending.record, document) else { throw error }
                try write(bytes, id, to: target)
                try decorate(pending.record, target)
            }
        }
        abandon()
    }

    private func text(
        _ record: OrderRecord, _ document: (OrderRecord) throws(LedgerError) -> [UInt8]?
    ) throws(PlacingError) -> [UInt8]? {
        do throws(LedgerError) { return try document(record) } catch { throw .ledger(error) }
    }

    /// Puts the reason beside an order that waits for a person, and the time of the next attempt on one that waits for it.
    func decorate(_ record: OrderRecord, _ place: Place) throws(PlacingError) {
        do throws(FileError) {
            switch place.stage {
            case .hold, .failed:
                var writer = JSONWriter(reserving: 256)
                writer.beginObject()
                writer.member("orderId", record.id.text)
                writer.member("status", record.status.rawValue)
                writer.member("step", record.step)
                writer.member("reason", record.reason ?? "")
                writer.member("detail", record.detail ?? "")
                writer.member("since", record.updated.rfc3339)
                writer.endObject()
                let directory = try descriptor(of: place)
                try Publisher(owner: "orderd", files: files).publish(writer.bytes + [10], in: directory, as: Self.reasonName(record.id))
            case .deferred:
                guard let next = record.nextAttempt else { return }
                try files.setModifyTime(
                    in: try descriptor(of: place), Self.fileName(record.id), to: next.milliseconds * 1_000_000)
            default: return
            }
        } catch {
            throw .file(error)
        }
    }

    /// Whether an order's file still has the bytes that were accepted.
    private func isOwn(_ record: OrderRecord, _ place: Place) throws(PlacingError) -> Bool {
        do throws(FileError) {
            guard let bytes = try files.readAll(in: try descriptor(of: place), Self.fileName(record.id), limit: record.size) else {
                return false
            }
            return bytes.count == record.size && sha256(bytes) == record.sha
        } catch {
            // Longer than it was, or no file any more: written again as well.
            if error.isMissing || error.code == EFBIG || error.code == ELOOP || error.code == EISDIR || error.code == ENXIO { return false }
            throw .file(error)
        }
    }

    // MARK: Single files

    /// Writes an order's file, in place of what has its name.
    ///
    /// Always a new file: somebody may have put a pipe there, which would keep us waiting, or a link, through which we would write.
    func write(_ bytes: [UInt8], _ id: OrderID, to place: Place) throws(PlacingError) {
        do throws(FileError) {
            let directory = try descriptor(of: place)
            let descriptor: Descriptor
            do throws(FileError) {
                descriptor = try files.create(in: directory, Self.fileName(id), mode: 0o640, exclusive: true, truncate: false)
            } catch {
                guard error.isTaken else { throw error }
                try makeRoom(for: id, in: place)
                descriptor = try files.create(in: directory, Self.fileName(id), mode: 0o640, exclusive: true, truncate: false)
            }
            do throws(FileError) {
                try files.write(descriptor, bytes)
            } catch {
                try? files.close(descriptor)
                throw error
            }
            try files.close(descriptor)
        } catch {
            throw .file(error)
        }
    }

    /// False where the file is not there.
    func rename(_ id: OrderID, from: Place, to: Place) throws(PlacingError) -> Bool {
        do throws(FileError) {
            let name = Self.fileName(id)
            do throws(FileError) {
                try files.rename(from: try descriptor(of: from), name, to: try descriptor(of: to), name, replacing: true)
            } catch {
                // A directory of this name stands in the way.
                guard error.isObstructed else { throw error }
                try makeRoom(for: id, in: to)
                try files.rename(from: try descriptor(of: from), name, to: try descriptor(of: to), name, replacing: true)
            }
            return true
        } catch {
            if error.isMissing { return false }
            throw .file(error)
        }
    }

    /// Does away with what has an order's name and is not its file. A directory with something in it is somebody's: it goes to `rejected/`.
    func makeRoom(for id: OrderID, in place: Place) throws(FileError) {
        let directory = try descriptor(of: place)
        let name = Self.fileName(id)
        guard let status = try files.status(in: directory, name) else { return }
        guard status.kind == .directory else {
            try files.removeIfPresent(in: directory, name)
            return
        }
        do throws(FileError) { try files.removeDirectory(in: directory, name) } catch {
            guard error.isObstructed || error.isTaken else { throw error }
            try setAside(id, place, day: Timestamp(milliseconds: status.changeTime / 1_000_000).day)
        }
    }

    /// Moves what has an order's name to `rejected/`, under a name that tells where it lay.
    func setAside(_ id: OrderID, _ place: Place, day: String) throws(FileError) {
        let target = try tree.directory("\(SpoolTree.rejected)/\(day)", creating: SpoolTree.sharedMode)
        let source = try descriptor(of: place)
        var number = 1
        while true {
            let name = Self.name("\(id.text).\(place.stage.name)-\(number).json")
            do throws(FileError) {
                try files.rename(from: source, Self.fileName(id), to: target, name, replacing: false)
                return
            } catch {
                guard error.isTaken else { throw error }
                number += 1
            }
        }
    }

    func remove(_ name: FileName, _ place: Place) throws(PlacingError) {
        do throws(FileError) {
            _ = try files.removeIfPresent(in: try descriptor(of: place), name)
        } catch {
            throw .file(error)
        }
    }
}

/// Why a file could not be put where it belongs.
enum PlacingError: Error, CustomStringConvertible {
    case file(FileError)
    case ledger(LedgerError)

    var description: String {
        switch self {
        case .file(let error): error.description
        case .ledger(let error): error.description
        }
    }
}
