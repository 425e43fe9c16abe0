/// One order, as far as the daemon acts on it. What else the partner wrote stays in the order's file.
///
/// Every amount is in minor units of ``currency``. An order that ``OrderReader`` gives has at least one line, no negative amount, and a
/// total that is the sum of its parts but for ``totalDifference``.
public struct Order: Sendable, Equatable {
    /// Who orders, in the partner's terms: 1 to 200 characters.
    public var customerId: String
    /// What is ordered, in the order of the file. One product may stand on several lines.
    public var lines: [OrderLine]
    /// The currency of every amount: the order's own, else the default of the rules it was read by.
    public var currency: Currency
    /// What is to be charged.
    public var totalAmount: Int64
    /// Tax in addition to the lines' prices.
    public var taxAmount: Int64
    /// Shipping in addition to the lines' prices.
    public var shippingAmount: Int64
    /// Discount taken off, a positive number.
    public var discountAmount: Int64
    /// The partner's own number for the order: 1 to 200 characters.
    public var orderReference: String?
    /// The key under which the partner repeats an order without making a second one: 1 to 200 characters.
    public var idempotencyKey: String?
    /// When the partner's customer placed the order: RFC 3339, as it was written.
    public var placedAt: String?
    /// Where to, in the partner's spelling: up to 60 characters.
    public var country: String?
    /// How it is paid: up to 40 characters.
    public var paymentMethod: String?
    /// What stands for the payment at the gateway; never a card number.
    public var paymentToken: String?
    /// -9 to 9; higher goes first among one partner's orders. 0 where the order does not say.
    public var priority: Int
    /// ``totalAmount`` less what lines, tax, shipping and discount come to. Not zero only where the rules let it through: within the
    /// tolerance, or with ``ReadingRules/TotalMismatch/letThrough``.
    public var totalDifference: Int64

    /// An order of these parts. Nothing is checked: that is ``OrderReader``'s part.
    public init(
        customerId: String, lines: [OrderLine], currency: Currency, totalAmount: Int64, taxAmount: Int64 = 0, shippingAmount: Int64 = 0,
        discountAmount: Int64 = 0, orderReference: String? = nil, idempotencyKey: String? = nil, placedAt: String? = nil,
        country: String? = nil,
        paymentMethod: String? = nil, paymentToken: String? = nil, priority: Int = 0, totalDifference: Int64 = 0
    ) {
        self.customerId = customerId
        self.lines = lines
        self.currency = currency
        self.totalAmount = totalAmount
        self.taxAmount = taxAmount
        self.shippingAmount = shippingAmount
        self.discountAmount = discountAmount
        self.orderReference = orderReference
        self.idempotencyKey = idempotencyKey
        self.placedAt = placedAt
        self.country = country
        self.paymentMethod = paymentMethod
        self.paymentToken = paymentToken
        self.priority = priority
        self.totalDifference = totalDifference
    }

    /// Pieces over all lines.
    public var units: Int64 {
        var sum: Int64 = 0
        for line in lines { sum &+= line.quantity }
        return sum
    }
}
