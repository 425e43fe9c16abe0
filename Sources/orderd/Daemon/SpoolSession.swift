import Crypto
import Glibc
import Ledger
import Logging
import Orders
import Reports
import Spool
import Stages

/// A spool in the hands of this process: locked, its ledger open, files and ledger brought together.
///
/// The daemon is one of these that runs long; a command without a daemon is one that does one thing.
final class SpoolSession {
    let root: String
    let tree: SpoolTree
    let ledger: Ledger
    let pipeline: Pipeline
    let followers: FollowerThread
    private let checkpoints: CheckpointThread
    private let report: ReportThread?
    private var checkpointsSeen = 0
    let configuration: Configuration
    let log: Logger
    let started: Timestamp
    private let lock: SpoolLock
    private let identity: SpoolIdentity

    /// Takes a spool and recovers from its last stop, whatever it was.
    ///
    /// - Parameters:
    ///   - root: the spool's directory.
    ///   - configuration: as loaded.
    ///   - watching: whether dropped files are watched for; a command that does one thing need not.
    ///   - upgrade: is told where the ledger has to be brought up to date.
    init(
        root: String, configuration: Configuration, log: Logger, watching: Bool, upgrade: UpgradeReport = UpgradeReport(to: .person)
    ) throws(StartError) {
        let files = SystemFiles()
        let clock = SystemClock()
        // The daemon's files are for its group to read, and for nobody else.
        umask(0o027)
        SystemFiles.ignoreLeaseSignals()
        self.root = root
        self.configuration = configuration
        self.log = log
        started = Timestamp(milliseconds: clock.wallMilliseconds())
        let policy = try Policy(configuration)
        // The library that watches wants a descriptor below 1024: it opens first.
        let watcher = Self.watcher(watching, log)
        do throws(FileError) {
            tree = try SpoolTree(root: root, files: files)
            guard try files.status(at: tree.rootDescriptor, path: Path(SpoolTree.state)) != nil else {
                throw FileError(call: "", path: "", code: ENOENT)
            }
        } catch {
            if error.isMissing { throw .noSpool(root) }
            throw .file(error)
        }
        identity = try SpoolIdentity(of: tree)
        lock = try Self.takeLock(tree)
        let opening: Ledger.Opening
        defer { upgrade.end() }
        do {
            _ = try SpoolTree.create(root: root, steps: Steps.standard.map(\.name), files: files)
            (ledger, opening) = try Ledger.open(
                path: Self.ledgerPath(root), journal: try tree.directory(SpoolTree.journal), files: files, random: SystemRandom(),
                now: started, hasHistory: try Self.hasHistory(tree), upgrading: upgrade.tell)
            Self.tell(opening, log)
            pipeline = try Pipeline(
                tree: tree, ledger: ledger, steps: Steps.standard, policy: policy, gateway: try Self.gateway(configuration),
                watcher: watcher,
                clock: clock, random: SystemRandom(), log: log)
            if try !ledger.queries.partners().contains(where: { $0.name == configuration[Keys.Fulfil.warehouse] }) {
                let warehouse = PartnerChange(name: configuration[Keys.Fulfil.warehouse], role: "warehouse", state: "active")
                try tree.createPartner(warehouse.name)
                try ledger.record(.partnerChanged(warehouse), subject: warehouse.name, at: started)
                try ledger.commit()
            }
            pipeline.readsTransferLogs = watching
            try pipeline.start(opening)
            followers = try FollowerThread(
                try LedgerReader(path: Self.ledgerPath(root)), gate: ledger.gate, tree: tree, cursor: try ledger.queries.cursor("publish"),
                configuration: configuration, inbox: pipeline.inbox, started: started, log: log)
            checkpoints = try CheckpointThread(path: Self.ledgerPath(root), log: log)
            report = watching ? Self.report(tree, root, ledger.gate, configuration, log) : nil
        } catch let error as LedgerError {
            throw .ledger(error)
        } catch let error as FileError {
            throw .file(error)
        } catch let error as PipelineError {
            throw .pipeline(error)
        } catch let error as StartError {
            throw error
        } catch {
            throw .configuration("\(error)")
        }
        let (followers, report) = (self.followers, self.report)
        pipeline.committed = { head in
            followers.advance(to: head)
            report?.note()
        }
        pipeline.gaugesChanged = { gauges in
            followers.note(gauges)
            report?.note(gauges)
        }
        pipeline.uploadsChanged = { partner, uploads in followers.note(uploads, of: partner) }
        pipeline.measured = { meters in followers.note(meters) }
        followers.start()
        report?.start()
        followers.advance(to: ledger.committed.seq)
    }

    /// Makes a spool, or what is missing in one.
    static func initialize(root: String, configuration: Configuration, log: Logger) throws(StartError) {
        umask(0o022)
        do throws(FileError) {
            try SpoolTree.create(root: root, steps: Steps.standard.map(\.name), files: SystemFiles())
        } catch {
            throw .file(error)
        }
        do { try giveToOwners(root, configuration) } catch { throw .configuration("\(error)") }
        try SpoolSession(root: root, configuration: configuration, log: log, watching: false).close()
    }

    /// In an installed orderd's spool, root puts owners and modes right, and makes what the daemon could not: the warehouse's directories.
    private static func giveToOwners(_ root: String, _ configuration: Configuration) throws {
        let machine = SystemMachine()
        guard try SpoolHolder(of: try SpoolTree(root: root, files: SystemFiles()), machine: machine) == .installed else { return }
        try TreeMaker(root: root, machine: machine).make(OwnedPath.spool())
        let context = CommandContext(root: root, configuration: configuration, configurationPath: nil)
        try PartnerInstallation(configuration[Keys.Fulfil.warehouse], role: .warehouse, context: context, machine: machine).makeTree()
    }

    /// The log of the ledger is copied into it beyond this many pages, in the background.
    private static let longLog = 4096
    /// Beyond this many pages the pipeline itself copies the rest, once the background has done nearly all.
    private static let tooLongLog = 16_384

    /// Keeps the ledger's write-ahead log from growing. Called between turns.
    func keepLogShort() throws(StartError) {
        guard ledger.logPages > Self.longLog else { return }
        let completed = checkpoints.completed
        if ledger.logPages > Self.tooLongLog, completed > checkpointsSeen {
            checkpointsSeen = completed
            do throws(LedgerError) { try ledger.finishCheckpoint() } catch { throw .ledger(error) }
        } else {
            checkpoints.want()
        }
    }

    /// Does one command, as if a daemon had been asked.
    func execute(_ request: CommandRequest) throws(StartError) -> CommandResult {
        pipeline.inbox.put(request, tag: 0)
        do throws(PipelineError) { try pipeline.turn(takingFiles: false) } catch { throw .pipeline(error) }
        return pipeline.takeReplies().first?.result ?? CommandResult(isDone: false, message: "the command was not answered")
    }

    /// Publishes what is left to publish, marks a clean stop, and lets the spool go.
    func close() throws(StartError) {
        pipeline.tellUploadsNow()
        let failure = followers.finish()
        checkpoints.finish()
        report?.finish()
        if let failure { throw .followers(failure) }
        do throws(PipelineError) { try pipeline.stop() } catch { throw .pipeline(error) }
        ledger.close()
        lock.release()
        identity.restore()
    }

    static func ledgerPath(_ root: String) -> String { root + "/" + SpoolTree.state + "/ledger.sqlite" }

    // MARK: Parts

    private static func takeLock(_ tree: SpoolTree) throws(StartError) -> SpoolLock {
        let state: Descriptor
        do throws(FileError) { state = try tree.directory(SpoolTree.state) } catch { throw .file(error) }
        do throws(LockError) {
            return try SpoolLock.take(stateDirectory: state, process: getpid(), files: tree.files)
        } catch {
            switch error {
            case .held(let holder): throw .locked(by: holder)
            case .failed(let error): throw .file(error)
            }
        }
    }

    private static func watcher(_ watching: Bool, _ log: Logger) -> any Watcher {
        guard watching else { return PollingWatcher() }
        do throws(WatcherError) { return try InotifyWatcher() } catch {
            log.warning("dropped files cannot be watched for; directories are looked through instead", metadata: ["error": "\(error)"])
            return PollingWatcher()
        }
    }

    /// The thread that writes the report. Orders do not wait for somebody to mend a template.
    private static func report(
        _ tree: SpoolTree, _ root: String, _ gate: CommitGate, _ configuration: Configuration, _ log: Logger
    ) -> ReportThread? {
        do { return try ReportThread(tree: tree, root: root, gate: gate, configuration: configuration, log: log) } catch {
            log.error("no report is written until this is mended and orderd is started anew", metadata: ["error": "\(error)"])
            return nil
        }
    }

    private static func gateway(_ configuration: Configuration) throws(StartError) -> (any PaymentGateway)? {
        switch configuration[Keys.Payment.gateway] {
        case .account: return nil
        case .simulated: return SimulatedGateway(delay: configuration[Keys.Payment.simulatedDelay])
        case .socket:
            let secret = try Credentials.text("payment-token")
            do throws(FileError) {
                return try SocketGateway(
                    path: configuration[Keys.Payment.socket], timeout: configuration[Keys.Payment.timeout],
                    secret: secret)
            } catch {
                throw .file(error)
            }
        }
    }

    /// Whether the spool holds orders: such a one never begins with an empty ledger.
    private static func hasHistory(_ tree: SpoolTree) throws(FileError) -> Bool {
        var places = [SpoolTree.done, SpoolTree.cancelled] + SpoolTree.restingQueues.map { SpoolTree.restingDirectory($0) }
        for (index, step) in Steps.standard.enumerated() { places.append(SpoolTree.stepDirectory(index + 1, step.name)) }
        for place in places {
            let names = try tree.files.list(try tree.directory(place))
            while let batch = try names.next() {
                if batch.contains(where: { !$0.name.isHidden && $0.name.text != "README.md" }) { return true }
            }
        }
        return false
    }

    private static func tell(_ opening: Ledger.Opening, _ log: Logger) {
        if opening.isNew { log.notice("a new ledger was made") }
        if !opening.wasClean { log.notice("the last stop was not clean; the ledger's places win") }
        if opening.tornBytes > 0 { log.notice("a cut line was taken off the journal", metadata: ["bytes": "\(opening.tornBytes)"]) }
        if opening.refilled > 0 { log.notice("the journal was filled up from the ledger", metadata: ["events": "\(opening.refilled)"]) }
    }
}

/// SHA-256, for modules that have no cryptography of their own.
func sha256(_ bytes: [UInt8]) -> [UInt8] {
    SHA256.hash(data: bytes).withUnsafeBytes { [UInt8]($0) }
}
