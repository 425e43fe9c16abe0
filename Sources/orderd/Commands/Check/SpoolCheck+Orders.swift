import Ledger
import Orders
import Reports
import Spool

/// Every accepted order has exactly one file, in the directory of its state and with the content that was accepted, and a status file that
/// says what the ledger says.
extension SpoolCheck {
    private static let page = 2000

    /// Looks at the files of all orders, or, in a quick check, of those that are not at their end.
    func examineOrders(_ queries: Queries, _ report: (Subject, [CheckFinding]) -> Void) throws(LedgerError) {
        let total = try queries.orderCounts()
        let bar = ProgressBar("orders", total: isQuick ? total.active : total.all)
        defer { bar.end() }
        var after: Int64 = 0
        while true {
            let page = try queries.orders(after: after, activeOnly: isQuick, limit: Self.page)
            guard let last = page.last else { return }
            after = last.seq
            for order in page {
                report(.order(order.id), examine(order))
                counts.orders += 1
            }
            bar.show(counts.orders)
        }
    }

    /// Looks at one order's file and its status file.
    func examine(_ order: OrderRecord) -> [CheckFinding] {
        examineFile(order) + examineStatus(order)
    }

    private func examineFile(_ order: OrderRecord) -> [CheckFinding] {
        let directory = OrderPlaces.directory(order.stage, day: order.day)
        let place = "\(directory)/\(order.id.text).json"
        guard let name = FileName("\(order.id.text).json") else { return [] }
        do throws(FileError) {
            let descriptor = try tree.directory(directory)
            guard let status = try tree.files.status(in: descriptor, name) else {
                return [CheckFinding(place: place, message: "expected the file of an order that is \(order.stage.name), found none")]
            }
            guard status.kind == .regular, status.size == Int64(order.size) else {
                return [
                    CheckFinding(
                        place: place,
                        message: "expected a file of \(order.size) bytes, found a \(status.kind.rawValue) one of \(status.size)")
                ]
            }
            guard let bytes = try tree.files.readAll(in: descriptor, name, limit: order.size), order.isContent(bytes) else {
                return [CheckFinding(place: place, message: "its content is not what was accepted (SHA-256 differs)")]
            }
            return []
        } catch {
            if error.isMissing {
                return [
                    CheckFinding(
                        place: place, message: "expected the file of an order that is \(order.stage.name), found no such directory")
                ]
            }
            return [CheckFinding(place: place, message: "cannot be read: \(error)")]
        }
    }

    private func examineStatus(_ order: OrderRecord) -> [CheckFinding] {
        if undelivered.contains(order.id.text) { return [] }
        let directory = SpoolTree.readDirectory("status", of: order.partner)
        let place = "\(directory)/\(order.id.text).json"
        guard let name = FileName("\(order.id.text).json") else { return [] }
        do throws(FileError) {
            guard let bytes = try tree.files.readAll(in: try tree.directory(directory), name) else {
                return [CheckFinding(place: place, message: "expected a status file with \(order.status.rawValue), found none")]
            }
            // An order on its way may be a step further than its file tells.
            if bytes == StatusFile.bytes(order, history: true) + [10] { return [] }
            let told = (try? JSONValue.parse(bytes))?["status"]?.text
            if told == order.status.rawValue, !order.stage.isTerminal, !order.stage.isResting { return [] }
            return [
                CheckFinding(
                    place: place,
                    message: told == order.status.rawValue
                        ? "its content is not what the ledger says of the order"
                        : "expected the status \(order.status.rawValue), found \(told ?? "no status")")
            ]
        } catch {
            // The directory of a removed partner may have been taken away.
            if error.isMissing, partners[order.partner] == "removed" { return [] }
            return [CheckFinding(place: place, message: "cannot be read: \(error)")]
        }
    }

    // MARK: Files that should not be there

    /// Looks for files in `queue/`, and at the ends, that the ledger does not place there.
    func examineDirectories(_ queries: Queries, _ report: (Subject, [CheckFinding]) -> Void) throws(LedgerError) {
        for stage in OrderPlaces.queue { try examine(directory: OrderPlaces.directory(stage, day: nil), queries, report) }
        guard !isQuick else { return }
        for end in [SpoolTree.done, SpoolTree.cancelled, SpoolTree.rejected] {
            for day in names(in: end) where day.count == 10 { try examine(directory: "\(end)/\(day)", queries, report) }
        }
    }

    private func examine(
        directory: String, _ queries: Queries, _ report: (Subject, [CheckFinding]) -> Void
    ) throws(LedgerError) {
        for name in names(in: directory) {
            report(.file(directory: directory, name: name), try examine(name, in: directory, queries))
        }
    }

    /// Looks whether one file belongs where it lies.
    func examine(_ name: FileName, in directory: String, _ queries: Queries) throws(LedgerError) -> [CheckFinding] {
        let isQueue = directory.hasPrefix(SpoolTree.queue + "/")
        // What an editor or a copy under way leaves is nobody's order; what was dropped rests at the ends under a drop's id.
        guard judgeName(name) == .candidate, isQueue || name.hasPrefix("ord_"), name != FileName("README.md") else { return [] }
        let place = "\(directory)/\(name)"
        if name.hasSuffix(".reason.json") {
            guard let order = try order(name, ".reason.json".utf8.count, queries) else { return stray(place, name, directory) }
            return isPlaced(order, directory) ? [] : stray(place, name, directory)
        }
        guard name.hasSuffix(".json"), let order = try order(name, ".json".utf8.count, queries) else {
            // A second file of an order is set aside in rejected/ with where it was found in its name.
            if !isQueue, OrderID(utf8: name.bytes.prefix(30)) != nil, name.count > 35 { return [] }
            return stray(place, name, directory)
        }
        guard !isPlaced(order, directory) else { return [] }
        let proper = OrderPlaces.directory(order.stage, day: order.day)
        return exists(name, in: directory) ? [CheckFinding(place: place, message: "the ledger has this order in \(proper)/")] : []
    }

    private func isPlaced(_ order: OrderRecord, _ directory: String) -> Bool {
        OrderPlaces.directory(order.stage, day: order.day) == directory
    }

    private func order(_ name: FileName, _ suffix: Int, _ queries: Queries) throws(LedgerError) -> OrderRecord? {
        guard let id = OrderID(utf8: name.bytes.dropLast(suffix)) else { return nil }
        return try queries.order(id)
    }

    private func stray(_ place: String, _ name: FileName, _ directory: String) -> [CheckFinding] {
        exists(name, in: directory) ? [CheckFinding(place: place, message: "belongs to no order that lies here")] : []
    }

    private func exists(_ name: FileName, in directory: String) -> Bool {
        guard let descriptor = try? tree.directory(directory) else { return false }
        return ((try? tree.files.status(in: descriptor, name)) ?? nil) != nil
    }

    private func names(in directory: String) -> [FileName] {
        var names: [FileName] = []
        do throws(FileError) {
            try tree.files.list(try tree.directory(directory)).visit { entry throws(FileError) in
                names.append(entry.name)
                return true
            }
        } catch {
            note("\(directory)/ cannot be looked into: \(error)")
        }
        return names.sorted()
    }
}
