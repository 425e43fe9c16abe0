import Ledger
import Logging
import Orders
import Spool

/// How far the looks at `done/`, `cancelled/` and `rejected/` have come.
struct EndsScan {
    /// Orders older than this one come next; the newest again where it is the largest number.
    var before = Int64.max
    /// Directories of ends that are still to be looked through, and the listing of the first.
    var directories: [Place] = []
    var listing: DirectoryReader?
    /// Searches of all days that this scan, or start, may still make.
    var searches = EndsScan.searchesAtOnce

    static let searchesAtOnce = 16
}

/// Files of orders that have come to their end today. Each rescan looks at some, so that a busy day does not hold up the turn.
extension Pipeline {
    /// Orders that one rescan looks at, and names. Together some tens of milliseconds.
    private static let ordersAtOnce = 512
    private static let namesAtOnce = 2048

    /// Looks at the next orders that ended today, and at the next names in today's directories of ends.
    func scanEnds(at now: Timestamp) throws(LedgerError) {
        let day = max(now, ledger.committed.at).day
        try restoreEnded(day, at: now)
        try findStrays(day, at: now)
    }

    /// Writes again what is missing or changed of the orders that ended on this day and came on it or on the day before.
    private func restoreEnded(_ day: String, at now: Timestamp) throws(LedgerError) {
        let page = try ledger.queries.newestPlaces(before: ends.before, limit: Self.ordersAtOnce)
        let oldest = Timestamp(milliseconds: now.milliseconds - 2 * 86_400_000)
        ends.before = page.count < Self.ordersAtOnce || page.contains { $0.created < oldest } ? .max : page.last?.seq ?? .max
        for row in page where row.day == day {
            let place = Place(row.stage, day: day)
            if isIntact(row.id, place, row.size, row.sha) { continue }
            guard let order = try ledger.queries.order(row.id) else { continue }
            if exists(row.id, place) {
                try rewrite(order, why: "its content was changed")
            } else if !putBackFromEnds(order) {
                try rewrite(order, why: "its file was missing")
            } else if !isIntact(row.id, place, row.size, row.sha) {
                try rewrite(order, why: "its content was changed")
            }
        }
    }

    /// Finds files in the directories of ends that belong elsewhere.
    private func findStrays(_ day: String, at now: Timestamp) throws(LedgerError) {
        if ends.directories.isEmpty {
            ends.directories = [Stage.done, .cancelled, .rejected].flatMap { [Place($0, day: nil), Place($0, day: day)] }
        }
        var left = Self.namesAtOnce
        while left > 0, let place = ends.directories.first {
            var names: [DirectoryEntry] = []
            do throws(FileError) {
                // A day begins without a directory.
                if ends.listing == nil, try files.status(at: tree.rootDescriptor, path: Path(places.path(of: place))) != nil {
                    ends.listing = try files.list(try places.descriptor(of: place))
                }
                names = try ends.listing?.next() ?? []
            } catch {
                log.warning("a directory cannot be listed", metadata: ["directory": "\(places.path(of: place))", "error": "\(error)"])
            }
            if names.isEmpty {
                ends.listing = nil
                ends.directories.removeFirst()
                continue
            }
            left -= names.count
            for name in names {
                guard let id = Places.orderID(name.name), let order = try ledger.queries.order(id), Place(order) != place else { continue }
                moveStray(order, from: place)
            }
        }
    }

    private func moveStray(_ order: OrderRecord, from place: Place) {
        let proper = Place(order)
        guard !exists(order.id, proper) else {
            setAside(order.id, place, why: "a second file of one order")
            return
        }
        do throws(PlacingError) { _ = try places.rename(order.id, from: place, to: proper) } catch {
            log.warning("a moved file cannot be put back", metadata: ["order": "\(order.id)", "error": "\(error)"])
            return
        }
        logPutBack(order, from: place.stage)
    }

    func logPutBack(_ order: OrderRecord, from stage: Stage) {
        log.warning(
            "a move by hand was put back",
            metadata: ["order": "\(order.id)", "moved": "\(stage)", "to": "\(order.stage)", "why": "only orderd ends an order"])
    }

    // MARK: Searching all days

    /// Looks for an order's file in the directories of ends, of all days, and puts it back where the ledger says. There may be thousands of
    /// days: only for a few orders of a scan, and what is found nowhere is written again.
    ///
    /// - Returns: false where it was not found.
    func putBackFromEnds(_ order: OrderRecord) -> Bool {
        guard ends.searches > 0 else { return false }
        ends.searches -= 1
        for end in [Stage.done, .cancelled, .rejected] where putBack(order.id, fromEnd: end, to: Place(order)) {
            logPutBack(order, from: end)
            return true
        }
        return false
    }

    private func putBack(_ id: OrderID, fromEnd end: Stage, to proper: Place) -> Bool {
        let name = Places.fileName(id)
        do throws(FileError) {
            let root = try tree.directory(end.name)
            let target = try places.descriptor(of: proper)
            if try files.status(in: root, name) != nil {
                try files.rename(from: root, name, to: target, name, replacing: false)
                return true
            }
            let days = try files.list(root)
            while let batch = try days.next() {
                for day in batch where day.name.count == 10 {
                    let inner = try files.openDirectory(at: root, path: Path(day.name))
                    defer { try? files.close(inner) }
                    if try files.status(in: inner, name) != nil {
                        try files.rename(from: inner, name, to: target, name, replacing: false)
                        return true
                    }
                }
            }
        } catch {
            return false
        }
        return false
    }
}
