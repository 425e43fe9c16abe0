import Ledger
import Logging
import Orders
import Spool

/// What follows an attempt to claim a file.
extension Intake {
    /// What follows an attempt to claim.
    func settleClaim(
        _ outcome: ClaimOutcome, _ directory: DropDirectory, _ candidate: Candidate, _ kind: OrderFileKind, _ now: Timestamp,
        _ boot: Int64, bytes: [UInt8]? = nil, _ accepted: inout [OrderRecord]
    ) throws(LedgerError) {
        switch outcome {
        case .claimed(let file):
            try taken(
                file, directory, kind, completeness: completeness(candidate.how, kind, leased: file.leased), bytes: bytes,
                finished: candidate.status.changeTime, now, boot, &accepted)
        case .busy(.dropDirectory, let status):
            // It was put back: our own rename is no news.
            settle.postpone(candidate, until: boot + policy.settle, status: status, returned: true)
        case .busy(.claimed, _): waitClaimed(directory, candidate, boot, boot + policy.settle)
        case .gone: return
        case .nameTaken: settle.postpone(candidate, until: boot + min(policy.settle, 100_000_000))
        case .changed(.dropDirectory, let status):
            settle.postpone(candidate.foundAnew(), until: boot + policy.settle, status: status, returned: true)
        case .changed(.claimed, _): waitClaimed(directory, candidate.foundAnew(), boot, boot + policy.settle)
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

    func postpone(_ candidate: Candidate, _ error: FileError, _ boot: Int64) {
        log.warning("a dropped file cannot be taken now", metadata: ["file": "\(candidate.name)", "error": "\(error)"])
        settle.postpone(candidate, until: boot + 1_000_000_000)
    }

    func waitClaimed(_ directory: DropDirectory, _ candidate: Candidate, _ boot: Int64, _ due: Int64) {
        waitingClaimed.append(
            WaitingClaim(directory: directory, name: candidate.name, how: candidate.how, since: candidate.firstSeen, due: due, drop: nil))
    }
}
