import Ledger
import Orders
import Spool
import Stages

/// What people do who run the daemon: verbs, and moves by hand.
extension World {
    /// The directories that an order's file may lie in while it is not at its end.
    static let queues = ["1-validate", "2-reserve", "3-charge", "4-fulfil", "5-notify", "compensate", "deferred", "hold", "failed"]

    /// What people pause. Orders that are charged wait where `fulfil` is paused: cancelled there, they are paid back.
    private static let pausable = ["intake", "reserve", "charge", "fulfil", "fulfil"]

    /// The directory of an order's state, below the spool.
    static func directory(_ order: OrderRecord) -> String {
        if order.stage.isTerminal { return "\(order.stage.name)/\(order.day ?? "")" }
        return "queue/" + (queues.first { $0 == order.stage.name || $0.hasSuffix("-" + order.stage.name) } ?? order.stage.name)
    }

    /// Whether the spool holds orders: such a one never begins with an empty ledger.
    var hasHistory: Bool {
        Self.queues.contains { queue in
            disk.find("spool/queue/" + queue)?.entries.keys.contains { $0.hasPrefix("ord_") } == true
        }
    }

    /// A verb, which need not fit the order.
    func operatorSpeaks() throws {
        guard let daemon else { return }
        switch dice.below(10) {
        case 0: try command(.pause(dice.pick(Self.pausable)))
        case 1, 2: try command(.resume(dice.pick(Self.pausable)))
        case 3: try command(.rescan)
        default:
            guard let order = try anyOrder(daemon) else { return }
            if order.reason?.hasSuffix("-not-found") == true, !mayGoOn(order) { return }
            let id = order.id
            try command(dice.pick([.hold(id), .release(id), .release(id), .retry(id), .retry(id), .cancel(id)]))
        }
    }

    private func anyOrder(_ daemon: DaemonProcess) throws -> OrderRecord? {
        let orders = try daemon.ledger.queries.orders(limit: 1000)
        return orders.isEmpty ? nil : dice.pick(orders)
    }

    /// Who lets an order go on although the bank has no trace of its charge has looked there first.
    private func mayGoOn(_ order: OrderRecord) -> Bool { bank.charged[order.id.text] == nil }

    // MARK: By hand

    /// Somebody moves, deletes, copies or changes an order's file.
    func operatorActs() throws {
        guard let spool = disk.find("spool"), let (directory, name) = anyFile(spool) else { return }
        clock.advance(milliseconds: 5)
        guard let id = OrderID(utf8: name.bytes.dropLast(5)), let node = directory.entries[name] else { return }
        // Into a directory where it counts, or another.
        let targets = Self.queues.map { "queue/" + $0 } + ["done", "cancelled", "rejected", ""]
        switch dice.below(8) {
        case 0:
            trace.note("by hand", "deleted", name.description)
            disk.remove(name, in: directory)
        case 1:
            trace.note("by hand", "changed", name.description)
            node.content.append(32)
            disk.changed(node)
            disk.closedAfterWriting(node)
        case 2:
            guard let target = spool.entries[FileName(unchecked: "queue")]?.entries[FileName(unchecked: dice.pick(Self.queues))],
                target.entries[name] == nil
            else { return }
            trace.note("by hand", "copied", name.description)
            let copy = disk.make(.regular, name, in: target, mode: 0o640)
            copy.content = node.content
            disk.changed(copy)
            disk.closedAfterWriting(copy)
            noteMove(id)
        default:
            if bank.charges["\(id.text):charge"]?.isDone == true, notFound.contains(id) { return }
            guard let target = disk.find("spool/" + dice.pick(targets)), target !== directory else { return }
            trace.note("by hand", "moved", name.description, target.name?.description ?? "")
            disk.rename(name, in: directory, to: target, name)
            noteMove(id)
        }
    }

    /// Orders that are held because the bank has no trace of a charge or refund.
    private var notFound: Set<OrderID> {
        guard let orders = try? daemon?.ledger.queries.orders(stage: .hold, limit: 1000) else { return [] }
        return Set(orders.filter { $0.reason?.hasSuffix("-not-found") == true }.map(\.id))
    }

    private func noteMove(_ id: OrderID) { witness.moved.insert(id) }

    /// A file of an order that is not at its end, by the disk.
    private func anyFile(_ spool: Node) -> (Node, FileName)? {
        var found: [(Node, FileName)] = []
        for queue in Self.queues {
            guard let directory = disk.find("queue/" + queue, from: spool) else { continue }
            for name in directory.entries.keys.sorted() where name.hasPrefix("ord_") && name.count == 35 { found.append((directory, name)) }
        }
        return found.isEmpty ? nil : dice.pick(found)
    }

    // MARK: Receipts

    /// A partner's directory of receipts is gone for a while, with or without what is in it.
    func takeReceiptsAway() {
        let partner = dice.pick(Self.partners)
        guard let receipts = disk.find("spool/partners/\(partner)/receipts"), let orders = receipts.entries[FileName(unchecked: "orders")],
            receipts.entries[FileName(unchecked: "orders.away")] == nil
        else { return }
        trace.note("receipts away", partner)
        if dice.once(in: 2) {
            for node in orders.entries.values { if let id = Witness.dropID(of: node.content) { deletedReceipts.insert(id) } }
            for name in orders.entries.keys.sorted() { disk.remove(name, in: orders) }
            disk.remove(FileName(unchecked: "orders"), in: receipts)
        } else {
            disk.rename(FileName(unchecked: "orders"), in: receipts, to: receipts, FileName(unchecked: "orders.away"))
        }
    }

    /// All that is away comes back, also what a power cut has taken away again.
    func bringReceiptsBack() {
        for partner in Self.partners {
            guard let receipts = disk.find("spool/partners/\(partner)/receipts"), receipts.entries[FileName(unchecked: "orders")] == nil
            else { continue }
            trace.note("receipts back", partner)
            if receipts.entries[FileName(unchecked: "orders.away")] != nil {
                disk.rename(FileName(unchecked: "orders.away"), in: receipts, to: receipts, FileName(unchecked: "orders"))
            } else {
                _ = disk.make(.directory, FileName(unchecked: "orders"), in: receipts, mode: 0o755)
            }
        }
    }
}
