import Foundation
import Glibc
import Ledger
import Orders
import Spool
import Stages

/// A spool that is made again, in part: locked, so that no daemon runs meanwhile.
final class Rebuilding {
    /// What came of making the ledger.
    struct Made {
        let events: Int64
        /// The name of the old ledger, where there was one.
        let kept: String?
    }

    private let context: CommandContext
    private let tree: SpoolTree
    private let state: Descriptor
    private let lock: SpoolLock
    private let identity: SpoolIdentity

    /// Takes the spool's lock.
    init(_ context: CommandContext, _ tree: SpoolTree) throws {
        self.context = context
        self.tree = tree
        state = try tree.directory(SpoolTree.state)
        umask(0o027)
        identity = try SpoolIdentity(of: tree)
        do throws(LockError) {
            lock = try SpoolLock.take(stateDirectory: state, process: getpid(), files: tree.files)
        } catch {
            guard case .held(let holder) = error else { throw error }
            throw CommandFailure.couldNotRun("a daemon has this spool (\(holder)): stop it first, then run orderd rebuild again")
        }
    }

    /// Lets the spool go.
    func unlock() { lock.release() }

    // MARK: The ledger

    /// Whether a start would refuse the ledger for want of events, or for damage, or would meet damage later.
    func isLedgerNoGood() throws -> Bool {
        do throws(LedgerError) {
            let ledger = try open()
            defer { ledger.close() }
            return try !ledger.isSound()
        } catch {
            switch error.code {
            case .missing, .damaged, .journalAhead, .diverged: return true
            case .newerSchema, .storage, .busy, .unknown: throw error
            }
        }
    }

    private func open() throws(LedgerError) -> Ledger {
        let journal: Descriptor
        do throws(FileError) { journal = try tree.directory(SpoolTree.journal) } catch { throw LedgerError(.storage, "\(error)") }
        let upgrade = UpgradeReport(to: .person)
        defer { upgrade.end() }
        return try Ledger.open(
            path: context.ledgerPath, journal: journal, files: tree.files, random: SystemRandom(), now: .now, hasHistory: true,
            upgrading: upgrade.tell
        ).ledger
    }

    /// Makes the ledger anew from the journal, and puts it in the place of the old one, which is kept.
    func makeLedger() throws -> Made {
        let new = "ledger.sqlite.rebuild"
        for suffix in ["", "-wal", "-shm"] { try tree.files.removeIfPresent(in: state, name(new + suffix)) }
        let journal = try tree.directory(SpoolTree.journal)
        let bar = ProgressBar("events", total: nil)
        defer { bar.end() }
        let last = bar.isShown ? try? Rebuild.lastEvent(journal: journal, files: tree.files) : nil
        let made = try Rebuild.ledger(
            at: context.root + "/" + SpoolTree.state + "/" + new, journal: journal, files: tree.files
        ) { bar.show($0, of: last) }
        bar.end()
        for suffix in ["-wal", "-shm"] { try tree.files.removeIfPresent(in: state, name(new + suffix)) }
        // It was written without syncs.
        try tree.files.syncFileSystem(state)
        let kept = try setAside()
        try tree.files.rename(from: state, name(new), to: state, name("ledger.sqlite"), replacing: false)
        try tree.files.syncAll(state)
        // Opened once, so that it is known to be good, and so that its log and index are there for readers who may not make them.
        try open().close()
        return Made(events: made.seq, kept: kept)
    }

    /// Renames the old ledger. Its log goes first: one that stayed behind would be played into the new ledger. A crash in between leaves a
    /// spool that refuses to start and says what to do: this again.
    private func setAside() throws -> String? {
        let time = Timestamp.now.rfc3339.filter { $0 != ":" && $0 != "-" }
        let kept = "ledger.sqlite.\(time).old"
        var isThere = false
        for suffix in ["-wal", "-shm", ""] where try tree.files.status(in: state, name("ledger.sqlite" + suffix)) != nil {
            try tree.files.rename(from: state, name("ledger.sqlite" + suffix), to: state, name(kept + suffix), replacing: false)
            try tree.files.syncAll(state)
            isThere = suffix.isEmpty
        }
        return isThere ? "\(SpoolTree.state)/\(kept)" : nil
    }

    private func name(_ text: String) throws -> FileName {
        guard let name = FileName(text) else { throw CommandFailure.couldNotRun("\(text) cannot be a file's name") }
        return name
    }

    // MARK: The content

    /// Writes what is missing or wrong in `queue/` and at the orders' ends, and publishes every receipt, pick request and status file again.
    ///
    /// - Returns: how many orders there are.
    func makeContent() throws -> Int64 {
        let ledger = try open()
        // As after an unclean stop with nothing published yet: the ledger wins over positions, and followers begin at the first event.
        ledger.setCursor("publish", to: 0)
        ledger.setMark("stop", to: "rebuilt")
        try ledger.commit()
        ledger.close()
        lock.release()
        let bar = ProgressBar("events published", total: nil)
        if bar.isShown { writeTransient("comparing files with the ledger") }
        defer { if bar.isShown { writeTransient(nil) } }
        let session = try SpoolSession(root: context.root, configuration: context.configuration, log: context.log, watching: false)
        // Closing waits for what is to be published; who watches sees it.
        while bar.isShown, !session.followers.isCaughtUp {
            let progress = session.followers.progress
            bar.show(progress.done, of: progress.target)
            poll(nil, 0, 20)
        }
        let orders = try session.ledger.queries.orderCounts().all
        try session.close()
        return orders
    }
}
