import Ledger
import Logging
import Orders
import Spool

/// From events and listings to candidates.
extension Intake {
    /// Takes note of what an event told.
    func sighted(_ directory: DropDirectory, _ name: FileName, how: Sighting, now: Int64) {
        guard judgeName(name) == .candidate else { return }
        guard held < policy.window, held(directory.partner) < share else {
            directory.needsScan = true
            return
        }
        do throws(FileError) {
            let source = try tree.directory(directory.path)
            guard let status = try files.status(in: source, name) else { return }
            settle.sighted(directory.tag, name, status: status, how: how, now: now)
            // Written to after its rename, while it waited to be taken: it waits anew in the table, or is found again.
            if how == .closed { lanes[directory.partner]?.forgetRenamed(directory.tag, name, status) }
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

    /// Goes on with the scans that are due, as far as there is room for candidates: a bounded piece of each.
    ///
    /// - Parameter changeTimeClock: the time in nanoseconds by the clock of files' change times, where that can be relied on: a file that is
    ///   found then has waited since its last change.
    func scan(now: Int64, changeTimeClock: Int64?) {
        for directory in directories.values where wantsScan(directory) {
            do throws(FileError) {
                try scan(directory, now, changeTimeClock)
            } catch {
                directory.listing = nil
                directory.leftover = []
                log.warning("cannot list a drop directory", metadata: ["directory": "\(directory.path)", "error": "\(error)"])
            }
        }
        settle.clearOverflow()
    }

    /// Names that a turn looks at in one directory: with a million of them, nobody else waits for more than this.
    private static let namesATurn = 2048

    private func scan(_ directory: DropDirectory, _ now: Int64, _ changeTimeClock: Int64?) throws(FileError) {
        if directory.needsScan, directory.listing == nil, directory.leftover.isEmpty {
            directory.needsScan = false
            directory.listing = try files.list(try tree.directory(directory.path))
        }
        let source = try tree.directory(directory.path)
        var room = min(policy.window - held, share - held(directory.partner))
        var names = Self.namesATurn
        while room > 0, names > 0 {
            if directory.leftover.isEmpty {
                guard let batch = try directory.listing?.next() else {
                    directory.listing = nil
                    return
                }
                directory.leftover = batch[...]
            }
            while room > 0, names > 0, let entry = directory.leftover.popFirst() {
                names -= 1
                guard judgeName(entry.name) == .candidate, lanes[directory.partner]?.contains(directory.tag, entry.name) != true,
                    let status = try files.status(in: source, entry.name)
                else { continue }
                let before = settle.count
                let age = changeTimeClock.map { max(0, $0 - status.changeTime) } ?? 0
                guard settle.sighted(directory.tag, entry.name, status: status, how: .found, unchangedFor: age, now: now) else {
                    directory.leftover = [entry] + directory.leftover
                    return
                }
                room -= settle.count - before
            }
        }
    }

    /// Puts candidates whose time has come into their partners' lanes.
    func ripen(now: Int64) {
        // Those whose suspicion has ended meanwhile are as good as all others.
        if suspects.isEmpty { for partner in lanes.keys { lanes[partner]?.clearSuspects() } }
        for candidate in settle.due(now: now) {
            guard let directory = directories[candidate.directory] else { continue }
            enlist(directory.partner)
            // Another file of the name may have been renamed into place since; whatever else there is, is looked at when its turn comes.
            if candidate.how != .renamed, lanes[directory.partner]?.contains(candidate.directory, candidate.name) == true { continue }
            if isSuspect(candidate) {
                lanes[directory.partner, default: Lane()].suspects.append(candidate)
                continue
            }
            lanes[directory.partner, default: Lane()].append(candidate)
        }
    }
}
