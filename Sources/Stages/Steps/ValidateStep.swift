public import Ledger
import Orders

/// Whether an order that could be read is one that this seller wants: known products, sensible amounts, a customer who may order.
public struct ValidateStep: Step {
    /// `validate`
    public let name = "validate"

    /// The step.
    public init() {}

    /// Judges each order by itself. What a person has let through is not held for the same reason again.
    public func run(_ batch: [OrderRecord], _ context: StepContext) throws(LedgerError) -> [Outcome] {
        var outcomes: [Outcome] = []
        outcomes.reserveCapacity(batch.count)
        for order in batch {
            try context.ledger.loadLines(of: order)
            outcomes.append(try judge(order, context) ?? .advance(Advance()))
        }
        return outcomes
    }

    private func judge(_ order: OrderRecord, _ context: StepContext) throws(LedgerError) -> Outcome? {
        let policy = context.policy
        if policy.blockedCustomers.contains(order.order.customerId) {
            return .declined(Reason("customer-blocked", "the customer is blocked by the configuration"))
        }
        if context.hasCatalogue, policy.unknownProduct != .accept, !order.isWaived("unknown-product") {
            for (index, line) in order.order.lines.enumerated() where !(try context.ledger.queries.isKnown(product: line.productId)) {
                return Reason("unknown-product", "line \(index + 1) orders \(line.productId), which the catalogue does not name")
                    .outcome(policy.unknownProduct)
            }
        }
        for (index, line) in order.order.lines.enumerated() {
            if line.quantity > policy.maximumQuantity, !order.isWaived("quantity-over-limit") {
                let reason = Reason(
                    "quantity-over-limit", "line \(index + 1) orders \(line.quantity) pieces, the limit is \(policy.maximumQuantity)")
                if let outcome = reason.outcome(policy.overLimit) { return outcome }
            }
            if line.price == 0, !order.isWaived("price-zero") {
                if let outcome = Reason("price-zero", "line \(index + 1) has a price of zero").outcome(policy.zeroPrice) { return outcome }
            }
        }
        let limit = scaled(policy.maximumAmount, to: order.order.currency.digits)
        // A discount may hide what the lines come to.
        let largest = max(order.order.totalAmount, largestPart(order.order))
        if largest > limit, !order.isWaived("amount-over-limit") {
            let digits = order.order.currency.digits
            let reason = Reason(
                "amount-over-limit",
                "the total, or a part of it, is \(decimalText(largest, digits: digits)), the limit is \(decimalText(limit, digits: digits))"
            )
            if let outcome = reason.outcome(policy.overLimit) { return outcome }
        }
        if order.order.totalDifference != 0, !order.isWaived("total-mismatch") {
            let difference = decimalText(order.order.totalDifference, digits: order.order.currency.digits)
            return .held(Reason("total-mismatch", "the total differs by \(difference) from the sum of its parts"))
        }
        return nil
    }

    /// The largest of the amounts that make up the total.
    private func largestPart(_ order: Order) -> Int64 {
        var largest = max(order.taxAmount, order.shippingAmount, order.discountAmount)
        for line in order.lines {
            let (amount, overflow) = line.quantity.multipliedReportingOverflow(by: line.price)
            largest = max(largest, overflow ? .max : amount)
        }
        return largest
    }

    /// A limit given with two digits, in minor units of a currency with others.
    private func scaled(_ amount: Int64, to digits: Int) -> Int64 {
        switch digits {
        case 0: return amount / 100
        case 3: return amount.multipliedReportingOverflow(by: 10).partialValue
        case 4: return amount.multipliedReportingOverflow(by: 100).partialValue
        default: return amount
        }
    }
}
