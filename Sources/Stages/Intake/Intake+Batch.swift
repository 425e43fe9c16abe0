import Ledger
import Logging
import Orders
import Spool

/// A batch: files in turn from every partner, each looked at, claimed and handed on to be judged.
extension Intake {
    /// Takes files until a batch has enough orders, in turn from every partner that has some.
    ///
    /// - Returns: the orders that were accepted.
    func takeBatch(now: Timestamp, boot: Int64) throws(LedgerError) -> [OrderRecord] {
        var accepted: [OrderRecord] = []
        judged = 0
        try retryClaimed(now, boot, &accepted)
        let busy = turns.filter { lanes[$0]?.isEmpty == false && allowance($0, now: boot) > 0 }
        guard !busy.isEmpty else { return accepted }
        let part = max(1, policy.slice / busy.count)
        for partner in busy {
            var quota = min(part, allowance(partner, now: boot))
            while quota > 0, let lane = lanes[partner], !lane.isEmpty {
                // A large file and small ones of the same partner take turns, so that neither starves.
                if let first = lane.large.first, suspects.isEmpty || !isSuspect(first) {
                    try work(partner, limit: max(1, quota / 2), now, boot, &accepted)
                    quota -= max(1, quota / 2)
                    if lanes[partner]?.waiting ?? 0 == 0 { break }
                }
                guard quota > 0, let candidate = lanes[partner]?.next() else { break }
                let before = judged
                try take(candidate, now, boot, &accepted)
                quota -= max(1, judged - before)
            }
        }
        // Who came first goes last next time.
        if let first = turns.first { turns = Array(turns.dropFirst()) + [first] }
        return accepted
    }

    func take(_ found: Candidate, _ now: Timestamp, _ boot: Int64, _ accepted: inout [OrderRecord]) throws(LedgerError) {
        guard let directory = directories[found.directory] else { return }
        var candidate = found
        // Whatever comes of this look: one that still ends too soon is put in again.
        unfinished.remove(directory, candidate.name)
        let source: Descriptor
        let claimed: Descriptor
        do throws(FileError) {
            source = try tree.directory(directory.path)
            claimed = try tree.directory(directory.claimedPath, creating: SpoolTree.privateMode)
            guard let status = try files.status(in: source, candidate.name) else { return }
            guard settle.confirm(candidate, status: status, now: boot) else { return }
            candidate = candidate.confirmed(status)
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
        if attempt == nil {
            noteFile(.file(partner: directory.partner, drop: directory.drop, upload: DropIdentity(candidate.status, candidate.name)))
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
                    unfinished.putBack(candidate)
                    settle.postpone(candidate, until: boot + 200_000_000)
                    return
                }
                // Until its end was looked for, which may take many turns.
                unfinished.putBack(candidate)
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
                unfinished.putBack(candidate)
                postpone(candidate, error, boot)
                return
            }
            if mayWait(candidate, boot), let fate = brokeOff(candidate, kind) ?? endsEarly(bytes, kind, directory.partner) {
                file.close()
                awaitResume(candidate, directory, fate, now, boot)
                return
            }
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
}
