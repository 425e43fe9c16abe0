import Ledger
import Logging
import Orders
import Spool

/// Moves by hand: while the daemon runs, and after a clean stop, a file's position is a command.
extension Pipeline {
    /// Missing files that one scan writes again.
    private static let restoredAtOnce = 1024

    /// The directories of `queue/`.
    var queueStages: [Stage] { engine.steps.map { Stage($0.name) } + [.compensate, .deferred, .hold, .failed] }

    /// Every order's file in `queue/`, by order; more than one place where somebody made a copy.
    func listQueue() throws(FileError) -> [OrderID: [Stage]] {
        var found: [OrderID: [Stage]] = [:]
        for stage in queueStages {
            let names = try files.list(try places.descriptor(of: Place(stage, day: nil)))
            while let batch = try names.next() {
                for entry in batch {
                    guard let id = Places.orderID(entry.name) else { continue }
                    found[id, default: []].append(stage)
                }
            }
        }
        return found
    }

    /// Compares all of `queue/` with the ledger and does what moves by hand ask.
    func scanQueue(at now: Timestamp) throws(LedgerError) {
        needsQueueScan = false
        ends.searches = EndsScan.searchesAtOnce
        var found: [OrderID: [Stage]]
        do throws(FileError) { found = try listQueue() } catch {
            log.warning("cannot list the queue", metadata: ["error": "\(error)"])
            return
        }
        var missing: [OrderID] = []
        var changed: [OrderID] = []
        var bare: [OrderID] = []
        var seen: [OrderID: Int64] = [:]
        var comparisons = 512
        try ledger.queries.places { id, stage, size, sha in
            guard let index = found[id]?.firstIndex(of: stage) else {
                missing.append(id)
                return
            }
            found[id]?.remove(at: index)
            if found[id]?.isEmpty == true { found[id] = nil }
            let place = Place(stage, day: nil)
            if stage == .hold || stage == .failed, !exists(Places.reasonName(id), place) { bare.append(id) }
            guard let time = changeTime(id, place), time != comparedAt[id] || time == 0 else {
                seen[id] = comparedAt[id]
                return
            }
            // Not all at once, so that a long queue does not hold up the turn: the rest comes with the next scans.
            guard comparisons > 0 else { return }
            comparisons -= 1
            if isIntact(id, place, size, sha) { seen[id] = time } else { changed.append(id) }
        }
        comparedAt = seen
        for (id, stages) in found {
            for stage in stages { try settle(id, foundAt: stage, at: now) }
        }
        for id in missing.prefix(Self.restoredAtOnce) { try restore(id, at: now) }
        // The rest in the next turns, so that a whole queue that was deleted keeps nobody waiting.
        // Where nothing can be written, with the next rescan.
        if missing.count > Self.restoredAtOnce, let first = try ledger.order(missing[0]), exists(first.id, Place(first)) {
            needsQueueScan = true
        }
        for id in changed {
            if let order = try ledger.order(id) { try mendContent(order) }
        }
        for id in bare {
            guard let order = try ledger.order(id), exists(id, Place(order)) else { continue }
            do throws(PlacingError) { try places.decorate(order, Place(order)) } catch {
                log.warning("a reason cannot be written", metadata: ["order": "\(id)", "error": "\(error)"])
            }
        }
        try scanEnds(at: now)
    }

    private func changeTime(_ id: OrderID, _ place: Place) -> Int64? {
        guard let directory = try? places.descriptor(of: place) else { return nil }
        return (try? files.status(in: directory, Places.fileName(id)))??.changeTime
    }

    /// Looks at the orders that events in resting directories told of.
    func examineMoved(at now: Timestamp) throws(LedgerError) {
        guard !moved.isEmpty else { return }
        let batch = moved
        moved.removeAll(keepingCapacity: true)
        for id in batch {
            // It has gone on in this turn already, as by the rescan, and its file follows after the commit: looked at again then.
            guard !places.isMoving(id) else {
                moved.insert(id)
                continue
            }
            guard let order = try ledger.order(id) else { continue }
            // All places first: the record changes with the first that is settled, while its file moves only after the commit.
            let found = queueStages.filter { $0 != order.stage && exists(id, Place($0, day: nil)) }
            for stage in found { try settle(id, foundAt: stage, at: now) }
            guard let order = try ledger.order(id), order.stage == .hold || order.stage == .failed || order.stage == .deferred else {
                continue
            }
            try mendContent(order)
        }
    }

    func exists(_ id: OrderID, _ place: Place) -> Bool { exists(Places.fileName(id), place) }

    private func exists(_ name: FileName, _ place: Place) -> Bool {
        guard let directory = try? places.descriptor(of: place) else { return false }
        return ((try? files.status(in: directory, name)) ?? nil) != nil
    }

    /// A file lies where the ledger does not say: a move by hand, or a second file.
    private func settle(_ id: OrderID, foundAt stage: Stage, at now: Timestamp) throws(LedgerError) {
        let found = Place(stage, day: nil)
        // The first of two copies has moved the order; what the second is, the next look says, when its file lies where it belongs.
        guard !places.isMoving(id) else {
            moved.insert(id)
            return
        }
        guard let order = try ledger.order(id) else {
            setAside(id, found, why: "the ledger knows no such order")
            return
        }
        let proper = Place(order)
        guard !exists(id, proper) else {
            setAside(id, found, why: "a second file of one order")
            return
        }
        // Back to where the ledger says, then on by the same way as a verb: a crash in between loses the command, never the file.
        do throws(PlacingError) { _ = try places.rename(id, from: found, to: proper) } catch {
            log.warning("a moved file cannot be put back", metadata: ["order": "\(id)", "error": "\(error)"])
            return
        }
        if !isIntact(id, proper, order.size, order.sha) { try rewrite(order, why: "its content was changed") }
        let request = CommandRequest(.rescan, by: "hand", reason: "moved by hand to \(stage.name)")
        let result: CommandResult
        switch stage {
        case .hold: result = try hold(order, request, now)
        case .failed: result = try giveUp(order, request, now)
        case .compensate: result = try cancel(order, request, now)
        case .deferred: result = CommandResult(isDone: false, message: "nothing is deferred by hand")
        default:
            if order.stage == .hold {
                result = try release(order, request, now)
            } else if order.stage == .failed || order.stage == .deferred {
                result = try retry(order, request, now)
            } else {
                result = CommandResult(isDone: false, message: "no step is skipped and no step that is done is repeated")
            }
        }
        if result.isDone {
            log.notice("moved by hand", metadata: ["order": "\(id)", "to": "\(stage)", "did": "\(result.message)"])
        } else {
            log.warning(
                "a move by hand was put back",
                metadata: ["order": "\(id)", "moved": "\(stage)", "to": "\(proper.stage)", "why": "\(result.message)"])
        }
    }

    /// Moves a file that is no order's to `rejected/`.
    func setAside(_ id: OrderID, _ place: Place, why: String) {
        do throws(FileError) {
            try places.setAside(id, place, day: now.day)
            // Its reason goes with it: the order rests elsewhere, with a reason of its own.
            if place.stage == .hold || place.stage == .failed { try? places.remove(Places.reasonName(id), place) }
            log.warning("a file was set aside in rejected/", metadata: ["file": "\(id)", "from": "\(place.stage)", "why": "\(why)"])
        } catch {
            log.warning("a file cannot be set aside", metadata: ["file": "\(id)", "error": "\(error)"])
        }
    }

    /// An order's file is gone: it may lie in an end's directory, where it was put by hand; else it is written again.
    func restore(_ id: OrderID, at now: Timestamp) throws(LedgerError) {
        // What moved in this turn is put in its place after the commit, from wherever it is.
        guard !places.isMoving(id), let order = try ledger.order(id), !order.stage.isTerminal else { return }
        let proper = Place(order)
        guard !exists(id, proper) else { return }
        // Moved by hand after its new directory was listed, and before its old one was: a move, which the next look takes for one.
        if queueStages.contains(where: { $0 != order.stage && exists(id, Place($0, day: nil)) }) {
            needsQueueScan = true
            return
        }
        if putBackFromEnds(order) {
            if !isIntact(id, proper, order.size, order.sha) { try rewrite(order, why: "its content was changed") }
            return
        }
        try rewrite(order, why: "its file was missing")
    }

    /// Writes an order's file again from the ledger.
    func rewrite(_ order: OrderRecord, why: String) throws(LedgerError) {
        guard let document = try ledger.document(of: order) else {
            log.error("an order's file cannot be written again: its text was erased", metadata: ["order": "\(order.id)"])
            return
        }
        do throws(PlacingError) {
            try places.write(document, order.id, to: Place(order))
            try places.decorate(order, Place(order))
            log.warning(
                "an order's file was written again", metadata: ["order": "\(order.id)", "stage": "\(order.stage)", "why": "\(why)"])
        } catch {
            log.warning("an order's file cannot be written", metadata: ["order": "\(order.id)", "error": "\(error)"])
        }
    }

    /// Writes an order's file again where its content is not what was accepted.
    func mendContent(_ order: OrderRecord) throws(LedgerError) {
        guard let directory = try? places.descriptor(of: Place(order)),
            let status = (try? files.status(in: directory, Places.fileName(order.id))) ?? nil
        else { return }
        if status.kind == .regular, status.size == Int64(order.size),
            let bytes = (try? files.readAll(in: directory, Places.fileName(order.id), limit: order.size)) ?? nil, sha256(bytes) == order.sha
        {
            return
        }
        try rewrite(order, why: "its content was changed")
    }
}
