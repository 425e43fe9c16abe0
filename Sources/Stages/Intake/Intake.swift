import Ledger
import Logging
import Orders
import Spool

/// Takes dropped files: finds them, waits until they are whole, claims them, judges their orders, and says what is to be done with each
/// file once the batch is on disk.
///
/// Events are hints and the directory is the truth: what an event names is looked at, and what no event named is found by a scan.
final class Intake {
    /// Files up to this size are read at once.
    ///
    /// Small enough that the verdicts on as many orders as fit in it make an event of a sensible size.
    static let smallFile: Int64 = 256 << 10
    /// Large files of one partner that are open at once; the others wait.
    static let openLargeFiles = 2

    let tree: SpoolTree
    let files: any FileOperations
    let ledger: Ledger
    let places: Places
    let random: any RandomSource
    let firstStep: String
    let log: Logger
    var policy: Policy
    var claimer: Claimer
    var settle: SettleTable
    /// By the tag of their watch.
    var directories: [WatchedDirectory: DropDirectory] = [:]
    /// Work in hand, by partner, and the partners in turn.
    var lanes: [String: Lane] = [:]
    var turns: [String] = []
    /// Files in `claimed/` that must wait a little: a writer still has them open, or a call failed.
    var waitingClaimed: [WaitingClaim] = []
    /// What is to be done with files once the batch is committed.
    var disposals: [PendingDisposal] = []
    /// Uploads that ended too soon, waiting for their resume: how many.
    var waitingForResume: Set<String> = []
    var ids = IDGenerator()
    var nextTag: WatchedDirectory = 1
    /// Work done in this batch: orders looked at, and files.
    var judged = 0
    /// Drops of an earlier run whose files may come up again: in `claimed/`, or in the drop directory where a power cut undid the claim.
    var known: [DropIdentity: DropRecord] = [:]
    /// Things that were refused and could not be moved out of a drop directory; told once.
    var refusedInPlace: Set<DropIdentity> = []
    /// Files that could not be put away after their verdict; tried again.
    var failedDisposals: [PendingDisposal] = []

    /// One partner's work in hand.
    struct Lane {
        var ready: [Candidate] = []
        var head = 0
        var large: [LargeFile] = []

        var isEmpty: Bool { head >= ready.count && large.isEmpty }

        mutating func next() -> Candidate? {
            guard head < ready.count else { return nil }
            defer { head += 1 }
            if head > 1024, head * 2 > ready.count {
                ready.removeFirst(head)
                head = 0
            }
            return ready[head]
        }
    }

    struct WaitingClaim {
        let directory: DropDirectory
        let name: FileName
        let how: Sighting
        let since: Int64
        var due: Int64
        var drop: DropRecord?
    }

    init(
        tree: SpoolTree, ledger: Ledger, places: Places, policy: Policy, random: any RandomSource, firstStep: String, log: Logger
    ) {
        self.tree = tree
        files = tree.files
        self.ledger = ledger
        self.places = places
        self.random = random
        self.firstStep = firstStep
        self.log = log
        self.policy = policy
        claimer = Claimer(files: tree.files, maximumSize: policy.maximumFileSize)
        settle = SettleTable(settleNanoseconds: policy.settle, capacity: policy.window)
    }

    func adopt(_ policy: Policy) {
        self.policy = policy
        claimer = Claimer(files: files, maximumSize: policy.maximumFileSize)
        settle.settleNanoseconds = policy.settle
    }

    /// Candidates in memory, settling or in a lane: the window bounds them together.
    private var held: Int { settle.count + lanes.values.reduce(0) { $0 + $1.ready.count - $1.head } }

    /// Nothing is in hand, and what was found waits for longer than a span: for the resume of a broken upload.
    func isIdle(within span: Int64, of now: Int64) -> Bool {
        (settle.nextDeadline ?? .max) > now + span && waitingClaimed.isEmpty && lanes.values.allSatisfy(\.isEmpty)
            && directories.values.allSatisfy { !$0.needsScan && $0.listing == nil && $0.leftover.isEmpty }
    }

    /// Something can be worked on at once.
    func hasWork(now: Int64) -> Bool {
        if lanes.values.contains(where: { !$0.isEmpty }) { return true }
        if let next = settle.nextDeadline, next <= now { return true }
        if waitingClaimed.contains(where: { $0.due <= now }) { return true }
        guard held < policy.window / 2 else { return false }
        return directories.values.contains {
            $0.needsScan || $0.listing != nil || !$0.leftover.isEmpty
        }
    }

    /// When the next file must be looked at again, in nanoseconds of the boot clock.
    var nextDeadline: Int64? {
        let claimed = waitingClaimed.map(\.due).min()
        guard let first = settle.nextDeadline else { return claimed }
        return claimed.map { min($0, first) } ?? first
    }

    // MARK: Finding

    /// Takes note of what an event told.
    func sighted(_ directory: DropDirectory, _ name: FileName, how: Sighting, now: Int64) {
        guard judgeName(name) == .candidate else { return }
        guard held < policy.window else {
            directory.needsScan = true
            return
        }
        do throws(FileError) {
            let source = try tree.directory(directory.path)
            guard let status = try files.status(in: source, name) else { return }
            settle.sighted(directory.tag, name, status: status, how: how, now: now)
            // No room: it is found again by a scan.
            if settle.overflowed { directory.needsScan = true }
        } catch {
            directory.needsScan = true
        }
    }

    /// Takes note of what sshd said of an upload's end.
    func transferred(_ directory: DropDirectory, _ name: FileName, isForced: Bool, now: Int64) {
        guard judgeName(name) == .candidate else { return }
        guard let source = try? tree.directory(directory.path), let status = (try? files.status(in: source, name)) ?? nil else { return }
        // What does not fit now is found by a scan, and judged without the log.
        if isForced {
            settle.brokeOff(directory.tag, name, status: status, now: now)
        } else {
            settle.sighted(directory.tag, name, status: status, how: .logged, now: now)
        }
        if settle.overflowed { directory.needsScan = true }
    }

    /// Goes on with the scans that are due, as far as there is room for candidates.
    func scan(now: Int64) {
        for directory in directories.values {
            if settle.overflowed && held >= policy.window / 2 { return }
            do throws(FileError) {
                try scan(directory, now)
            } catch {
                directory.listing = nil
                directory.leftover = []
                log.warning("cannot list a drop directory", metadata: ["directory": "\(directory.path)", "error": "\(error)"])
            }
        }
        settle.clearOverflow()
    }

    private func scan(_ directory: DropDirectory, _ now: Int64) throws(FileError) {
        if directory.needsScan, directory.listing == nil, directory.leftover.isEmpty {
            directory.needsScan = false
            directory.listing = try files.list(try tree.directory(directory.path))
        }
        let source = try tree.directory(directory.path)
        while held < policy.window {
            if directory.leftover.isEmpty {
                guard let batch = try directory.listing?.next() else {
                    directory.listing = nil
                    return
                }
                directory.leftover = batch[...]
            }
            while let entry = directory.leftover.popFirst() {
                guard judgeName(entry.name) == .candidate else { continue }
                guard let status = try files.status(in: source, entry.name) else { continue }
                guard settle.sighted(directory.tag, entry.name, status: status, how: .found, now: now) else {
                    directory.leftover = [entry] + directory.leftover
                    return
                }
            }
        }
    }

    /// Puts candidates whose time has come into their partners' lanes.
    func ripen(now: Int64) {
        for candidate in settle.due(now: now) {
            guard let directory = directories[candidate.directory] else { continue }
            enlist(directory.partner)
            lanes[directory.partner, default: Lane()].ready.append(candidate)
        }
    }

    func enlist(_ partner: String) {
        if lanes[partner] == nil {
            lanes[partner] = Lane()
            turns.append(partner)
        }
    }

    // MARK: A batch

    /// Takes files until a batch has enough orders, in turn from every partner that has some.
    ///
    /// - Returns: the orders that were accepted.
    func takeBatch(now: Timestamp, boot: Int64) throws(LedgerError) -> [OrderRecord] {
        var accepted: [OrderRecord] = []
        judged = 0
        try retryClaimed(now, boot, &accepted)
        let busy = turns.filter { lanes[$0]?.isEmpty == false }
        guard !busy.isEmpty else { return accepted }
        let share = max(1, policy.slice / busy.count)
        for partner in busy {
            var quota = share
            while quota > 0, var lane = lanes[partner], !lane.isEmpty {
                let before = judged
                // A large file and small ones of the same partner take turns, so that neither starves.
                if !lane.large.isEmpty {
                    try work(partner, limit: max(1, quota / 2), now, boot, &accepted)
                    lane = lanes[partner] ?? Lane()
                    quota -= max(1, quota / 2)
                    if lane.head >= lane.ready.count { break }
                }
                guard quota > 0, let candidate = lanes[partner]?.next() else { break }
                try take(candidate, now, boot, &accepted)
                quota -= max(1, judged - before)
            }
        }
        // Who came first goes last next time.
        if let first = turns.first { turns = Array(turns.dropFirst()) + [first] }
        return accepted
    }

    private func take(_ candidate: Candidate, _ now: Timestamp, _ boot: Int64, _ accepted: inout [OrderRecord]) throws(LedgerError) {
        guard let directory = directories[candidate.directory] else { return }
        let source: Descriptor
        let claimed: Descriptor
        do throws(FileError) {
            source = try tree.directory(directory.path)
            claimed = try tree.directory(directory.claimedPath, creating: SpoolTree.privateMode)
            guard let status = try files.status(in: source, candidate.name) else {
                waitingForResume.remove(directory.path + "/" + candidate.name.description)
                return
            }
            guard settle.confirm(candidate, status: status, now: boot) else { return }
        } catch {
            postpone(candidate, error, boot)
            return
        }
        guard directory.drop == "orders", let kind = OrderFileKind(fileName: candidate.name.bytes) else {
            let fault =
                directory.drop == "orders"
                ? Fault(
                    path: "", code: .notAnOrderFile,
                    message: "expected a name that ends in .json, .ndjson or .jsonl, found another; rename the file and drop it again")
                : Fault(
                    path: "", code: .notBuiltYet,
                    message: "this version of orderd takes nothing in \(directory.drop)/; orders go into orders/")
            try refuse(directory, candidate.name, candidate.status, .dropDirectory, fault, now, boot)
            return
        }
        if candidate.how == .renamed || candidate.status.kind != .regular {
            let outcome = claimer.claimRenamed(candidate, from: source, to: claimed)
            try settleClaim(outcome, directory, candidate, kind, now, boot, &accepted)
        } else {
            try takeInPlace(candidate, directory, kind, source, claimed, now, boot, &accepted)
        }
    }

    /// A file that was written under its own name: under a lease, look whether it parses to its end, then claim it.
    private func takeInPlace(
        _ candidate: Candidate, _ directory: DropDirectory, _ kind: OrderFileKind, _ source: Descriptor, _ claimed: Descriptor,
        _ now: Timestamp, _ boot: Int64, _ accepted: inout [OrderRecord]
    ) throws(LedgerError) {
        switch claimer.openInPlace(candidate, in: source) {
        case .opened(let file):
            guard file.status.size <= Self.smallFile else {
                guard (lanes[directory.partner]?.large.count ?? 0) < Self.openLargeFiles else {
                    file.close()
                    settle.postpone(candidate, until: boot + 200_000_000)
                    return
                }
                let large = LargeFile(
                    directory: directory, name: candidate.name, kind: kind, descriptor: file.descriptor, status: file.status,
                    completeness: completeness(candidate.how, kind, leased: file.leased),
                    maximumOrderBytes: policy.reading(for: directory.partner).maximumOrderBytes)
                large.opened = (file, candidate)
                enlist(directory.partner)
                lanes[directory.partner]?.large.append(large)
                return
            }
            let bytes: [UInt8]
            do throws(FileError) {
                bytes = try files.readAll(file.descriptor, limit: Int(Self.smallFile))
            } catch {
                file.close()
                postpone(candidate, error, boot)
                return
            }
            let key = directory.path + "/" + candidate.name.description
            let deadline = candidate.unchangedSince + policy.resumeDeadline
            // A flood of broken uploads must not fill the window: beyond a share of it they are judged at once.
            if boot < deadline, waitingForResume.count < policy.window / 4,
                brokeOff(candidate, kind) || endsEarly(bytes, kind, directory.partner)
            {
                file.close()
                waitingForResume.insert(key)
                settle.postpone(candidate, until: deadline)
                return
            }
            waitingForResume.remove(key)
            let outcome = claimer.finishClaim(file, from: source, to: claimed)
            try settleClaim(outcome, directory, candidate, kind, now, boot, bytes: bytes, &accepted)
        case .busy(let status): settle.postpone(candidate, until: boot + policy.settle, status: status)
        case .gone: return
        case .changed(let status): settle.sighted(directory.tag, candidate.name, status: status, how: .found, now: boot)
        case .refused(let reason, let status):
            try refuse(reason, directory, candidate, status, .dropDirectory, now, boot)
        case .failed(let error): postpone(candidate, error, boot)
        }
    }

    /// What follows an attempt to claim.
    func settleClaim(
        _ outcome: ClaimOutcome, _ directory: DropDirectory, _ candidate: Candidate, _ kind: OrderFileKind, _ now: Timestamp,
        _ boot: Int64, bytes: [UInt8]? = nil, _ accepted: inout [OrderRecord]
    ) throws(LedgerError) {
        switch outcome {
        case .claimed(let file):
            try taken(
                file, directory, kind, completeness: completeness(candidate.how, kind, leased: file.leased), bytes: bytes, now, boot,
                &accepted)
        case .busy(.dropDirectory, let status):
            // It was put back: our own rename is no news.
            settle.postpone(candidate, until: boot + policy.settle, status: status, returned: true)
        case .busy(.claimed, _): waitClaimed(directory, candidate, boot, boot + policy.settle)
        case .gone: return
        case .nameTaken: settle.postpone(candidate, until: boot + min(policy.settle, 100_000_000))
        case .changed(.dropDirectory, let status):
            settle.postpone(candidate, until: boot + policy.settle, status: status, returned: true)
        case .changed(.claimed, _): waitClaimed(directory, candidate, boot, boot + policy.settle)
        case .refused(let reason, let place, let status):
            try refuse(reason, directory, candidate, status, place, now, boot)
        case .failed(let error, .dropDirectory): postpone(candidate, error, boot)
        case .failed(let error, .claimed):
            log.warning("a claimed file cannot be read now", metadata: ["file": "\(candidate.name)", "error": "\(error)"])
            waitClaimed(directory, candidate, boot, boot + 1_000_000_000)
        }
    }

    /// How it is known that a file is whole, as the receipt says it.
    func completeness(_ how: Sighting, _ kind: OrderFileKind, leased: Bool) -> String {
        switch how {
        case .renamed: "renamed"
        case .logged: "sshd-close"
        // Lines can end at a line's end without being all; and without a lease a slow writer is not noticed.
        case _ where kind == .lines || !leased: "weak"
        case .closed: "closed"
        case .found, .created: "found"
        }
    }

    private func postpone(_ candidate: Candidate, _ error: FileError, _ boot: Int64) {
        log.warning("a dropped file cannot be taken now", metadata: ["file": "\(candidate.name)", "error": "\(error)"])
        settle.postpone(candidate, until: boot + 1_000_000_000)
    }

    private func waitClaimed(_ directory: DropDirectory, _ candidate: Candidate, _ boot: Int64, _ due: Int64) {
        waitingClaimed.append(
            WaitingClaim(directory: directory, name: candidate.name, how: candidate.how, since: candidate.firstSeen, due: due, drop: nil))
    }

    /// Whether the server's log says that the upload broke off, of a file of which that does not show: lines can end at a line's end. Any
    /// other JSON text that parses to its end is all there is.
    func brokeOff(_ candidate: Candidate, _ kind: OrderFileKind) -> Bool { candidate.isBroken && kind == .lines }

    /// Whether the only thing wrong is that the file stops too soon, so that a resumed upload may mend it.
    private func endsEarly(_ bytes: [UInt8], _ kind: OrderFileKind, _ partner: String) -> Bool {
        let rules = policy.reading(for: partner)
        var splitter = OrderSplitter(kind: kind, maximumOrderBytes: rules.maximumOrderBytes)
        var endsInLine = false
        bytes.withUnsafeBufferPointer { all in
            _ = splitter.feed(all, isLast: true) { element in
                // Only the last line can be cut short, and only where no newline follows it.
                if kind == .lines, element.offset + Int64(element.bytes.count) == Int64(all.count), all.last != 10, element.fault == nil {
                    var reader = OrderReader(rules: rules)
                    if case .refused(let refusal) = reader.read(element.bytes), refusal.endsEarly { endsInLine = true }
                }
                return true
            }
        }
        if case .endsEarly = splitter.end { return true }
        return endsInLine
    }
}
