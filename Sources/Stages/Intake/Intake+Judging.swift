import Ledger
import Logging
import Orders
import Spool

extension Intake {
    /// A file is claimed: judge it, or line it up to be taken in slices.
    func taken(
        _ file: ClaimedFile, _ directory: DropDirectory, _ kind: OrderFileKind, completeness: String, bytes: [UInt8]?,
        finished: Int64? = nil, _ now: Timestamp, _ boot: Int64, _ accepted: inout [OrderRecord]
    ) throws(LedgerError) {
        if let drop = known[DropIdentity(file.status, file.name)], drop.facts.size == file.status.size {
            if drop.verdict == nil {
                if let open = try ledger.openDrop(drop.id) { resume(open, file, directory, kind) }
            } else {
                file.close()
                disposals.append(PendingDisposal(directory: directory, name: file.name, disposal: disposal(of: drop)))
            }
            return
        }
        guard file.status.size <= Self.smallFile else {
            guard (lanes[directory.partner]?.large.count ?? 0) < Self.openLargeFiles else {
                file.close()
                let how: Sighting = completeness == "renamed" ? .renamed : .found
                waitingClaimed.append(
                    WaitingClaim(directory: directory, name: file.name, how: how, since: boot, due: boot + 200_000_000, drop: nil))
                return
            }
            let large = LargeFile(
                directory: directory, name: file.name, kind: kind, descriptor: file.descriptor, status: file.status,
                completeness: completeness, maximumOrderBytes: policy.reading(for: directory.partner).maximumOrderBytes,
                finished: finished)
            large.claimed = file
            enlist(directory.partner)
            lanes[directory.partner]?.large.append(large)
            return
        }
        let content: [UInt8]
        do throws(FileError) {
            if let bytes { content = bytes } else { content = try files.readAll(file.descriptor, limit: Int(Self.smallFile)) }
        } catch {
            file.close()
            log.warning("a claimed file cannot be read now", metadata: ["file": "\(file.name)", "error": "\(error)"])
            waitingClaimed.append(
                WaitingClaim(directory: directory, name: file.name, how: .found, since: boot, due: boot + 1_000_000_000, drop: nil))
            return
        }
        file.close()
        if attempt == nil {
            noteFile(.file(partner: directory.partner, drop: directory.drop, upload: DropIdentity(file.status, file.name)))
        }
        let taken = TakenFile(
            directory: directory, name: file.name, status: file.status, completeness: completeness, bytes: content, finished: finished)
        try judge(taken, kind, now, &accepted)
    }

    /// Judges a whole small file and records the verdict.
    private func judge(
        _ file: TakenFile, _ kind: OrderFileKind, _ now: Timestamp, _ accepted: inout [OrderRecord]
    ) throws(LedgerError) {
        let partner = file.directory.partner
        var judge = Judge(
            ledger: ledger, policy: policy, partner: partner, fileName: Array(file.name.bytes), now: now, firstStep: firstStep)
        let rules = policy.reading(for: partner)
        var splitter = OrderSplitter(kind: kind, maximumOrderBytes: rules.maximumOrderBytes)
        var failure: LedgerError?
        file.bytes.withUnsafeBufferPointer { all in
            // Boundaries first: of a file that is no list of orders from some place on, none is taken.
            _ = splitter.feed(all, isLast: true) { _ in true }
            guard case .complete = splitter.end else { return }
            var second = OrderSplitter(kind: kind, maximumOrderBytes: rules.maximumOrderBytes)
            _ = second.feed(all, isLast: true) { element in
                do throws(LedgerError) {
                    attempt?.note(Int64(element.index))
                    if element.index == attempt?.guilty {
                        judge.setAside(element, isLines: kind == .lines)
                        return true
                    }
                    try judge.take(element, isLines: kind == .lines, newID: { newOrderID(now) })
                } catch {
                    failure = error
                }
                return failure == nil
            }
        }
        if let failure { throw failure }
        var fileFaults: [Fault] = []
        switch splitter.end {
        case .complete: break
        case .endsEarly(let fault), .malformed(let fault): fileFaults = [fault]
        case nil: fileFaults = [Fault(path: "", code: .incomplete, message: "expected the end of the JSON text, found the end of the file")]
        }
        let id = newDropID(now)
        let verdict = fileFaults.isEmpty ? entryCounts(judge.results).verdict : .rejected
        let facts = file.facts(received: now, sha: sha256(file.bytes))
        let seq = try ledger.record(
            .dropJudged(facts, DropResult(verdict: verdict, results: judge.results, faults: fileFaults)), subject: id.text, at: now)
        try accept(judge.accepted, drop: seq, now, &accepted)
        count(max(1, judge.results.count), of: partner)
        dispose(
            file.directory, file.name, id, verdict, isMany: judge.results.count > 1, judge.cardNumbers, file.bytes, !fileFaults.isEmpty, now
        )
    }

    func accept(
        _ orders: [Judge.Accepted], drop: Int64, _ now: Timestamp, _ accepted: inout [OrderRecord]
    ) throws(LedgerError) {
        for order in orders {
            var acceptance = order.acceptance
            acceptance.drop = drop
            try ledger.record(.orderAccepted(acceptance), subject: order.id.text, at: now, document: order.document)
            guard let record = try ledger.order(order.id) else { continue }
            places.add(record, bytes: order.document)
            accepted.append(record)
        }
    }

    /// Says what becomes of a judged file.
    private func dispose(
        _ directory: DropDirectory, _ name: FileName, _ id: DropID, _ verdict: Verdict, isMany: Bool, _ cards: [Range<Int>],
        _ bytes: [UInt8], _ isBroken: Bool, _ now: Timestamp
    ) {
        let target = Places.name(id.text)
        let day = now.day
        let disposal: Disposal
        switch verdict {
        case .accepted where !isMany, .duplicate: disposal = .remove
        case .accepted, .partial, .rejected, .conflict:
            let folder = verdict == .accepted || verdict == .partial ? "\(SpoolTree.done)/\(day)/files" : "\(SpoolTree.rejected)/\(day)"
            var ranges = cards
            // What is no JSON may hold a number all the same.
            if isBroken { ranges = bytes.withUnsafeBufferPointer { CardNumbers.ranges(in: $0) } }
            if ranges.isEmpty {
                disposal = .keep(directory: folder, as: target)
            } else {
                var masked = bytes
                CardNumbers.mask(&masked, in: ranges)
                disposal = .replace(directory: folder, as: target, bytes: masked)
            }
        }
        disposals.append(PendingDisposal(directory: directory, name: name, disposal: disposal))
    }

    func newOrderID(_ now: Timestamp) -> OrderID { ids.orderID(milliseconds: now.milliseconds, random: { random.next() }) }
    func newDropID(_ now: Timestamp) -> DropID { ids.dropID(milliseconds: now.milliseconds, random: { random.next() }) }

    // MARK: What can never be taken

    /// Refuses a thing for what it is.
    func refuse(
        _ reason: RefusalReason, _ directory: DropDirectory, _ candidate: Candidate, _ status: FileStatus?, _ place: FilePlace,
        _ now: Timestamp, _ boot: Int64
    ) throws(LedgerError) {
        let fault: Fault
        switch reason {
        case .linked(let count):
            // An old-style rename has two names for a moment.
            if place == .dropDirectory, boot - candidate.firstSeen < 3 * policy.settle {
                settle.postpone(candidate, until: boot + policy.settle, status: status)
                return
            }
            fault = Fault(
                path: "", code: .hardLink, message: "expected a file with one name, found one with \(count); upload it as a file of its own"
            )
        case .symlink:
            fault = Fault(path: "", code: .notAFile, message: "expected a file, found a symbolic link; upload the file itself")
        case .notRegular(let kind):
            fault = Fault(path: "", code: .notAFile, message: "expected a file, found a \(kind.rawValue); drop files only")
        case .tooLarge(let size):
            fault = Fault(
                path: "", code: .fileTooLarge,
                message: "expected at most \(policy.maximumFileSize) bytes, found \(size); split the file")
        case .unreadable:
            fault = Fault(
                path: "", code: .unreadable,
                message: "the file's mode keeps orderd from reading it; upload it with mode 640 or 660 (chmod g+r) and drop it again")
        }
        try refuse(directory, candidate.name, status ?? candidate.status, place, fault, now, boot)
    }

    /// Moves a thing out of the drop directory and records why it was refused.
    func refuse(
        _ directory: DropDirectory, _ name: FileName, _ status: FileStatus, _ place: FilePlace, _ fault: Fault, _ now: Timestamp,
        _ boot: Int64
    ) throws(LedgerError) {
        if place == .dropDirectory {
            unfinished.remove(directory, name)
            do throws(FileError) {
                try files.rename(
                    from: try tree.directory(directory.path), name,
                    to: try tree.directory(directory.claimedPath, creating: SpoolTree.privateMode), name, replacing: false)
            } catch {
                if error.isMissing { return }
                if error.isForbidden {
                    // A directory that is its maker's: it cannot be moved, and is refused where it lies, once, over restarts too.
                    let identity = DropIdentity(status, name)
                    guard refusedInPlace[identity] == nil else { return }
                    if let known = try ledger.queries.drop(device: status.device, inode: status.inode, birth: status.birthTime, after: 0),
                        known.facts.name == identity.name
                    {
                        refusedInPlace[identity] = known.id
                        return
                    }
                    let id = newDropID(now)
                    refusedInPlace[identity] = id
                    let taken = TakenFile(directory: directory, name: name, status: status, completeness: "found", bytes: [])
                    try ledger.record(
                        .dropJudged(taken.facts(received: now, sha: []), DropResult(verdict: .rejected, results: [], faults: [fault])),
                        subject: id.text, at: now)
                    count(1, of: directory.partner)
                    return
                }
                let candidate = Candidate(directory: directory.tag, name: name, status: status, how: .found, now: boot)
                settle.postpone(candidate, until: boot + policy.settle)
                return
            }
        }
        if let known = refusedInPlace.removeValue(forKey: DropIdentity(status, name)) {
            // It can be moved by now, and is that drop still.
            disposals.append(
                PendingDisposal(
                    directory: directory, name: name,
                    disposal: .keep(directory: "\(SpoolTree.rejected)/\(now.day)", as: Places.name(known.text))))
            return
        }
        let id = newDropID(now)
        let taken = TakenFile(directory: directory, name: name, status: status, completeness: "found", bytes: [])
        try ledger.record(
            .dropJudged(taken.facts(received: now, sha: []), DropResult(verdict: .rejected, results: [], faults: [fault])),
            subject: id.text, at: now)
        count(1, of: directory.partner)
        disposals.append(
            PendingDisposal(
                directory: directory, name: name,
                disposal: .keep(directory: "\(SpoolTree.rejected)/\(now.day)", as: Places.name(id.text))))
    }
}

/// Counts verdicts.
func entryCounts(_ results: [EntryResult]) -> EntryCounts {
    var counts = EntryCounts()
    for result in results { counts.add(result.verdict) }
    return counts
}
