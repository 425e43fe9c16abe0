import Orders
import Spool

/// Uploads that ended too soon: they wait for their resume, until a deadline.
extension Intake {
    /// Whether an upload that ended too soon may still wait. A flood of broken uploads must not fill the window: beyond a share of it they
    /// are judged at once.
    func mayWait(_ candidate: Candidate, _ boot: Int64) -> Bool {
        boot < candidate.unchangedSince + policy.resumeDeadline && unfinished.count < policy.window / 4
    }

    /// Has an upload wait for its resume, and its partner told.
    func awaitResume(_ candidate: Candidate, _ directory: DropDirectory, _ fate: WaitingUpload.Fate, _ now: Timestamp, _ boot: Int64) {
        // Its partner may have been disabled while a large file was looked through.
        guard directories[directory.tag] != nil else { return }
        let deadline = candidate.unchangedSince + policy.resumeDeadline
        unfinished.insert(candidate, directory, until: deadline, fate, now: now, boot: boot)
        settle.postpone(candidate, until: deadline)
    }

    /// What comes of an upload that broke off, as the server's log says, of a file of which that does not show: lines can end at a line's end.
    /// Any other JSON text that parses to its end is all there is; nil then.
    func brokeOff(_ candidate: Candidate, _ kind: OrderFileKind) -> WaitingUpload.Fate? {
        candidate.isBroken && kind == .lines ? .takenAsFarAsItGoes : nil
    }

    /// What comes of a file with which the only thing wrong is that it stops too soon, so that a resumed upload may mend it; nil where
    /// nothing or something else is wrong.
    func endsEarly(_ bytes: [UInt8], _ kind: OrderFileKind, _ partner: String) -> WaitingUpload.Fate? {
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
        if case .endsEarly = splitter.end { return .refused }
        return endsInLine ? .takenAsFarAsItGoes : nil
    }
}
