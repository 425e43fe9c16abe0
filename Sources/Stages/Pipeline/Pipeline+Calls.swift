import Ledger
import Orders
import Spool

extension Pipeline {
    /// Makes the calls to the gateway that the turn has recorded. Their answers come back through the inbox.
    func makeCalls() {
        guard let gateway = engine.gateway else {
            engine.wantedCalls = []
            return
        }
        for var wanted in engine.wantedCalls {
            wanted.began = clock.bootNanoseconds()
            let call = wanted
            // A command of the same turn may have put it to rest: what rests is not charged.
            guard let order = try? ledger.order(call.orderID), order.stage.isStep || order.stage == .compensate else { continue }
            engine.inFlight[call.orderID] = call
            let inbox = self.inbox
            Task.detached(executorPreference: CallExecutor.shared) {
                let answer: PaymentAnswer
                switch (call.looksUp, call.request.effect) {
                case (true, _): answer = await gateway.lookup(call.payment)
                case (false, "refund"): answer = await gateway.refund(call.payment)
                default: answer = await gateway.charge(call.payment)
                }
                inbox.put(CallResult(call: call, answer: answer))
            }
        }
        engine.wantedCalls = []
    }
}
