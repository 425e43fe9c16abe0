import Orders
import TestSupport

@testable import Ledger

/// Tells a ledger what happens, as intake and the steps would: a clock of its own that goes on by itself, and ids in order.
final class Story {
    /// 2026-03-01T23:50:00Z: a day ends while a story is told.
    static let start = Timestamp(milliseconds: 1_772_409_000_000)

    let ledger: Ledger
    private(set) var now = Story.start
    private var ids = IDGenerator()
    private let random = SeededRandom(11)
    private var inode: UInt64 = 100
    /// Whether it is known when uploads were whole, as it was not before the second version of the tables.
    var finishes = true

    init(_ ledger: Ledger) { self.ledger = ledger }

    func pass(seconds: Int64) { now = Timestamp(milliseconds: now.milliseconds + seconds * 1000) }

    @discardableResult
    func record(_ body: EventBody, _ subject: String = "", document: [UInt8]? = nil) throws -> Int64 {
        pass(seconds: 1)
        return try ledger.record(body, subject: subject, at: now, document: document)
    }

    func partner(_ name: String, _ state: String = "active", role: String = "shop") throws {
        try record(.partnerChanged(PartnerChange(name: name, role: role, state: state)), name)
    }

    func newOrderID() -> OrderID { ids.orderID(milliseconds: now.milliseconds, random: random.next) }
    func newDropID() -> DropID { ids.dropID(milliseconds: now.milliseconds, random: random.next) }

    func facts(_ name: [UInt8], partner: String = "acme", size: Int64 = 120) -> DropFacts {
        inode += 1
        return DropFacts(
            partner: partner, directory: "orders", name: name, device: .max, inode: inode, birth: 1_772_409_000_123_456_789, size: size,
            sha: [UInt8](repeating: UInt8(truncatingIfNeeded: inode), count: 32), received: now, completeness: "renamed",
            finished: finishes ? Timestamp(milliseconds: now.milliseconds - 1500) : nil)
    }

    /// A dropped file of one commit, with these verdicts.
    @discardableResult
    func drop(_ name: String, partner: String = "acme", results: [EntryResult], faults: [Fault] = []) throws -> Int64 {
        try drop(Array(name.utf8), partner: partner, results: results, faults: faults)
    }

    @discardableResult
    func drop(_ name: [UInt8], partner: String = "acme", results: [EntryResult], faults: [Fault] = []) throws -> Int64 {
        var counts = EntryCounts()
        for result in results { counts.add(result.verdict) }
        return try record(
            .dropJudged(facts(name, partner: partner), DropResult(verdict: counts.verdict, results: results, faults: faults)),
            newDropID().text)
    }

    func result(_ index: Int, _ verdict: Verdict, _ id: OrderID? = nil, first: OrderID? = nil, faults: [Fault] = []) -> EntryResult {
        EntryResult(
            index: index, line: index + 1, orderID: id, reference: "R-\(index)", verdict: verdict, firstOrderID: first, faults: faults)
    }

    /// The acceptance of one order, without its drop.
    func accept(
        _ id: OrderID, drop: Int64, entry: Int = 0, partner: String = "acme", key: String?, lines: [OrderLine] = Story.lines,
        to: Stage = Stage("validate"), reason: String? = nil, change: (inout Order) -> Void = { _ in }
    ) throws {
        let total = lines.reduce(Int64(0)) { $0 + $1.quantity * $1.price }
        var order = Order(customerId: "demo\"123\u{e9}", lines: lines, currency: .gbp, totalAmount: total + 250)
        order.shippingAmount = 250
        order.orderReference = key.map { "ref of \($0)" }
        order.country = "GB"
        order.priority = entry % 3
        order.paymentMethod = "card"
        order.paymentToken = "tok_visa"
        order.placedAt = "2026-03-01T12:00:00Z"
        change(&order)
        let document = Array(
            "{\"customerId\":\"demo\\\"123\u{e9}\",\t\"customer\":{\"name\":\"Ann\\u0065\"},\"key\":\"\(key ?? "")\"}\n".utf8)
        let acceptance = Acceptance(
            drop: drop, entry: entry, partner: partner, key: key.map { "k:" + $0 },
            content: key == nil ? [UInt8](repeating: 9, count: 32) : nil, order: order, size: document.count,
            sha: [UInt8](repeating: 3, count: 32), to: to, step: "validate", reason: reason)
        try record(.orderAccepted(acceptance), id.text, document: document)
    }

    static let lines = [
        OrderLine(productId: "PEN", quantity: 2, price: 150), OrderLine(productId: "caf\u{e9}", quantity: 1, price: 999),
        OrderLine(productId: "cafe\u{301}", quantity: 3, price: 10),
    ]

    /// A file with one order in it.
    @discardableResult
    func order(_ key: String?, partner: String = "acme", lines: [OrderLine] = Story.lines) throws -> OrderID {
        let id = newOrderID()
        let drop = try drop("\(key ?? "nameless").json", partner: partner, results: [result(0, .accepted, id)])
        try accept(id, drop: drop, partner: partner, key: key, lines: lines)
        return id
    }

    @discardableResult
    func move(
        _ id: OrderID, _ kind: MoveKind, _ step: String, to: String, next: String, _ change: (inout Move) -> Void = { _ in }
    ) throws -> Int64 {
        var move = Move(kind, step: step, to: Stage(to), next: next)
        change(&move)
        return try record(.orderMoved(move), id.text)
    }

    func validated(_ id: OrderID) throws { try move(id, .advanced, "validate", to: "reserve", next: "reserve") }

    func reserved(_ id: OrderID, _ pieces: [StockCount]) throws {
        try move(id, .advanced, "reserve", to: "charge", next: "charge") {
            $0.stock = .reserve
            $0.pieces = pieces
        }
    }

    func charged(_ id: OrderID) throws {
        try record(.effectRequested(EffectRequest(effect: "charge", key: id.text + "-charge", amount: 1549, currency: "GBP")), id.text)
        try record(.effectSettled(EffectOutcome(effect: "charge", state: "captured", reference: "ch_1")), id.text)
        try move(id, .advanced, "charge", to: "fulfil", next: "fulfil") { $0.charge = "captured" }
    }

    func completed(_ id: OrderID, _ pieces: [StockCount]) throws {
        try move(id, .advanced, "fulfil", to: "notify", next: "notify") {
            $0.stock = .consume
            $0.pieces = pieces
        }
        try move(id, .advanced, "notify", to: "done", next: "") { $0.notification = "order-completed" }
    }
}
