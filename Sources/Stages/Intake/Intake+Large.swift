import Ledger
import Logging
import Orders
import Spool

/// Files that are taken in several commits.
extension Intake {
    /// Does a bounded piece of work on a partner's first large file.
    func work(
        _ partner: String, limit: Int, _ now: Timestamp, _ boot: Int64, _ accepted: inout [OrderRecord]
    ) throws(LedgerError) {
        guard let file = lanes[partner]?.large.first else { return }
        if attempt == nil {
            noteFile(.file(partner: partner, drop: file.directory.drop, upload: DropIdentity(file.status, file.name)))
        }
        do throws(LargeFileError) {
            let isFinished: Bool
            switch file.phase {
            case .scanning: isFinished = try scan(file, now, boot, &accepted)
            case .slicing: isFinished = try slice(file, limit: limit, now, &accepted)
            }
            if isFinished { lanes[partner]?.large.removeFirst() }
        } catch {
            switch error {
            case .ledger(let error): throw error
            case .file(let error):
                log.warning("a large file cannot be read now", metadata: ["file": "\(file.name)", "error": "\(error)"])
                lanes[partner]?.large.removeFirst()
                file.close()
                if let opened = file.opened {
                    settle.postpone(opened.candidate, until: boot + 1_000_000_000)
                } else {
                    waitingClaimed.append(
                        WaitingClaim(
                            directory: file.directory, name: file.name, how: .found, since: boot, due: boot + 1_000_000_000, drop: file.drop
                        ))
                }
            }
        }
    }

    /// Looks on for the file's end. True when nothing more is to be done with it here.
    private func scan(
        _ file: LargeFile, _ now: Timestamp, _ boot: Int64, _ accepted: inout [OrderRecord]
    ) throws(LargeFileError) -> Bool {
        do throws(FileError) {
            guard try file.scan(files) else { return false }
        } catch {
            throw .file(error)
        }
        if let opened = file.opened {
            unfinished.remove(file.directory, file.name)
            var fate = brokeOff(opened.candidate, file.kind)
            if case .endsEarly = file.end { fate = .refused }
            if let fate, mayWait(opened.candidate, boot) {
                opened.file.close()
                awaitResume(opened.candidate, file.directory, fate, now, boot)
                return true
            }
            do throws(FileError) {
                let outcome = claimer.finishClaim(
                    opened.file, from: try tree.directory(file.directory.path),
                    to: try tree.directory(file.directory.claimedPath, creating: SpoolTree.privateMode))
                guard case .claimed(let claimed) = outcome else {
                    opened.file.close()
                    do throws(LedgerError) {
                        try settleClaim(outcome, file.directory, opened.candidate, file.kind, now, boot, &accepted)
                    } catch {
                        throw FileError(call: "ledger", path: "\(error)", code: 5)
                    }
                    return true
                }
                file.claimed = claimed
                file.opened = nil
            } catch {
                throw .file(error)
            }
        }
        if let drop = file.drop { return try goOn(file, drop, now) }
        // What is about to be recorded, whole, must be whole after a power cut too: slices are read from it later.
        do throws(FileError) { try files.syncData(file.descriptor) } catch {
            syncFailure = error
            throw .file(error)
        }
        let id = newDropID(now)
        let taken = TakenFile(
            directory: file.directory, name: file.name, status: file.status, completeness: file.completeness, bytes: [],
            finished: file.finished)
        let facts = taken.facts(received: now, sha: file.sha())
        do throws(LedgerError) {
            switch file.end {
            case .endsEarly(let fault), .malformed(let fault):
                try ledger.record(
                    .dropJudged(facts, DropResult(verdict: .rejected, results: [], faults: [fault])), subject: id.text, at: now)
                count(1, of: file.directory.partner)
                file.close()
                disposals.append(
                    PendingDisposal(
                        directory: file.directory, name: file.name,
                        disposal: .mask(directory: "\(SpoolTree.rejected)/\(now.day)", as: Places.name(id.text))))
                return true
            default:
                try ledger.record(.dropOpened(facts), subject: id.text, at: now)
                file.drop = try ledger.openDrop(id)
                file.phase = .slicing
                return false
            }
        } catch {
            throw .ledger(error)
        }
    }

    /// After a restart: on behind the committed slices, where the file is still what it was; else the drop ends with what was taken.
    private func goOn(_ file: LargeFile, _ drop: DropRecord, _ now: Timestamp) throws(LargeFileError) -> Bool {
        guard file.sha() != drop.facts.sha else {
            file.phase = .slicing
            return false
        }
        let fault = Fault(
            path: "", code: .incomplete,
            message:
                "the file was damaged after it was taken; what is not listed here was not taken: drop it again, known orders are duplicates"
        )
        try end(file, drop, [fault], now)
        return true
    }

    /// Ends a large file before its end.
    func end(_ file: LargeFile, _ drop: DropRecord, _ faults: [Fault], _ now: Timestamp) throws(LargeFileError) {
        do throws(LedgerError) { try close(file, drop, faults, now) } catch { throw .ledger(error) }
    }

    /// Records the end of a large file.
    private func close(_ file: LargeFile, _ drop: DropRecord, _ faults: [Fault], _ now: Timestamp) throws(LedgerError) {
        guard let current = try ledger.openDrop(drop.id) else { return }
        var verdict = current.counts.verdict
        if !faults.isEmpty { verdict = current.counts.accepted > 0 ? .partial : .rejected }
        try ledger.record(.dropClosed(DropResult(verdict: verdict, results: [], faults: faults)), subject: drop.id.text, at: now)
        count(1, of: file.directory.partner)
        file.close()
        disposals.append(
            PendingDisposal(
                directory: file.directory, name: file.name, disposal: largeDisposal(verdict, drop.id, file.hasCards, now.day)))
    }

    /// Takes the next slice. True when it was the last.
    private func slice(
        _ file: LargeFile, limit: Int, _ now: Timestamp, _ accepted: inout [OrderRecord]
    ) throws(LargeFileError) -> Bool {
        guard let drop = file.drop else { return true }
        var judge = Judge(
            ledger: ledger, policy: policy, partner: file.directory.partner, fileName: Array(file.name.bytes), now: now,
            firstStep: firstStep)
        let end = try file.slice(limit: limit, files) { (element) throws(LedgerError) in
            if element.index == attempt?.guilty {
                judge.setAside(element, isLines: file.kind == .lines)
            } else {
                try judge.take(element, isLines: file.kind == .lines, newID: { newOrderID(now) })
            }
        }
        do throws(LedgerError) {
            let slice = DropSlice(number: file.slices, results: judge.results, position: LargeFile.text(file.position))
            file.slices += 1
            file.hasCards = file.hasCards || !judge.cardNumbers.isEmpty
            try ledger.record(.dropSlice(slice), subject: drop.id.text, at: now)
            try accept(judge.accepted, drop: drop.seq, now, &accepted)
            count(judge.results.count, of: file.directory.partner)
            switch end {
            case nil: return false
            case .complete: try close(file, drop, [], now)
            case .endsEarly(let fault), .malformed(let fault): try close(file, drop, [fault], now)
            }
            return true
        } catch {
            throw .ledger(error)
        }
    }

    /// What becomes of the file of a drop that was recorded in an earlier run.
    func disposal(of drop: DropRecord) -> Disposal {
        guard let verdict = drop.verdict else { return .remove }
        if verdict == .duplicate || (verdict == .accepted && drop.counts.entries == 1) { return .remove }
        return largeDisposal(verdict, drop.id, !drop.facts.sha.isEmpty, drop.facts.received.day)
    }

    func largeDisposal(_ verdict: Verdict, _ id: DropID, _ hasCards: Bool, _ day: String) -> Disposal {
        if verdict == .duplicate { return .remove }
        let folder =
            verdict == .accepted || verdict == .partial ? "\(SpoolTree.done)/\(day)/files" : "\(SpoolTree.rejected)/\(day)"
        return hasCards ? .mask(directory: folder, as: Places.name(id.text)) : .keep(directory: folder, as: Places.name(id.text))
    }

    // MARK: Files that lie in claimed/ already

    /// Tries again to take files that a writer had open, or that an earlier run left.
    func retryClaimed(_ now: Timestamp, _ boot: Int64, _ accepted: inout [OrderRecord]) throws(LedgerError) {
        guard waitingClaimed.contains(where: { $0.due <= boot }) else { return }
        var due = waitingClaimed.filter { $0.due <= boot }
        waitingClaimed.removeAll { $0.due <= boot }
        if due.count > policy.slice {
            waitingClaimed = Array(due[policy.slice...]) + waitingClaimed
            due = Array(due[..<policy.slice])
        }
        let before = judged
        due.reverse()
        while var item = due.popLast() {
            guard judged - before < policy.slice else {
                waitingClaimed.append(item)
                continue
            }
            let claimed: Descriptor
            do throws(FileError) {
                claimed = try tree.directory(item.directory.claimedPath, creating: SpoolTree.privateMode)
            } catch {
                item.due = boot + 1_000_000_000
                waitingClaimed.append(item)
                continue
            }
            let status = suspects.isEmpty ? nil : (try? files.status(in: claimed, item.name)) ?? nil
            if let status, suspects.file(item.directory.partner, item.directory.drop, DropIdentity(status, item.name)) != nil {
                // It has turns of its own: here it is passed over, and not in every turn.
                item.due = boot + policy.settle
                waitingClaimed.append(item)
                continue
            }
            try retry(item, claimed, now, boot, &accepted)
        }
    }

    /// Takes a file that lies in `claimed/`, or puts it off.
    func retry(
        _ item: WaitingClaim, _ claimed: Descriptor, _ now: Timestamp, _ boot: Int64, _ accepted: inout [OrderRecord]
    ) throws(LedgerError) {
        var item = item
        guard item.directory.drop == "orders", let kind = OrderFileKind(fileName: item.name.bytes) else {
            try refuseClaimed(item, claimed, now, boot)
            return
        }
        switch claimer.openClaimed(item.name, in: claimed) {
        case .claimed(let file):
            if let known = item.drop, let drop = try ledger.openDrop(known.id) {
                resume(drop, file, item.directory, kind)
            } else {
                try taken(
                    file, item.directory, kind, completeness: completeness(item.how, kind, leased: file.leased), bytes: nil, now, boot,
                    &accepted)
            }
        case .gone: return
        case .refused(let reason, _, let status):
            let blank = FileStatus(device: 0, inode: 0)
            let candidate = Candidate(
                directory: item.directory.tag, name: item.name, status: status ?? blank, how: item.how, now: item.since)
            try refuse(reason, item.directory, candidate, status, .claimed, now, boot)
        default:
            item.due = boot + policy.settle
            waitingClaimed.append(item)
        }
    }

    private func refuseClaimed(_ item: WaitingClaim, _ claimed: Descriptor, _ now: Timestamp, _ boot: Int64) throws(LedgerError) {
        let status = ((try? files.status(in: claimed, item.name)) ?? nil) ?? FileStatus(device: 0, inode: 0)
        let fault =
            item.directory.drop == "orders"
            ? Fault(path: "", code: .notAnOrderFile, message: "expected a name that ends in .json, .ndjson or .jsonl, found another")
            : Fault(path: "", code: .notBuiltYet, message: "this version of orderd takes nothing in \(item.directory.drop)/")
        try refuse(item.directory, item.name, status, .claimed, fault, now, boot)
    }

    /// Goes on with a large file after the slices that are committed.
    func resume(_ drop: DropRecord, _ file: ClaimedFile, _ directory: DropDirectory, _ kind: OrderFileKind) {
        let large = LargeFile(
            directory: directory, name: file.name, kind: kind, descriptor: file.descriptor, status: file.status,
            completeness: drop.facts.completeness, maximumOrderBytes: policy.reading(for: directory.partner).maximumOrderBytes,
            resuming: drop)
        large.claimed = file
        large.slices = drop.slices
        // Whether the slices before held a card number is not known any more: the kept file is looked through.
        large.hasCards = true
        enlist(directory.partner)
        lanes[directory.partner]?.large.append(large)
    }
}
