/// The memory that one pass leaves to the next.
struct OrderScratch: Sendable {
    var lines: [PendingLine] = []
    var names: [StringToken] = []
    var manyNames: Set<ManyName> = []
    var decoded: [UInt8] = []

    /// Hands the memory over and keeps none of it.
    mutating func take() -> OrderScratch {
        let taken = self
        self = OrderScratch()
        return taken
    }

    mutating func clear() {
        lines.removeAll(keepingCapacity: true)
        names.removeAll(keepingCapacity: true)
        if !manyNames.isEmpty { manyNames = [] }
        // One order of 10,000 lines must not hold its memory for ever.
        if decoded.capacity > 1 << 16 { decoded = [] }
        if lines.capacity > 1 << 12 { lines = [] }
        if names.capacity > 1 << 12 { names = [] }
    }
}

/// A line before the order's currency is known.
struct PendingLine: Sendable {
    var productId: String
    var quantity: Int64
    var price: Amount
}

/// A member's name in an object that has many.
struct ManyName: Hashable, Sendable {
    /// Where the object begins.
    var object: Int
    var name: [UInt8]
}
