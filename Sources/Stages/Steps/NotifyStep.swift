public import Ledger
import Orders

/// Puts the notification into the outbox, from where it is sent.
public struct NotifyStep: Step {
    /// `notify`
    public let name = "notify"

    /// The step.
    public init() {}

    /// One message an order.
    public func run(_ batch: [OrderRecord], _ context: StepContext) throws(LedgerError) -> [Outcome] {
        batch.map { _ in
            var advance = Advance()
            advance.notification = "order-completed"
            return .advance(advance)
        }
    }
}
