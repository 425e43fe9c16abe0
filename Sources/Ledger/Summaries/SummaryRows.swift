public import Orders

/// What came of the orders of one hour.
public struct HourTotal: Sendable, Equatable {
    /// Hours since 1970, UTC.
    public let hour: Int64
    /// Orders accepted in that hour.
    public let accepted: Int64
    /// Orders completed.
    public let completed: Int64
    /// Orders cancelled.
    public let cancelled: Int64
    /// Orders refused by a step.
    public let rejected: Int64
    /// How often an order went to `failed/`.
    public let failed: Int64
    /// How often an order went to `hold/`.
    public let held: Int64
}

/// Completed orders that have a product, a country or a partner in common. Of a product, orders counts the lines that name it.
public struct SalesTotal: Sendable, Equatable {
    /// The product's id, the country's code (empty where the order names none), or the partner's name.
    public let name: String
    /// A name for people: the product's in the catalogue, where there is one.
    public let title: String?
    /// ISO 4217. Amounts of two currencies are never added.
    public let currency: String
    /// Completed orders.
    public let orders: Int64
    /// Pieces.
    public let units: Int64
    /// Minor units of the currency.
    public let amount: Int64

    /// A total of these parts.
    public init(name: String, title: String?, currency: String, orders: Int64, units: Int64, amount: Int64) {
        self.name = name
        self.title = title
        self.currency = currency
        self.orders = orders
        self.units = units
        self.amount = amount
    }
}

/// Refusals for one reason.
public struct RefusalTotal: Sendable, Equatable {
    /// File, order of a file, or an accepted order by a step.
    public let what: Refused
    /// The stable code, or the step's reason.
    public let code: String
    /// Whose.
    public let partner: String
    /// How many.
    public let count: Int64
    /// One of them, the newest day's first.
    public let example: RefusalExample
}

/// Customers with a completed order on one day.
public struct CustomerTotal: Sendable, Equatable {
    /// The UTC day.
    public let day: String
    /// Customers whose first completed order it was.
    public let new: Int64
    /// Customers who had one on an earlier day.
    public let returning: Int64
}

/// Orders that are at one stage longer than they should be.
public struct LateOrders: Sendable, Equatable {
    /// Where they are.
    public let stage: Stage
    /// How many.
    public let count: Int64
    /// When the oldest of them was accepted.
    public let oldest: Timestamp
}
