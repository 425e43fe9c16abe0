import Ledger
import Orders
import Spool

/// Takes orders through the steps: asks each step about a batch, records what becomes of each order, and remembers which files must move
/// and which calls must be made once the batch is committed.
final class Engine {
    let steps: [any Step]
    let ledger: Ledger
    let places: Places
    var policy: Policy
    let gateway: (any PaymentGateway)?
    let random: any RandomSource
    /// Steps that stand still by hand.
    var paused: Set<String> = []
    var hasCatalogue = false
    /// Calls that the batch asks for, made after its commit.
    var wantedCalls: [Call] = []
    /// Orders whose call has not been answered yet.
    var inFlight: [OrderID: Call] = [:]
    var breaker = CircuitBreaker()
    /// The time of this turn by a clock that nobody sets: waits are counted by it.
    var steady = Timestamp(milliseconds: 0)
    /// What it counts, and the clock that it does so by.
    var meters: Meters
    let clock: any Clock
    /// Stages where orders may lie that nobody has in hand.
    var backlog: Set<Stage> = []
    private let indexes: [String: Int]

    init(
        steps: [any Step], ledger: Ledger, places: Places, policy: Policy, gateway: (any PaymentGateway)?, random: any RandomSource,
        clock: any Clock
    ) {
        self.clock = clock
        meters = Meters(steps: steps.map(\.name))
        self.steps = steps
        self.ledger = ledger
        self.places = places
        self.policy = policy
        self.gateway = gateway
        self.random = random
        indexes = Dictionary(uniqueKeysWithValues: steps.enumerated().map { ($1.name, $0) })
    }

    /// The place of a step among the steps; behind the last for a step that is empty or unknown.
    func index(of step: String) -> Int { indexes[step] ?? steps.count }

    /// The stage of an order's next step; done when there is none.
    func stage(of step: String) -> Stage { step.isEmpty ? .done : Stage(step) }

    /// Records a move, and remembers that the order's file must follow.
    func record(_ move: Move, for order: OrderRecord, at now: Timestamp) throws(LedgerError) {
        let before = order.stage
        try ledger.record(.orderMoved(move), subject: order.id.text, at: now)
        places.move(order, from: before)
        meters.count(move.kind, step: index(of: move.step))
    }

    // MARK: Steps

    /// Takes orders that lie at steps as far as they come without an answer from outside. An order that comes to its end, rests, or waits
    /// for a call is left there; one commit covers all that happened.
    func run(_ orders: [OrderRecord], at now: Timestamp) throws(LedgerError) {
        let context = StepContext(
            ledger: ledger, policy: policy, now: now, usesGateway: gateway != nil, hasCatalogue: hasCatalogue)
        for (index, step) in steps.enumerated() {
            let stage = Stage(step.name)
            let batch = orders.filter { $0.stage == stage && inFlight[$0.id] == nil }
            if batch.isEmpty { continue }
            if paused.contains(step.name) {
                backlog.insert(stage)
                continue
            }
            let began = clock.bootNanoseconds()
            let outcomes = try step.run(batch, context)
            meters.stepTimes[index].observe(clock.bootNanoseconds() - began)
            for (order, outcome) in zip(batch, outcomes) { try take(outcome, order, index, now) }
        }
        for order in orders where order.stage == .compensate && inFlight[order.id] == nil { try compensate(order, at: now) }
    }

    private func take(_ outcome: Outcome, _ order: OrderRecord, _ index: Int, _ now: Timestamp) throws(LedgerError) {
        let step = steps[index].name
        switch outcome {
        case .advance(let advance):
            let next = index + 1 < steps.count ? steps[index + 1].name : ""
            var move = Move(.advanced, step: step, to: stage(of: next), next: next)
            move.stock = advance.stock
            move.pieces = advance.pieces
            move.charge = advance.charge
            move.notification = advance.notification
            try record(move, for: order, at: now)
        case .deferred(let reason): try deferOrFail(order, reason, at: now)
        case .held(let reason): try hold(order, reason, by: nil, at: now)
        case .failed(let reason): try fail(order, reason, by: nil, at: now)
        case .declined(let reason): try decline(order, reason, at: now)
        case .call(let request, let isNew): try want(Call(order, request), isNew: isNew, now)
        }
    }

    // MARK: Rests

    func hold(_ order: OrderRecord, _ reason: Reason, by: String?, at now: Timestamp) throws(LedgerError) {
        let move = Move(
            .held, step: order.step, to: .hold, next: order.step, reason: reason.code, detail: reason.detail, attempts: order.attempts,
            by: by)
        try record(move, for: order, at: now)
    }

    func fail(_ order: OrderRecord, _ reason: Reason, by: String?, at now: Timestamp) throws(LedgerError) {
        let move = Move(
            .failed, step: order.step, to: .failed, next: order.step, reason: reason.code, detail: reason.detail, attempts: order.attempts,
            by: by)
        try record(move, for: order, at: now)
    }

    /// Puts an order off after a fault that may pass, or fails it where its attempts are used up.
    ///
    /// - Parameter counts: whether this was an attempt; it is none while a circuit breaker is open.
    func deferOrFail(_ order: OrderRecord, _ reason: Reason, counts: Bool = true, at now: Timestamp) throws(LedgerError) {
        let attempts = order.attempts + (counts ? 1 : 0)
        if attempts >= policy.retryLimit {
            // An outcome that nobody knows is no failure to be tried again at will: a person must look first.
            let isUncertain = reason.code.hasSuffix("-uncertain")
            let move = Move(
                isUncertain ? .held : .failed, step: order.step, to: isUncertain ? .hold : .failed, next: order.step, reason: reason.code,
                detail: reason.detail + "; \(attempts) attempts", attempts: attempts)
            try record(move, for: order, at: now)
            return
        }
        let wait = Backoff.wait(attempt: max(1, attempts), base: policy.retryBase, cap: policy.retryCap, random: random)
        let move = Move(
            .deferred, step: order.step, to: .deferred, next: order.step, reason: reason.code, detail: reason.detail, attempts: attempts,
            nextAttempt: Timestamp(
                milliseconds: steady.milliseconds + (counts ? wait : max(wait, breaker.remaining(at: steady.milliseconds)))))
        try record(move, for: order, at: now)
    }

    /// Ends an order that a step refuses, after undoing what was done for it.
    func decline(_ order: OrderRecord, _ reason: Reason, at now: Timestamp) throws(LedgerError) {
        let isClean = !order.isReserved && (order.charge == "none" || order.charge == "declined")
        let move = Move(
            .declined, step: order.step, to: isClean ? .rejected : .compensate, next: order.step, reason: reason.code,
            detail: reason.detail,
            ending: .rejected)
        try record(move, for: order, at: now)
    }

    /// Lets a resting order go on with its first step that is not done, or with its compensation where that had begun.
    func letGoOn(_ order: OrderRecord, _ kind: MoveKind, by: String?, reason: String?, at now: Timestamp) throws(LedgerError) {
        let target = order.ending == nil ? stage(of: order.step) : .compensate
        let attempts = kind == .retried ? 0 : order.attempts
        let move = Move(kind, step: order.step, to: target, next: order.step, detail: reason, attempts: attempts, by: by)
        try record(move, for: order, at: now)
    }
}

/// Exponential backoff with full jitter: a random wait between nothing and a bound that doubles with each attempt, up to a cap.
/// (The "full jitter" of the AWS Architecture Blog, "Exponential Backoff And Jitter", 2015.)
enum Backoff {
    /// Milliseconds to wait after an attempt, counted from 1. At least one, so that an order never spins.
    static func wait(attempt: Int, base: Int64, cap: Int64, random: any RandomSource) -> Int64 {
        let exponent = min(max(0, attempt - 1), 40)
        let (product, overflow) = base.multipliedReportingOverflow(by: Int64(1) << Int64(exponent))
        let bound = max(1, overflow ? cap : min(cap, product))
        return 1 + Int64(random.next() % UInt64(bound))
    }
}

/// Keeps calls away from a service that fails again and again, and lets one through now and then to see whether it is back.
struct CircuitBreaker {
    private var failures = 0
    private var openUntil: Int64 = .min

    /// Whether a call may be made. An expired pause lets one call through; its failure opens the breaker again at once.
    func allows(at now: Int64) -> Bool { now >= openUntil }

    /// Milliseconds until a call may be made.
    func remaining(at now: Int64) -> Int64 { max(0, openUntil == .min ? 0 : openUntil - now) }

    /// True while it keeps calls away, or is about to try one.
    var isTripped: Bool { openUntil != .min }

    mutating func succeeded() {
        failures = 0
        openUntil = .min
    }

    mutating func failed(at now: Int64, threshold: Int, pause: Int64) {
        failures += 1
        if failures >= threshold { openUntil = now + pause }
    }
}
