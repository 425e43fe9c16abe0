import Foundation
import Spool
import Stages

/// A call to the gateway that waits for its answer.
struct ParkedCall {
    /// Counted from 1 within a process.
    let number: Int
    let verb: String
    let request: PaymentRequest
    fileprivate let continuation: CheckedContinuation<PaymentAnswer, Never>

    /// Answers it. The pipeline has the answer some time later.
    func answer(_ answer: PaymentAnswer) { continuation.resume(returning: answer) }
}

/// The end of the line that one process of the daemon has: its calls wait here until the world answers them.
///
/// Calls are made by tasks on another thread; the world waits until all of them have come, then picks. So a run is the same every time.
final class SimulatedGateway: PaymentGateway, @unchecked Sendable {
    let name = "simulated"
    // Guards all below.
    private let condition = NSCondition()
    private var parked: [ParkedCall] = []
    private var arrived = 0
    /// The last call that the world knows of: later ones were made by a process that was dead already.
    private var seen = 0
    private var isHungUp = false

    func charge(_ request: PaymentRequest) async -> PaymentAnswer { await park("charge", request) }
    func refund(_ request: PaymentRequest) async -> PaymentAnswer { await park("refund", request) }
    func lookup(_ request: PaymentRequest) async -> PaymentAnswer { await park("lookup", request) }

    private func park(_ verb: String, _ request: PaymentRequest) async -> PaymentAnswer {
        await withCheckedContinuation { continuation in
            let isLate = condition.withLock {
                guard !isHungUp else { return true }
                arrived += 1
                parked.append(ParkedCall(number: arrived, verb: verb, request: request, continuation: continuation))
                condition.broadcast()
                return false
            }
            if isLate { continuation.resume(returning: .unknown("the caller is gone")) }
        }
    }

    /// Waits until so many calls are here, and gives them in the order of their keys.
    func calls(_ count: Int) throws -> [ParkedCall] {
        let deadline = Date().addingTimeInterval(60)
        return try condition.withLock {
            while parked.count < count {
                guard condition.wait(until: deadline) else {
                    throw Violation("the pipeline counts \(count) calls in flight, and \(parked.count) have come in a minute")
                }
            }
            seen = arrived
            parked.sort { ($0.request.key, $0.verb) < ($1.request.key, $1.verb) }
            return parked
        }
    }

    /// Takes a call out, to be answered.
    func take(_ index: Int) -> ParkedCall { condition.withLock { parked.remove(at: index) } }

    /// The caller's process is gone: what waits, and what may still come, is of no matter to anybody.
    ///
    /// - Returns: the calls that were out when it ended.
    func hangUp() -> [ParkedCall] {
        let (left, last) = condition.withLock {
            isHungUp = true
            defer { parked = [] }
            return (parked, seen)
        }
        for call in left { call.answer(.unknown("the caller is gone")) }
        return left.filter { $0.number <= last }
    }
}

/// What really happened at the bank, whatever anybody was told: the same for all processes of a run.
final class Bank {
    /// What became of one key.
    struct Account {
        let order: String
        let amount: Int64
        let currency: String
        let first: Int64
        var isDone = false
        var isDeclined = false
    }

    private let clock: SimulatedClock
    /// By key.
    private(set) var charges: [String: Account] = [:]
    private(set) var refunds: [String: Account] = [:]
    /// How often each order was charged, and paid back.
    private(set) var charged: [String: Int] = [:]
    private(set) var refunded: [String: Int] = [:]
    private(set) var faults: [String] = []
    /// The daemon asks with a key for as long as this, milliseconds; the bank knows it a little longer.
    let keyLife: Int64

    init(clock: SimulatedClock, keyLife: Int64) {
        self.clock = clock
        self.keyLife = keyLife
    }

    /// Charges once, however often it is asked with a key, for as long as it remembers the key.
    func charge(_ request: PaymentRequest, declining: Bool) -> PaymentAnswer {
        var account = account(request, charges)
        if account.isDone { return .done(reference: "bank-" + request.key) }
        if account.isDeclined || declining {
            account.isDeclined = true
            charges[request.key] = account
            return .declined("no funds")
        }
        account.isDone = true
        charges[request.key] = account
        charged[request.orderID, default: 0] += 1
        if charged[request.orderID] != 1 { faults.append("\(request.orderID) was charged twice") }
        if refunded[request.orderID] != nil { faults.append("\(request.orderID) was charged after its refund") }
        return .done(reference: "bank-" + request.key)
    }

    func refund(_ request: PaymentRequest) -> PaymentAnswer {
        var account = account(request, refunds)
        if account.isDone { return .done(reference: "bank-" + request.key) }
        guard charged[request.orderID] != nil else {
            faults.append("\(request.orderID) is to be paid back and was never charged")
            return .declined("nothing was charged")
        }
        account.isDone = true
        refunds[request.key] = account
        refunded[request.orderID, default: 0] += 1
        if refunded[request.orderID] != 1 { faults.append("\(request.orderID) was paid back twice") }
        return .done(reference: "bank-" + request.key)
    }

    /// What became of a key, for as long as anybody may ask.
    func lookup(_ request: PaymentRequest) -> PaymentAnswer {
        let known = request.key.hasSuffix(":refund") ? refunds[request.key] : charges[request.key]
        guard let known else { return .notFound }
        if known.isDone { return .done(reference: "bank-" + request.key) }
        return known.isDeclined ? .declined("no funds") : .notFound
    }

    private func account(_ request: PaymentRequest, _ known: [String: Account]) -> Account {
        let now = clock.trueMilliseconds
        guard let account = known[request.key] else {
            return Account(order: request.orderID, amount: request.amount, currency: request.currency, first: now)
        }
        if account.amount != request.amount || account.currency != request.currency || account.order != request.orderID {
            faults.append("key \(request.key) was used for two different requests")
        }
        // Nobody can tell how long it has been where the wall clock was set back over a restart.
        if now - account.first > keyLife + clock.setBack + 600_000 {
            return Account(order: request.orderID, amount: request.amount, currency: request.currency, first: now)
        }
        return account
    }
}
