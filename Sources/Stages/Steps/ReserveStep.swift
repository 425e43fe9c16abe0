public import Ledger
import Orders

/// Sets stock aside. Lines of one product count together; an order gets all of its pieces or none.
public struct ReserveStep: Step {
    /// `reserve`
    public let name = "reserve"

    /// The step.
    public init() {}

    /// Orders of one batch are served in its order, each from what those before it have left.
    public func run(_ batch: [OrderRecord], _ context: StepContext) throws(LedgerError) -> [Outcome] {
        var taken: [ExactText: Int64] = [:]
        var outcomes: [Outcome] = []
        outcomes.reserveCapacity(batch.count)
        for order in batch {
            // Done before a crash or a hold: the pieces are set aside already.
            if order.isReserved {
                outcomes.append(.advance(Advance()))
                continue
            }
            try context.ledger.loadLines(of: order)
            outcomes.append(try reserve(order, context, &taken))
        }
        return outcomes
    }

    private func reserve(_ order: OrderRecord, _ context: StepContext, _ taken: inout [ExactText: Int64]) throws(LedgerError) -> Outcome {
        var wanted: [ExactText: Int64] = [:]
        for line in order.order.lines { wanted[ExactText(line.productId), default: 0] += line.quantity }
        var pieces: [StockCount] = []
        for (key, quantity) in wanted.sorted(by: { $0.key.text < $1.key.text }) {
            let product = key.text
            guard let available = try context.ledger.available(product) else {
                if context.policy.unknownStock == .accept || order.isWaived("stock-unknown") { continue }
                let reason = Reason("stock-unknown", "there is no stock row for \(product)")
                return reason.outcome(context.policy.unknownStock) ?? .held(reason)
            }
            let free = available - taken[key, default: 0]
            guard free >= quantity else {
                let reason = Reason("out-of-stock", "ordered \(quantity) of \(product), \(max(0, free)) are free")
                return reason.outcome(context.policy.shortStock) ?? .held(reason)
            }
            pieces.append(StockCount(product: product, quantity: quantity))
        }
        var advance = Advance()
        if !pieces.isEmpty {
            for piece in pieces { taken[ExactText(piece.product), default: 0] += piece.quantity }
            advance.stock = .reserve
            advance.pieces = pieces
        }
        return .advance(advance)
    }
}
