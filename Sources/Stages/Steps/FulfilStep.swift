public import Ledger
import Orders

/// Hands the order to the warehouse. The pick request itself is published from the committed event, with the same bytes however often.
public struct FulfilStep: Step {
    /// `fulfil`
    public let name = "fulfil"
    /// The warehouse may have begun: no cancelling after this.
    public let isFinal = true

    /// The step.
    public init() {}

    /// The pieces that were set aside leave the stock.
    public func run(_ batch: [OrderRecord], _ context: StepContext) throws(LedgerError) -> [Outcome] {
        var outcomes: [Outcome] = []
        for order in batch {
            var advance = Advance()
            if order.isReserved {
                advance.stock = .consume
                advance.pieces = try context.ledger.reservations(of: order)
            }
            outcomes.append(.advance(advance))
        }
        return outcomes
    }
}
