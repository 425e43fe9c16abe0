/// One line of an order: so many pieces of one product at one price.
public struct OrderLine: Sendable, Equatable {
    /// The product in the partner's terms: 1 to 200 characters.
    public var productId: String
    /// Pieces, 1 to 1,000,000,000.
    public var quantity: Int64
    /// What one piece costs, in minor units of the order's currency; zero is read, and left to the order's later steps.
    public var price: Int64

    /// A line of these parts; nothing is checked.
    public init(productId: String, quantity: Int64, price: Int64) {
        self.productId = productId
        self.quantity = quantity
        self.price = price
    }
}
