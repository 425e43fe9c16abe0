import Crypto
import Glibc
import Ledger
import Orders
import Spool

/// Makes a spool with a long history, as orderd would have left it after the files of ended orders were removed.
///
///     make-history SPOOL ORDERS DAYS
///
/// Every event goes through the ledger's own verbs, so that its tables, its journal and the hash chain are what orderd writes; only the files are not
/// made. The orders have two lines each, come in files of a thousand, are completed, and are spread over so many days that end yesterday.
@main
struct MakeHistory {
    private static let perDrop = 1000
    private static let steps = ["validate", "reserve", "charge", "fulfil", "notify"]
    private static let dayMilliseconds: Int64 = 86_400_000

    static func main() throws {
        let arguments = CommandLine.arguments
        guard arguments.count == 4, let orders = Int(arguments[2]), let days = Int64(arguments[3]), orders > 0, days > 0 else {
            print("usage: make-history SPOOL ORDERS DAYS")
            exit(64)
        }
        umask(0o027)
        let now = SystemClock().wallMilliseconds()
        let end = now / dayMilliseconds * dayMilliseconds - 1
        var history = try History(root: arguments[1], steps: steps, from: end - days * dayMilliseconds)
        var made = 0
        while made < orders {
            let count = min(perDrop, orders - made)
            let at = end - days * dayMilliseconds + Int64(Double(days * dayMilliseconds) * Double(made) / Double(orders))
            try history.drop(first: made, count: count, steps: steps, at: Timestamp(milliseconds: at))
            made += count
            if made % 100_000 == 0 || made == orders { print("\(made) orders") }
        }
        try history.close()
    }
}

/// The ledger of such a spool.
private struct History {
    private static let partner = "history"
    private let ledger: Ledger
    /// Owns the descriptors that the journal writes by.
    private let tree: SpoolTree
    private var ids = IDGenerator()
    private let random = SystemRandom()
    private var reader = OrderReader()
    private var state: UInt64 = 1

    init(root: String, steps: [String], from start: Int64) throws {
        let files = SystemFiles()
        tree = try SpoolTree.create(root: root, steps: steps, files: files)
        let at = Timestamp(milliseconds: start)
        ledger =
            try Ledger.open(
                path: root + "/" + SpoolTree.state + "/ledger.sqlite", journal: try tree.directory(SpoolTree.journal), files: files,
                random: random, now: at, hasHistory: false
            ).ledger
        for (name, role) in [("warehouse", "warehouse"), (Self.partner, "shop")] {
            try tree.createPartner(name)
            try ledger.record(.partnerChanged(PartnerChange(name: name, role: role, state: "active")), subject: name, at: at)
        }
        try ledger.commit()
    }

    /// One dropped file of completed orders, in one commit, as the pipeline records it.
    mutating func drop(first: Int, count: Int, steps: [String], at: Timestamp) throws {
        var documents: [[UInt8]] = []
        var names: [OrderID] = []
        var results: [EntryResult] = []
        var orders: [Order] = []
        var file: [UInt8] = []
        for index in 0..<count {
            let reference = "H-\(first + index)"
            let document = Array(text(reference).utf8)
            guard case .order(let order) = reader.read(document) else { fatalError("an order is refused") }
            let id = ids.orderID(milliseconds: at.milliseconds, random: random.next)
            results.append(
                EntryResult(
                    index: index, line: index + 1, orderID: id, reference: reference, verdict: .accepted, firstOrderID: nil, faults: []))
            documents.append(document)
            names.append(id)
            orders.append(order)
            file += document
            file.append(UInt8(ascii: "\n"))
        }
        // No file of any spool has device 0.
        let facts = DropFacts(
            partner: Self.partner, directory: "orders", name: Array("history-\(first).ndjson".utf8), device: 0, inode: UInt64(first),
            birth: at.milliseconds * 1_000_000, size: Int64(file.count), sha: digest(file), received: at, completeness: "renamed",
            finished: Timestamp(milliseconds: at.milliseconds - 20 - Int64(first / 1000 * 37 % 900)))
        let id = ids.dropID(milliseconds: at.milliseconds, random: random.next)
        let drop = try ledger.record(
            .dropJudged(facts, DropResult(verdict: .accepted, results: results, faults: [])), subject: id.text, at: at)
        for index in 0..<count {
            let acceptance = Acceptance(
                drop: drop, entry: index, partner: Self.partner, key: "r:H-\(first + index)", content: nil, order: orders[index],
                size: documents[index].count, sha: digest(documents[index]), to: Stage(steps[0]), step: steps[0])
            try ledger.record(.orderAccepted(acceptance), subject: names[index].text, at: at, document: documents[index])
        }
        for (number, step) in steps.enumerated() {
            let next = number + 1 < steps.count ? steps[number + 1] : ""
            for name in names {
                let move = Move(
                    .advanced, step: step, to: next.isEmpty ? .done : Stage(next), next: next, charge: step == "charge" ? "account" : nil,
                    notification: next.isEmpty ? "order-completed" : nil)
                try ledger.record(.orderMoved(move), subject: name.text, at: at)
            }
        }
        try ledger.commit()
        if ledger.logPages > 16_384 { try ledger.finishCheckpoint() }
    }

    /// Nothing is left to publish, and the stop was clean.
    func close() throws {
        ledger.setCursor("publish", to: ledger.head.seq)
        ledger.setMark("stop", to: "clean")
        try ledger.commit()
        ledger.close()
    }

    private func digest(_ bytes: [UInt8]) -> [UInt8] { Array(SHA256.hash(data: bytes)) }

    private mutating func next(_ limit: Int) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int(state >> 33) % limit
    }

    private mutating func text(_ reference: String) -> String {
        var total = 0
        let first = next(10_000)
        let items = [first, (first + 1 + next(9_000)) % 10_000].map { product in
            let (quantity, price) = (1 + next(5), 1000 + next(90_000))
            total += quantity * price
            return #"{"productId":"ITEM\#(product)","quantity":\#(quantity),"price":\#(amount(price))}"#
        }
        return #"{"customerId":"C\#(next(10_000))","orderReference":"\#(reference)","currency":"GBP","totalAmount":\#(amount(total)),"#
            + #""items":[\#(items.joined(separator: ","))],"shipTo":{"name":"Ada Example","line1":"1 Sample Street","city":"London","#
            + #""postcode":"N1 0AA","country":"GB"}}"#
    }

    private func amount(_ minor: Int) -> String { "\(minor / 100).\(minor % 100 / 10)\(minor % 10)" }
}
