import Ledger
import Spool

/// One partner's work in hand: files that may be taken, and large ones that are taken in slices.
struct Lane {
    /// Candidates that are due, the oldest first; those before `head` are taken.
    private(set) var ready: [Candidate] = []
    private var head = 0
    /// The names that wait, so that a look through the directory does not line them up again.
    private var names: [Name: Int] = [:]
    /// Files too large for one commit, in the order they came.
    var large: [LargeFile] = []

    /// Candidates under suspicion, left to turns of their own.
    var suspects: [Candidate] = []

    /// Nothing is in hand.
    var isEmpty: Bool { head >= ready.count && large.isEmpty }
    /// Candidates that wait.
    var waiting: Int { ready.count - head }

    private struct Name: Hashable {
        let directory: WatchedDirectory
        let name: FileName
    }

    /// Whether a file of this name waits.
    func contains(_ directory: WatchedDirectory, _ name: FileName) -> Bool { names[Name(directory: directory, name: name)] != nil }

    mutating func append(_ candidate: Candidate) {
        ready.append(candidate)
        names[Name(directory: candidate.directory, name: candidate.name), default: 0] += 1
    }

    /// Lines up what was under suspicion.
    mutating func clearSuspects() {
        guard !suspects.isEmpty else { return }
        for candidate in suspects { append(candidate) }
        suspects = []
    }

    /// Forgets a file that came by a rename.
    mutating func forgetRenamed(_ directory: WatchedDirectory, _ name: FileName, _ status: FileStatus) {
        func isIt(_ candidate: Candidate) -> Bool {
            candidate.how == .renamed && candidate.directory == directory && candidate.name == name
                && candidate.status.isSameFile(as: status)
        }
        suspects.removeAll(where: isIt)
        guard contains(directory, name) else { return }
        let kept = ready[head...].filter { !isIt($0) }
        let rest = kept.count { $0.directory == directory && $0.name == name }
        names[Name(directory: directory, name: name)] = rest > 0 ? rest : nil
        ready = kept
        head = 0
    }

    mutating func next() -> Candidate? {
        guard head < ready.count else { return nil }
        let candidate = ready[head]
        head += 1
        let name = Name(directory: candidate.directory, name: candidate.name)
        let rest = (names[name] ?? 1) - 1
        names[name] = rest > 0 ? rest : nil
        if head > 1024, head * 2 > ready.count {
            ready.removeFirst(head)
            head = 0
        }
        return candidate
    }
}

/// A file in `claimed/` that must wait a little.
struct WaitingClaim {
    let directory: DropDirectory
    let name: FileName
    let how: Sighting
    let since: Int64
    var due: Int64
    var drop: DropRecord?
}
