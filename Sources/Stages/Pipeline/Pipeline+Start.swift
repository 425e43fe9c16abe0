public import Ledger
import Logging
import Orders
import Spool

/// From any stop to the first turn, and from the last turn to a clean stop.
extension Pipeline {
    /// Brings files and ledger together after the last stop, whatever it was, and begins to watch.
    ///
    /// - Parameter opening: what opening the ledger has found.
    /// - Throws: where files and ledger cannot be brought together.
    public func start(_ opening: Ledger.Opening) throws(PipelineError) {
        do throws(LedgerError) {
            published = try ledger.queries.cursor("publish")
            for pause in try ledger.queries.pauses().map(\.pause) {
                if pause.what == "intake" { isIntakePaused = true } else { engine.paused.insert(pause.what) }
            }
            engine.hasCatalogue = try ledger.queries.hasCatalogue()
            // From here on a crash is unclean: the ledger wins over positions.
            ledger.setMark("stop", to: "running")
            try recallClocks(wasClean: opening.wasClean)
            try suspect(wasClean: opening.wasClean)
            try ledger.commit()
            currentDay = ledger.committed.at.day
            // Ids go on behind the last one, whatever the clock says now.
            if let last = try ledger.queries.lastDropID() { intake.ids = IDGenerator(after: last) }
        } catch {
            throw .ledger(error)
        }
        do throws(FileError) {
            guard try tree.sameFileSystemAndMount() else {
                throw FileError(call: "statx", path: "partners/ and claimed/", code: 18)
            }
            for stage in [Stage.hold, .failed] {
                try Publisher(owner: "orderd", files: files).removeLeftovers(in: try places.descriptor(of: Place(stage, day: nil)))
            }
        } catch {
            throw .file(error)
        }
        do throws(LedgerError) {
            try bringTogether(wasClean: opening.wasClean)
            for partner in try ledger.queries.partners() {
                if partner.state == "active" { attach(partner) } else { partners[partner.name] = partner }
            }
            try findClaimed(wasClean: opening.wasClean)
        } catch {
            throw .ledger(error)
        }
        for stage in [Stage.compensate, .deferred, .hold, .failed] {
            queueTags[intake.nextTag] = stage
            watchQueue(stage, tag: intake.nextTag)
            intake.nextTag += 1
        }
        engine.backlog = Set(engine.steps.map { Stage($0.name) } + [.compensate])
        // Watched first, then looked through: what came in between is an event.
        nextRescan = clock.bootNanoseconds() + policy.rescan
        needsQueueScan = opening.wasClean
    }

    /// Puts every file where the ledger says, and writes again what is missing or damaged. After a clean stop, files in other places are
    /// left there: the first turn takes them for commands.
    private func bringTogether(wasClean: Bool) throws(LedgerError) {
        var found: [OrderID: [Stage]]
        do throws(FileError) { found = try listQueue() } catch {
            throw LedgerError(.storage, "the queue cannot be listed: \(error)")
        }
        let now = self.now
        var misplaced: [OrderID] = []
        var damaged: [OrderID] = []
        try ledger.queries.places { id, stage, size, sha in
            guard let stages = found[id] else {
                if !wasClean { misplaced.append(id) }
                return
            }
            if stages.contains(stage) {
                let place = Place(stage, day: nil)
                if !isUntouched(id, place, size), !isIntact(id, place, size, sha) { damaged.append(id) }
                found[id] = stages.count > 1 ? stages.filter { $0 != stage } : nil
            } else if !wasClean {
                misplaced.append(id)
            }
        }
        for id in damaged {
            if let order = try ledger.order(id) { try rewrite(order, why: "its content was not what was accepted") }
        }
        guard !wasClean else {
            ledger.abandon()
            return
        }
        for id in misplaced {
            guard let order = try ledger.order(id) else { continue }
            if let stage = found[id]?.first {
                try enforce(order, from: stage)
                found[id] = Array(found[id]?.dropFirst() ?? [])
            } else {
                try restore(id, at: now)
            }
        }
        // What is left are second files, and files of orders that have come to their end.
        for (id, stages) in found {
            for stage in stages {
                guard let order = try ledger.order(id) else {
                    setAside(id, Place(stage, day: nil), why: "the ledger knows no such order")
                    continue
                }
                try enforce(order, from: stage)
            }
        }
        try checkEnds()
        try removeStaleReasons()
        ledger.abandon()
    }

    /// A reason belongs to an order that waits beside it. One stays behind where the file was moved by hand and the stop came before the
    /// move was done by the ledger's account too.
    private func removeStaleReasons() throws(LedgerError) {
        for stage in [Stage.hold, .failed] {
            var named: [OrderID] = []
            do throws(FileError) {
                let names = try files.list(try places.descriptor(of: Place(stage, day: nil)))
                while let batch = try names.next() { named += batch.compactMap { Places.orderID(ofReason: $0.name) } }
            } catch {
                throw LedgerError(.storage, "the reasons in \(stage.name)/ cannot be listed: \(error)")
            }
            for id in named {
                guard let order = try ledger.order(id), order.stage != stage else { continue }
                do throws(PlacingError) { try places.remove(Places.reasonName(id), Place(stage, day: nil)) } catch {
                    throw LedgerError(.storage, "\(error)")
                }
            }
        }
    }

    /// Whether a file is surely as orderd left it, without a look into it: reading a million files that are in no cache takes a minute.
    private func isUntouched(_ id: OrderID, _ place: Place, _ size: Int) -> Bool {
        guard let unchangedBefore, let directory = try? places.descriptor(of: place),
            let status = (try? files.status(in: directory, Places.fileName(id))) ?? nil
        else { return false }
        return status.kind == .regular && status.size == size && status.changeTime < unchangedBefore
    }

    func isIntact(_ id: OrderID, _ place: Place, _ size: Int, _ sha: [UInt8]) -> Bool {
        guard let directory = try? places.descriptor(of: place),
            let bytes = (try? files.readAll(in: directory, Places.fileName(id), limit: size)) ?? nil
        else { return false }
        return bytes.count == size && sha256(bytes) == sha
    }

    /// Puts a file back where the ledger says, whoever moved it.
    private func enforce(_ order: OrderRecord, from stage: Stage) throws(LedgerError) {
        let proper = Place(order)
        let found = Place(stage, day: nil)
        let name = Places.fileName(order.id)
        do throws(FileError) {
            let target = try places.descriptor(of: proper)
            if try files.status(in: target, name) != nil {
                if isIntact(order.id, proper, order.size, order.sha) {
                    setAside(order.id, found, why: "a second file of one order")
                    return
                }
                try places.makeRoom(for: order.id, in: proper)
            }
            try files.rename(from: try places.descriptor(of: found), name, to: target, name, replacing: false)
            if stage == .hold || stage == .failed {
                try files.removeIfPresent(in: try places.descriptor(of: found), Places.reasonName(order.id))
            }
        } catch {
            throw LedgerError(.storage, "the file of \(order.id.text) cannot be put in its place: \(error)")
        }
        log.notice("put back after an unclean stop", metadata: ["order": "\(order.id)", "from": "\(stage)", "to": "\(proper.stage)"])
        if isIntact(order.id, proper, order.size, order.sha) {
            do throws(PlacingError) { try places.decorate(order, proper) } catch {
                throw LedgerError(.storage, "\(error)")
            }
        } else {
            try rewrite(order, why: "its content was not what was accepted")
        }
    }

    /// Makes sure of the files of orders that have changed since followers and moves were last known to be on disk.
    private func checkEnds() throws(LedgerError) {
        var cursor = published
        var seen: Set<OrderID> = []
        while true {
            let changes = try ledger.queries.changes(after: cursor, limit: 4096)
            guard let last = changes.last else { return }
            cursor = last.seq
            for change in changes where change.kind.hasPrefix("order.") {
                guard let id = OrderID(change.subject), seen.insert(id).inserted, let order = try ledger.queries.order(id) else { continue }
                if !exists(id, Place(order)) { _ = putBackFromEnds(order) }
                guard isIntact(id, Place(order), order.size, order.sha) else {
                    try rewrite(order, why: "it was not written before the stop")
                    continue
                }
                // What reads well may be in the page cache only: where a sync has failed, the kernel takes pages for clean that are not on
                // disk, and no later sync writes them. Written again they are dirty again.
                guard let document = try ledger.document(of: order) else { continue }
                do throws(PlacingError) {
                    try places.write(document, id, to: Place(order))
                    try places.decorate(order, Place(order))
                } catch {
                    throw LedgerError(.storage, "\(error)")
                }
            }
        }
    }

    // MARK: Stopping

    /// Marks a clean stop. Followers have published all by now.
    public func stop() throws(PipelineError) {
        let content = inbox.take()
        published = max(published, content.published)
        for item in content.deliveries { ledger.setDelivery(follower: item.follower, subject: item.subject, item.delivery) }
        retryDisposals()
        if let syncFailure { throw .file(syncFailure) }
        if published > 0, intake.failedDisposals.isEmpty { ledger.setCursor("publish", to: published) }
        ledger.setMark("stop", to: "clean")
        noteClocks()
        do throws(LedgerError) { try ledger.commit() } catch { throw .ledger(error) }
    }

    /// Calls that are out: a stop leaves them unanswered, and the next start asks again with the same keys.
    public var callsInFlight: Int { engine.inFlight.count }
}
