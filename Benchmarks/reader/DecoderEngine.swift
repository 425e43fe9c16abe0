import Foundation

/// An order as a `Decodable` type, without any check of its content.
protocol DecodedOrder: Decodable {
    var minorUnits: Int64 { get }
    var lineCount: Int { get }
}

/// With binary floating point, which is the fastest that `JSONDecoder` offers, and wrong for money.
struct DoubleOrder: DecodedOrder {
    struct Line: Decodable {
        var productId: String
        var quantity: Int
        var price: Double
    }

    var customerId: String
    var orderReference: String?
    var currency: String?
    var placedAt: String?
    var country: String?
    var totalAmount: Double
    var items: [Line]

    var minorUnits: Int64 { Int64((totalAmount * 100).rounded()) }
    var lineCount: Int { items.count }
}

/// With `Decimal`, which holds amounts exactly.
struct DecimalOrder: DecodedOrder {
    struct Line: Decodable {
        var productId: String
        var quantity: Int
        var price: Decimal
    }

    var customerId: String
    var orderReference: String?
    var currency: String?
    var placedAt: String?
    var country: String?
    var totalAmount: Decimal
    var items: [Line]

    var minorUnits: Int64 { Int64(NSDecimalNumber(decimal: totalAmount * 100).doubleValue.rounded()) }
    var lineCount: Int { items.count }
}

/// Foundation's decoder, one for all orders.
struct DecoderEngine<Decoded: DecodedOrder>: Engine {
    let name: String
    private var orders: [Data] = []
    private let decoder = JSONDecoder()

    init(_ name: String) { self.name = name }

    mutating func load(_ orders: [[UInt8]]) { self.orders = orders.map { Data($0) } }

    mutating func pass() throws -> Sum {
        var sum = Sum()
        for data in orders {
            let order = try decoder.decode(Decoded.self, from: data)
            sum.total += order.minorUnits
            sum.lines += order.lineCount
        }
        return sum
    }
}
