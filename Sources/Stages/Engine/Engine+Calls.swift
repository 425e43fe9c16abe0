import Ledger
import Orders
import Spool

/// One call to the outside, for one order.
struct Call: Sendable {
    let orderID: OrderID
    let partner: String
    let request: EffectRequest
    let payment: PaymentRequest
    /// Asked in vain for longer than a key is good for: look it up instead of asking again.
    var looksUp = false
    /// When it was made, by the boot clock.
    var began: Int64 = 0
    /// The first attempt of its effect.
    var isFirst = false

    init(_ order: OrderRecord, _ request: EffectRequest) {
        orderID = order.id
        partner = order.partner
        self.request = request
        payment = PaymentRequest(
            key: request.key, orderID: order.id.text, amount: request.amount, currency: request.currency,
            method: order.order.paymentMethod, token: order.order.paymentToken,
            chargeKey: request.effect == "refund" ? ChargeStep.key(order) : nil)
    }
}

/// The answer to a call.
struct CallResult: Sendable {
    let call: Call
    let answer: PaymentAnswer
}

extension Engine {
    /// Remembers a call to be made after the commit; its intent is committed before it is made for the first time.
    func want(_ call: Call, isNew: Bool, _ now: Timestamp) throws(LedgerError) {
        guard let order = try ledger.order(call.orderID), !wantedCalls.contains(where: { $0.orderID == call.orderID }) else { return }
        guard gateway != nil else {
            let reason = Reason(
                "payment-no-gateway", "the \(call.request.effect) must be asked for at a payment gateway, and payment.gateway names none")
            try hold(order, reason, by: nil, at: now)
            return
        }
        // More than may run at once wait in their directory, and are drawn when a call has ended.
        guard inFlight.count + wantedCalls.count < policy.paymentConcurrency else {
            backlog.insert(order.stage)
            return
        }
        guard breaker.allows(at: steady.milliseconds) else {
            try deferOrFail(order, Reason("payment-breaker-open", "the payment gateway fails; no calls for now"), counts: false, at: now)
            return
        }
        // While it is tripped, one call is enough to see whether the gateway is back.
        if breaker.isTripped, !inFlight.isEmpty || !wantedCalls.isEmpty {
            backlog.insert(order.stage)
            return
        }
        var call = call
        if isNew {
            try ledger.record(.effectRequested(call.request), subject: order.id.text, at: now)
        } else if let known = try ledger.queries.effects(order: order.seq).first(where: { $0.effect == call.request.effect }) {
            // The latest of all clocks: a wall clock that was set back must not make an old key young.
            let latest = max(now, steady, ledger.head.at)
            call.looksUp = latest.milliseconds - known.requested.milliseconds > policy.keyLife
        }
        call.isFirst = isNew
        wantedCalls.append(call)
    }

    /// Whether nearly every order of a stage needs a call to the outside.
    func waitsForCalls(_ stage: Stage) -> Bool {
        gateway != nil && (stage == .compensate || steps.contains { $0.callsOutside && $0.name == stage.name })
    }

    /// Calls that may be made now beside those that are out or wanted. One while the breaker is tripped, to see whether the gateway is back.
    var freeCalls: Int {
        // While no call is allowed they are all deferred.
        guard breaker.allows(at: steady.milliseconds) else { return policy.slice }
        let busy = inFlight.count + wantedCalls.count
        return breaker.isTripped ? max(0, 1 - busy) : max(0, policy.paymentConcurrency - busy)
    }

    /// Takes the answer to a call.
    func take(_ result: CallResult, at now: Timestamp) throws(LedgerError) {
        // Of this call only: a second answer must not make the next call look answered.
        if inFlight[result.call.orderID]?.request.key == result.call.request.key { inFlight[result.call.orderID] = nil }
        guard let order = try ledger.order(result.call.orderID) else { return }
        let effect = result.call.request.effect
        meters.count(result.answer, isRefund: effect == "refund", nanoseconds: clock.bootNanoseconds() - result.call.began)
        let isExpected = order.charge == (effect == "charge" ? "requested" : "refund-requested")
        switch result.answer {
        case .done(let reference):
            breaker.succeeded()
            // Answered before, or twice: once is recorded.
            guard isExpected else { return }
            let state = effect == "charge" ? "captured" : "refunded"
            try ledger.record(
                .effectSettled(EffectOutcome(effect: effect, state: state, reference: reference)), subject: order.id.text, at: now)
            try goOn(order, at: now)
        case .declined(let why):
            breaker.succeeded()
            guard isExpected else { return }
            if effect == "refund" {
                try putOff(order, Reason("refund-declined", why), at: now)
                return
            }
            try ledger.record(
                .effectSettled(EffectOutcome(effect: effect, state: "declined", reference: nil)), subject: order.id.text, at: now)
            if order.stage == .compensate {
                try compensate(order, at: now)
            } else if order.stage.isStep {
                try decline(order, Reason("payment-declined", why), at: now)
                if order.stage == .compensate { try compensate(order, at: now) }
            }
        case .unavailable(let why):
            breaker.failed(at: steady.milliseconds, threshold: policy.breakerThreshold, pause: policy.breakerPause)
            // The first attempt surely did nothing: nothing is open at the gateway, and the key's life has not begun.
            if result.call.isFirst, isExpected, effect == "charge" {
                try ledger.record(
                    .effectSettled(EffectOutcome(effect: effect, state: "none", reference: nil)), subject: order.id.text, at: now)
            }
            try putOff(order, Reason(effect + "-unavailable", why), at: now)
        case .unknown(let why):
            breaker.failed(at: steady.milliseconds, threshold: policy.breakerThreshold, pause: policy.breakerPause)
            try putOff(order, Reason(effect + "-uncertain", why), at: now)
        case .notFound:
            breaker.succeeded()
            guard order.stage.isStep || order.stage == .compensate else { return }
            // A reason of its own: who released the order when its attempts were used up has not judged this.
            if isExpected, order.isWaived(effect + "-not-found") {
                // A person has looked and let it go on: it was not done.
                let state = effect == "charge" ? "none" : "captured"
                try ledger.record(
                    .effectSettled(EffectOutcome(effect: effect, state: state, reference: nil)), subject: order.id.text, at: now)
                try goOn(order, at: now)
            } else {
                let reason = Reason(
                    effect + "-not-found", "the gateway knows nothing of key \(result.call.request.key), and the key's life is over")
                try hold(order, reason, by: nil, at: now)
            }
        }
    }

    /// After an answer: on with the order where it waits for just this. A held order stays held.
    private func goOn(_ order: OrderRecord, at now: Timestamp) throws(LedgerError) {
        if order.stage == .compensate {
            try compensate(order, at: now)
        } else if order.stage.isStep {
            try run([order], at: now)
        }
    }

    private func putOff(_ order: OrderRecord, _ reason: Reason, at now: Timestamp) throws(LedgerError) {
        guard order.stage.isStep || order.stage == .compensate else { return }
        try deferOrFail(order, reason, at: now)
    }

    // MARK: Undoing

    /// Undoes what was done for an order that is cancelled or declined: asks what is not known, gives money back, frees stock, each once.
    func compensate(_ order: OrderRecord, at now: Timestamp) throws(LedgerError) {
        let amount = order.order.totalAmount
        let currency = order.order.currency.code
        switch order.charge {
        case "requested":
            // It may have been done. The same key tells, and makes it definite; then it is given back.
            let request = EffectRequest(effect: "charge", key: ChargeStep.key(order), amount: amount, currency: currency)
            try want(Call(order, request), isNew: false, now)
        case "captured", "refund-requested":
            let request = EffectRequest(effect: "refund", key: ChargeStep.refundKey(order), amount: amount, currency: currency)
            try want(Call(order, request), isNew: order.charge == "captured", now)
        default:
            let ending = order.ending ?? .cancelled
            var move = Move(.compensated, step: order.step, to: ending, next: order.step, reason: order.reason, detail: order.detail)
            if order.charge == "account" { move.charge = "credited" }
            if order.isReserved {
                move.stock = .release
                move.pieces = try ledger.reservations(of: order)
            }
            try record(move, for: order, at: now)
        }
    }
}
