import Ledger
import Logging
import Orders
import Spool

/// Files that were in hand at a crash: each is taken in a turn of its own, a large one order by order until it is past the place of the crash.
extension Intake {
    /// What came of a turn with one suspect.
    struct SuspectTurn {
        let thing: Thing
        /// It is judged, refused, put off, or past the place where it was in hand.
        var isFinished: Bool
        /// Orders to be taken through the steps later, each alone.
        var accepted: [OrderRecord] = []
    }

    /// Whether a candidate is left to a turn of its own.
    func isSuspect(_ candidate: Candidate) -> Bool {
        guard !suspects.isEmpty, let directory = directories[candidate.directory] else { return false }
        return suspect(directory, candidate.name, candidate.status) != nil
    }

    /// Whether a large file is left to turns of its own.
    func isSuspect(_ file: LargeFile) -> Bool { suspect(file.directory, file.name, file.status) != nil }

    private func suspect(_ directory: DropDirectory, _ name: FileName, _ status: FileStatus) -> Suspect? {
        suspects.file(directory.partner, directory.drop, DropIdentity(status, name))
    }

    /// Forgets suspects whose files are nowhere any more.
    func dropGoneSuspects() {
        for suspect in suspects.all {
            guard case .file(let partner, let drop, let upload) = suspect.thing else { continue }
            let directory = directories.values.first { $0.partner == partner && $0.drop == drop }
            guard let directory, let name = FileName(bytes: upload.name), exists(upload, name, directory) else {
                suspects.remove(suspect.thing)
                continue
            }
        }
    }

    private func exists(_ upload: DropIdentity, _ name: FileName, _ directory: DropDirectory) -> Bool {
        for path in [directory.claimedPath, directory.path] {
            guard let descriptor = try? tree.directory(path), let status = (try? files.status(in: descriptor, name)) ?? nil else {
                continue
            }
            if DropIdentity(status, name) == upload { return true }
        }
        return false
    }

    /// Takes a piece of work on the first suspect that is ready; nil where none is.
    func takeSuspect(now: Timestamp, boot: Int64) throws(LedgerError) -> SuspectTurn? {
        judged = 0
        for partner in turns {
            if let large = lanes[partner]?.large.first(where: { suspect($0.directory, $0.name, $0.status) != nil }),
                let suspect = suspect(large.directory, large.name, large.status)
            {
                return try work(alone: large, suspect, now, boot)
            }
        }
        for partner in turns {
            while let candidate = lanes[partner]?.suspects.popLast() {
                guard let directory = directories[candidate.directory],
                    let suspect = suspect(directory, candidate.name, candidate.status)
                else {
                    lanes[partner]?.append(candidate)
                    continue
                }
                return try alone(suspect) { (accepted) throws(LedgerError) in
                    if suspect.isGuilty, suspect.position < 0 {
                        try setAside(directory, candidate.name, candidate.status, .dropDirectory, suspect, now, boot)
                    } else {
                        try take(candidate, now, boot, &accepted)
                    }
                }
            }
        }
        return try takeClaimedSuspect(now, boot)
    }

    private func takeClaimedSuspect(_ now: Timestamp, _ boot: Int64) throws(LedgerError) -> SuspectTurn? {
        for (index, item) in waitingClaimed.enumerated() where item.due <= boot {
            guard let claimed = try? tree.directory(item.directory.claimedPath),
                let status = (try? files.status(in: claimed, item.name)) ?? nil,
                let suspect = suspect(item.directory, item.name, status)
            else { continue }
            waitingClaimed.remove(at: index)
            return try alone(suspect) { (accepted) throws(LedgerError) in
                if suspect.isGuilty, suspect.position < 0, item.drop == nil {
                    try setAside(item.directory, item.name, status, .claimed, suspect, now, boot)
                } else {
                    try retry(item, claimed, now, boot, &accepted)
                }
            }
        }
        return nil
    }

    /// Does something with a suspect, which is finished with it unless it was lined up as a large file.
    private func alone(
        _ suspect: Suspect, _ body: (inout [OrderRecord]) throws(LedgerError) -> Void
    ) throws(LedgerError) -> SuspectTurn {
        noteAlone(suspect.thing, Suspect.whole)
        var turn = SuspectTurn(thing: suspect.thing, isFinished: true)
        attempt = Attempt(suspect) { [noteAlone] in noteAlone(suspect.thing, $0) }
        defer { attempt = nil }
        try body(&turn.accepted)
        // From here on it is about the file as a whole again: the commit, and what follows it.
        noteAlone(suspect.thing, Suspect.whole)
        turn.isFinished = !lanes.values.contains { lane in
            lane.large.contains { self.suspect($0.directory, $0.name, $0.status)?.thing == suspect.thing }
        }
        return turn
    }

    private func work(alone file: LargeFile, _ suspect: Suspect, _ now: Timestamp, _ boot: Int64) throws(LedgerError) -> SuspectTurn {
        let partner = file.directory.partner
        if let index = lanes[partner]?.large.firstIndex(where: { $0 === file }), index > 0 {
            lanes[partner]?.large.swapAt(0, index)
        }
        var turn = SuspectTurn(thing: suspect.thing, isFinished: true)
        if suspect.isGuilty, suspect.position < 0 {
            lanes[partner]?.large.removeFirst()
            try setAside(file, suspect, now, boot)
            return turn
        }
        if file.phase == .slicing {
            file.suspectedFrom = file.suspectedFrom ?? file.position.index
            noteAlone(suspect.thing, Int64(file.position.index))
        } else {
            noteAlone(suspect.thing, Suspect.whole - 1 - file.scanned >> 20)
        }
        attempt = Attempt(suspect) { _ in }
        defer { attempt = nil }
        try work(partner, limit: 1, now, boot, &turn.accepted)
        let isLinedUp = lanes[partner]?.large.contains { $0 === file } == true
        turn.isFinished = !isLinedUp || (file.suspectedFrom.map { file.position.index >= $0 + policy.slice } ?? false)
        return turn
    }

    private func setAside(_ file: LargeFile, _ suspect: Suspect, _ now: Timestamp, _ boot: Int64) throws(LedgerError) {
        if let drop = file.drop {
            // Orders of it are accepted: it ends with those.
            let fault = Fault(path: "", code: .setAside, message: Attempt.message(of: "this file"))
            do throws(LargeFileError) { try end(file, drop, [fault], now) } catch {
                if case .ledger(let error) = error { throw error }
            }
            return
        }
        file.close()
        let place: FilePlace = file.opened == nil ? .claimed : .dropDirectory
        try setAside(file.directory, file.name, file.status, place, suspect, now, boot)
    }

    /// Refuses a file as a whole: nothing in it is looked at.
    private func setAside(
        _ directory: DropDirectory, _ name: FileName, _ status: FileStatus, _ place: FilePlace, _ suspect: Suspect, _ now: Timestamp,
        _ boot: Int64
    ) throws(LedgerError) {
        let fault = Fault(path: "", code: .setAside, message: Attempt.message(of: "this file"))
        try refuse(directory, name, status, place, fault, now, boot)
        log.critical(
            "a file was set aside: orderd crashes when it works on it",
            metadata: ["partner": "\(directory.partner)", "file": "\(name)", "crashes": "\(suspect.crashes)"])
    }
}

/// What is known while one file under suspicion is judged.
struct Attempt {
    /// The order of the file, from 0, that has crashed orderd often enough: it is refused unread.
    let guilty: Int?
    /// Told the number of each order before it is judged.
    let note: (Int64) -> Void

    init(_ suspect: Suspect, note: @escaping (Int64) -> Void) {
        guilty = suspect.isGuilty && suspect.position >= 0 ? Int(suspect.position) : nil
        self.note = note
    }

    /// What a receipt says.
    static func message(of thing: String) -> String {
        "orderd crashed \(Suspect.limit) times while it worked on \(thing) alone; it is set aside for a person, and kept as it came"
    }
}
