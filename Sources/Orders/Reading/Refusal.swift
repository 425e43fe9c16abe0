/// Why a text is not taken as an order, completely.
public struct Refusal: Sendable, Equatable {
    /// Every fault, by its place in the text; never empty. A member that is missing stands at the place of the object it is missing from.
    /// At most 100, then one of code ``FaultCode/moreFaults``. A fault of the JSON itself ends the reading, so nothing after it is judged.
    public let faults: [Fault]
    /// The order's reference, where one could be read.
    public let orderReference: String?
    /// The customer, where one could be read.
    public let customerId: String?
    /// Whether the one and only fault is that the input ended too soon, so that more bytes could mend it.
    public let endsEarly: Bool
    /// Where card numbers lie in the text's bytes, ascending, for ``CardNumbers/mask(_:in:)``. Complete even where the list of faults is
    /// cut, and past a fault of the JSON too.
    public let cardNumbers: [Range<Int>]

    /// A refusal of these parts.
    public init(
        faults: [Fault], orderReference: String? = nil, customerId: String? = nil, endsEarly: Bool = false, cardNumbers: [Range<Int>] = []
    ) {
        self.faults = faults
        self.orderReference = orderReference
        self.customerId = customerId
        self.endsEarly = endsEarly
        self.cardNumbers = cardNumbers
    }
}

/// What became of one text that should be an order.
public enum OrderReading: Sendable, Equatable {
    /// It is one.
    case order(Order)
    /// It is none, and why.
    case refused(Refusal)
}
