public import Spool

/// Keeps `status/uploads.json` of every partner as the pipeline tells.
///
/// It follows no events of the ledger: an upload that is not taken yet is in none. So nothing of it has a cursor or is synced, and no rebuild
/// brings it back; the next start tells of every partner anew, and what an earlier one left is replaced or removed then. Owned by one thread,
/// the one that publishes status files, with which it shares the temporary name.
public final class UploadsFollower {
    private struct Pending {
        var uploads: WaitingUploads
        /// In nanoseconds of the boot clock.
        var due: Int64
        /// How often it could not be written.
        var failures = 0
    }

    /// The longest wait for what could not be written, in nanoseconds.
    private static let longestWait: Int64 = 600_000_000_000

    private let tree: SpoolTree
    private let publisher: Publisher
    private let clock: any Clock
    private let grace: Int64
    private var pending: [String: Pending] = [:]
    /// What lies in each partner's directory, where that is known.
    private var written: [String: WaitingUploads] = [:]

    /// A follower for a spool, which knows of no upload yet.
    ///
    /// - Parameters:
    ///   - tree: the spool.
    ///   - clock: for the deadlines.
    ///   - grace: how long what an earlier daemon told stays after a start, in nanoseconds, while this one looks for it: a file that comes and
    ///     goes with every start would tell a partner that its upload was taken.
    public init(tree: SpoolTree, clock: any Clock = SystemClock(), grace: Int64) {
        self.tree = tree
        self.clock = clock
        self.grace = grace
        publisher = Publisher(owner: "orderd", files: tree.files)
    }

    /// Takes note of what waits of a partner now; written with the next ``write(isLast:)`` that is due.
    public func note(_ partner: String, _ uploads: WaitingUploads) {
        let now = clock.bootNanoseconds()
        if let known = pending[partner] {
            // Where it cannot be written, a change makes it no easier. What waits ends the grace.
            pending[partner]?.uploads = uploads
            if known.failures == 0, !uploads.isEmpty { pending[partner]?.due = now }
        } else {
            pending[partner] = Pending(uploads: uploads, due: uploads.isEmpty && written[partner] == nil ? now + grace : now)
        }
    }

    /// When something is to be written, in nanoseconds of the boot clock; nil where nothing is.
    public var nextDeadline: Int64? { pending.values.map(\.due).min() }

    /// Writes what is due; the last time everything that was noted.
    ///
    /// - Returns: what could not be written for the first time. It is tried again, ever more seldom; nobody else waits for it.
    public func write(isLast: Bool = false) -> [Followers.Failure] {
        var failures: [Followers.Failure] = []
        let now = clock.bootNanoseconds()
        for partner in pending.filter({ isLast || $0.value.due <= now }).keys.sorted() {
            guard var item = pending[partner] else { continue }
            do throws(FileError) {
                try write(item.uploads, of: partner)
                written[partner] = item.uploads
                pending[partner] = nil
            } catch {
                item.failures += 1
                item.due = now + min(Self.longestWait, 1_000_000_000 << Int64(min(item.failures, 20) - 1))
                pending[partner] = item
                if item.failures == 1 { failures.append(Followers.Failure(follower: "uploads", subject: partner, error: "\(error)")) }
            }
        }
        return failures
    }

    private func write(_ uploads: WaitingUploads, of partner: String) throws(FileError) {
        guard let name = FileName(UploadsFile.name) else { return }
        let path = SpoolTree.readDirectory("status", of: partner)
        guard !uploads.isEmpty else {
            if written[partner]?.isEmpty == true { return }
            do throws(FileError) {
                let directory = try tree.directory(path)
                // A crash in the midst of it leaves a temporary file, and perhaps nothing is ever published here again.
                if written[partner] == nil { try publisher.removeOwnLeftover(in: directory) }
                try tree.files.removeIfPresent(in: directory, name)
            } catch {
                // Nothing is where there is no directory.
                if !error.isMissing { throw error }
            }
            return
        }
        let directory = try tree.directory(path)
        let bytes = UploadsFile.bytes(uploads, partner: partner)
        if written[partner] == uploads, try tree.files.status(in: directory, name)?.size == Int64(bytes.count) { return }
        try publisher.publish(bytes, in: directory, as: name)
    }
}
