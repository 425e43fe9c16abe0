import Ledger
import Logging
import Spool
import Stages

/// Where a verb works: the spool, and the configuration that holds for it.
struct CommandContext {
    /// The spool's directory.
    let root: String
    let configuration: Configuration
    /// What `--config` said.
    let configurationPath: String?
    let files = SystemFiles()

    var ledgerPath: String { SpoolSession.ledgerPath(root) }

    /// The ledger, for verbs that only read: beside a daemon, after a stop, or after a crash.
    func reader() throws -> LedgerReader {
        // SQLite's word for a directory that is not there says nothing of the spool.
        _ = try tree()
        return try LedgerReader(path: ledgerPath)
    }

    /// The spool's directories.
    func tree() throws -> SpoolTree {
        let tree: SpoolTree
        let isSpool: Bool
        do throws(FileError) {
            tree = try SpoolTree(root: root, files: files)
            isSpool = try files.status(at: tree.rootDescriptor, path: Path(SpoolTree.state)) != nil
        } catch {
            guard error.isMissing || error.isNotDirectory else { throw error }
            throw CommandFailure.couldNotRun("there is no spool at \(root): name one with --spool, or make it: orderd init \(root)")
        }
        guard isSpool else {
            throw CommandFailure.couldNotRun("\(root) is no spool: name one with --spool, or make it: orderd init \(root)")
        }
        return tree
    }

    /// Whether a daemon answers; nil where this user cannot tell.
    func isDaemonRunning() -> Bool? {
        do {
            return try ControlClient.connect(try tree()) != nil
        } catch {
            return nil
        }
    }

    /// The log of a verb that takes the spool for itself: only what a person must know.
    var log: Logger {
        Logger(label: "orderd") { _ in CommandLogHandler() }
    }
}
