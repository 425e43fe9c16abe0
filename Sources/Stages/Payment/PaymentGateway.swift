/// A request to a payment gateway. Every attempt of one charge or refund is the same value.
public struct PaymentRequest: Sendable, Equatable {
    /// The idempotency key: the gateway must do the same thing once, however often it is asked with it.
    public var key: String
    /// The order's id.
    public var orderID: String
    /// Minor units of the currency.
    public var amount: Int64
    /// ISO 4217.
    public var currency: String
    /// The order's payment method, where it names one.
    public var method: String?
    /// The order's payment token, where it bears one.
    public var token: String?
    /// The key of the charge that a refund gives back.
    public var chargeKey: String?

    /// A request of these parts.
    public init(
        key: String, orderID: String, amount: Int64, currency: String, method: String?, token: String?, chargeKey: String? = nil
    ) {
        self.key = key
        self.orderID = orderID
        self.amount = amount
        self.currency = currency
        self.method = method
        self.token = token
        self.chargeKey = chargeKey
    }
}

/// What a gateway answered, or why there is no answer.
public enum PaymentAnswer: Sendable, Equatable {
    /// Done, with the gateway's own reference.
    case done(reference: String)
    /// Refused for good, with the gateway's reason.
    case declined(String)
    /// It was not done: nobody was reached, or the gateway said so. It may be asked again.
    case unavailable(String)
    /// It may have been done or not: no answer came in time. It is asked again with the same key.
    case unknown(String)
    /// The gateway has no trace of this key (an answer to `lookup` only).
    case notFound
}

/// A payment gateway. Implementations answer within their own time limit, and may be asked by several tasks at once.
public protocol PaymentGateway: Sendable {
    /// The gateway's name, for logs and metrics.
    var name: String { get }
    /// Takes money.
    func charge(_ request: PaymentRequest) async -> PaymentAnswer
    /// Gives it back.
    func refund(_ request: PaymentRequest) async -> PaymentAnswer
    /// Asks what became of a key, without doing anything.
    func lookup(_ request: PaymentRequest) async -> PaymentAnswer
}
