import Ledger
import Logging
import Orders
import Spool

/// Dropped files after their verdict, events, and rescans.
extension Pipeline {
    /// Does away with, or keeps, the files that the committed batch has judged. What fails is done again at the next start: the drop is
    /// known, and its file still lies in `claimed/`.
    func dispose() {
        for item in intake.disposals {
            do throws(FileError) {
                let claimed = try tree.directory(item.directory.claimedPath)
                switch item.disposal {
                case .remove: try files.removeIfPresent(in: claimed, item.name)
                case .keep(let directory, let name):
                    let target = try tree.directory(directory, creating: SpoolTree.sharedMode)
                    try files.rename(from: claimed, item.name, to: target, name, replacing: false)
                case .replace(let directory, let name, let bytes):
                    let target = try tree.directory(directory, creating: SpoolTree.sharedMode)
                    try Publisher(owner: "orderd", files: files).publish(bytes, in: target, as: name)
                    try files.removeIfPresent(in: claimed, item.name)
                case .mask(let directory, let name):
                    let target = try tree.directory(directory, creating: SpoolTree.sharedMode)
                    try mask(item.name, in: claimed, to: target, name)
                    try files.removeIfPresent(in: claimed, item.name)
                }
            } catch {
                if error.isMissing { continue }
                intake.failedDisposals.append(item)
                log.warning(
                    "a judged file could not be put away; tried again",
                    metadata: ["file": "\(item.name)", "error": "\(error)"])
            }
        }
        intake.disposals.removeAll(keepingCapacity: true)
    }

    /// Tries again to put files away. Until all are, the cursor of what is on disk stays, so that the next start knows their drops.
    ///
    /// What is put away now comes after the sync that the cursor waits for, so it is synced by itself: a power cut must not bring a file back
    /// whose drop lies before the cursor.
    func retryDisposals() {
        guard !intake.failedDisposals.isEmpty else { return }
        let failed = intake.failedDisposals
        intake.disposals += failed
        intake.failedDisposals = []
        dispose()
        guard intake.failedDisposals.isEmpty else { return }
        do throws(FileError) { try files.syncFileSystem(tree.rootDescriptor) } catch {
            // The turn, or the stop, ends with it.
            syncFailure = error
            intake.failedDisposals = failed
        }
    }

    /// Copies a large file with card numbers masked, piece by piece; pieces end where an order or a line ends, so that no number is cut.
    private func mask(_ name: FileName, in claimed: Descriptor, to target: Descriptor, _ kept: FileName) throws(FileError) {
        let source = try files.openForReading(in: claimed, name)
        defer { try? files.close(source) }
        let copy = try files.create(in: target, kept, mode: 0o640, exclusive: false, truncate: true)
        defer { try? files.close(copy) }
        var offset: Int64 = 0
        var carried: [UInt8] = []
        while true {
            var failure: FileError?
            let part = [UInt8](unsafeUninitializedCapacity: 4 << 20) { buffer, count in
                do throws(FileError) {
                    count = try files.read(source, into: UnsafeMutableRawBufferPointer(buffer), at: offset)
                } catch {
                    failure = error
                }
            }
            if let failure { throw failure }
            offset += Int64(part.count)
            var piece = carried + part
            if part.isEmpty {
                carried = []
            } else {
                let cut = piece.lastIndex { $0 == 10 || $0 == UInt8(ascii: "}") }.map { $0 + 1 } ?? piece.count
                carried = Array(piece[cut...])
                piece.removeLast(piece.count - cut)
            }
            let ranges = piece.withUnsafeBufferPointer { CardNumbers.ranges(in: $0) }
            CardNumbers.mask(&piece, in: ranges)
            try files.write(copy, piece)
            if part.isEmpty { return }
        }
    }

    // MARK: Events

    /// Events that a turn reads: as many as the kernel's queue holds, so that nobody's waits behind another's flood.
    private static let eventsATurn = 16_384
    /// Events of one directory that a turn looks at; the others keep for the next.
    private static let eventsADirectory = 1024

    /// Takes the events that wait, oldest first.
    func drainEvents(_ boot: Int64) {
        let taken = watcher.drain(limit: Self.eventsATurn) { note($0) }
        hasMoreEvents = taken == Self.eventsATurn
        for directory in intake.directories.values where directory.hasEvents {
            for event in directory.takeEvents(Self.eventsADirectory) { intake.sighted(directory, event.name, how: event.how, now: boot) }
            if directory.hasEvents { hasMoreEvents = true }
        }
    }

    /// Keeps an event until its directory's turn comes.
    func note(_ event: WatchEvent) {
        guard let tag = event.directory else {
            log.notice("events were lost; all directories are looked through")
            engine.meters.overflows += 1
            for directory in intake.directories.values { directory.needsScan = true }
            needsQueueScan = true
            return
        }
        if let directory = intake.directories[tag] {
            switch event.kind {
            case .renamedIn: if let name = event.name { directory.keep(name, .renamed, room: policy.window) }
            case .closedAfterWriting: if let name = event.name { directory.keep(name, .closed, room: policy.window) }
            case .created: if let name = event.name { directory.keep(name, .created, room: policy.window) }
            case .attributes: if let name = event.name { directory.keep(name, .found, room: policy.window) }
            case .directoryGone: nextRescan = 0
            default: break
            }
        } else if queueTags[tag] != nil {
            if event.kind == .directoryGone { nextRescan = 0 }
            if let name = event.name, let id = Places.orderID(name) { moved.insert(id) }
        }
    }

    /// Looks through everything again: directories may have been replaced, events lost, files moved by hand between steps.
    func rescan(_ boot: Int64) {
        nextRescan = boot + policy.rescan
        engine.meters.rescans += 1
        retryDisposals()
        do throws(FileError) {
            for stale in try tree.revalidate() {
                log.notice("a directory was replaced", metadata: ["directory": "\(stale.path)", "missing": "\(stale.isMissing)"])
                if stale.isMissing { continue }
                watchAgain(stale.path)
            }
        } catch {
            log.warning("cannot look at the spool's directories", metadata: ["error": "\(error)"])
        }
        for directory in intake.directories.values {
            if !isWatched(directory) { watch(directory) }
            directory.needsScan = true
        }
        lookAtUnfinished()
        for partner in partners.values where partner.state == "active" { openTransferLog(partner.name) }
        needsQueueScan = true
    }

    private func isWatched(_ directory: DropDirectory) -> Bool { !directory.isPolled }

    private func watchAgain(_ path: String) {
        for directory in intake.directories.values where directory.path == path { watch(directory) }
        for partner in transferLogs.keys where SpoolTree.logDirectory(of: partner) == path { transferLogs[partner] = nil }
        for (tag, stage) in queueTags where places.path(of: Place(stage, day: nil)) == path { watchQueue(stage, tag: tag) }
    }

    func watch(_ directory: DropDirectory) {
        do {
            try watcher.watch(
                try tree.directory(directory.path), tag: directory.tag, for: [.renamedIn, .closedAfterWriting, .created, .attributes])
            tellIfEventless(directory)
        } catch {
            if !directory.isPolled {
                log.warning(
                    "a drop directory cannot be watched; it is looked through instead",
                    metadata: ["directory": "\(directory.path)", "every": "\(policy.rescan / 1_000_000_000) s", "error": "\(error)"])
            }
            directory.isPolled = true
        }
    }

    /// Some file systems take a watch and raise no events for what comes from elsewhere: such a directory is looked through as well.
    private func tellIfEventless(_ directory: DropDirectory) {
        guard let descriptor = try? tree.directory(directory.path), let kind = EventlessFileSystem(of: descriptor) else {
            directory.isPolled = false
            return
        }
        if !directory.isPolled {
            log.warning(
                "a drop directory lies on a file system without events; it is looked through instead",
                metadata: [
                    "directory": "\(directory.path)", "kind": "\(kind)", "every": "\(policy.rescan / 1_000_000_000) s",
                ])
        }
        directory.isPolled = true
    }

    func watchQueue(_ stage: Stage, tag: WatchedDirectory) {
        do {
            let directory = try places.descriptor(of: Place(stage, day: nil))
            try watcher.watch(directory, tag: tag, for: [.renamedIn, .closedAfterWriting, .removed, .movedOut])
        } catch {
            log.warning("a directory of the queue cannot be watched", metadata: ["stage": "\(stage)", "error": "\(error)"])
        }
    }
}
