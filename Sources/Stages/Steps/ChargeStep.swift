public import Ledger
import Orders

/// Takes the money: on account, or from a payment gateway. Never twice: every attempt bears the same idempotency key.
public struct ChargeStep: Step {
    /// `charge`
    public let name = "charge"
    /// It asks the payment gateway, where there is one.
    public let callsOutside = true

    /// The step.
    public init() {}

    /// The idempotency key of an order's charge.
    static func key(_ order: OrderRecord) -> String { order.id.text + ":charge" }

    /// The idempotency key of an order's refund.
    static func refundKey(_ order: OrderRecord) -> String { order.id.text + ":refund" }

    /// Passes on account what needs no gateway; asks for a call for the rest.
    public func run(_ batch: [OrderRecord], _ context: StepContext) throws(LedgerError) -> [Outcome] {
        batch.map { outcome(for: $0, context) }
    }

    private func outcome(for order: OrderRecord, _ context: StepContext) -> Outcome {
        let request = EffectRequest(
            effect: "charge", key: Self.key(order), amount: order.order.totalAmount, currency: order.order.currency.code)
        switch order.charge {
        case "requested":
            // Its outcome is not known: the same question with the same key, even where the configuration has changed meanwhile.
            return .call(request, isNew: false)
        case "none":
            var advance = Advance()
            if order.order.totalAmount == 0 { return .advance(advance) }
            if context.usesGateway { return .call(request, isNew: true) }
            advance.charge = "account"
            return .advance(advance)
        case "declined": return .declined(Reason("payment-declined", "the payment was declined"))
        default: return .advance(Advance())
        }
    }
}
