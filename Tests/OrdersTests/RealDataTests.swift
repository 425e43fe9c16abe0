import Foundation
import Orders
import Testing

/// An order as Foundation reads it, with exact decimals.
struct DecodedOrder: Decodable {
    struct Line: Decodable {
        var productId: String
        var quantity: Int64
        var price: Decimal
    }

    var customerId: String
    var orderReference: String?
    var currency: String?
    var placedAt: String?
    var country: String?
    var items: [Line]
    var totalAmount: Decimal

    /// Whether this says the same as what the reader gave.
    func agrees(with order: Order) -> Bool {
        func amount(_ minorUnits: Int64) -> Decimal? {
            Decimal(string: decimalText(minorUnits, digits: order.currency.digits), locale: Locale(identifier: "en_US_POSIX"))
        }
        guard customerId == order.customerId, orderReference == order.orderReference, placedAt == order.placedAt, country == order.country,
            currency ?? "GBP" == order.currency.code, amount(order.totalAmount) == totalAmount, items.count == order.lines.count
        else { return false }
        return zip(items, order.lines).allSatisfy { item, line in
            item.productId == line.productId && item.quantity == line.quantity && amount(line.price) == item.price
        }
    }
}

@Suite("Real orders", .enabled(if: SharedData.exists("online-retail"), "\(SharedData.reason)"))
struct RealDataTests {
    @Test func everyOrderIsReadWithItsSum() throws {
        let lines = try SharedData.lines("online-retail/orders.ndjson.xz")
        #expect(lines.count == 11_396)
        var reader = OrderReader()
        let decoder = JSONDecoder()
        var sum: Int64 = 0
        var pieces: Int64 = 0
        var independent: Decimal = 0
        var lineCount = 0
        for bytes in lines {
            guard case .order(let order) = reader.read(bytes) else {
                Issue.record("refused: \(String(decoding: bytes.prefix(80), as: UTF8.self))")
                continue
            }
            let decoded = try decoder.decode(DecodedOrder.self, from: Data(bytes))
            #expect(decoded.agrees(with: order))
            sum += order.totalAmount
            pieces += order.units
            lineCount += order.lines.count
            for item in decoded.items { independent += item.price * Decimal(item.quantity) }
        }
        #expect(lineCount == 226_045)
        #expect(decimalText(sum, digits: 2) == "\(independent)" || Decimal(string: decimalText(sum, digits: 2)) == independent)
        #expect(pieces > 0)
    }

    @Test func wholeFileSplitsIntoTheSameOrders() throws {
        let lines = try SharedData.lines("online-retail/orders.ndjson.xz")
        let asLines = Array(lines.joined(separator: [UInt8(ascii: "\n")]))
        let asArray = [UInt8(ascii: "[")] + lines.joined(separator: [UInt8(ascii: ",")]) + [UInt8(ascii: "]")]
        for (file, kind) in [(asLines, OrderFileKind.lines), (asArray, .json)] {
            var splitter = OrderSplitter(kind: kind, maximumOrderBytes: 1 << 20)
            var at = 0
            var count = 0
            while at < file.count {
                let next = min(at + 65_536, file.count)
                _ = file.withUnsafeBufferPointer { buffer in
                    splitter.feed(UnsafeBufferPointer(rebasing: buffer[at..<next]), isLast: next == file.count) { element in
                        if !element.bytes.elementsEqual(lines[count]) { Issue.record("order \(count) differs") }
                        count += 1
                        return true
                    }
                }
                at = next
            }
            #expect(splitter.end == .complete(orders: 11_396, isMany: true))
        }
    }

    @Test func dirtyOrdersAreRefusedForTheirReason() throws {
        let lines = try SharedData.lines("online-retail/dirty.ndjson.xz")
        #expect(lines.count == 5063)
        var reader = OrderReader()
        let decoder = JSONDecoder()
        var zeroPriced = 0
        var onlyDigits = 0
        for bytes in lines {
            let decoded = try decoder.decode(DecodedOrder.self, from: Data(bytes))
            var expected: Set<FaultCode> = []
            if decoded.customerId.isEmpty { expected.insert(.empty) }
            if decoded.items.contains(where: { $0.quantity < 1 || $0.price < 0 }) || decoded.totalAmount < 0 {
                expected.insert(.outOfRange)
            }
            if decoded.items.contains(where: { $0.price >= 0 && -$0.price.exponent > 2 }) { expected.insert(.tooManyDigits) }
            switch reader.read(bytes) {
            case .order(let order):
                #expect(expected.isEmpty)
                #expect(order.lines.contains { $0.price == 0 })
                zeroPriced += 1
            case .refused(let refused):
                let codes = Set(refused.faults.map(\.code)).subtracting([.moreFaults])
                #expect(
                    codes.subtracting(expected).isEmpty && (codes == expected || refused.faults.count > 100), "\(codes) for \(expected)")
                #expect(!refused.endsEarly)
                if expected == [.tooManyDigits] { onlyDigits += 1 }
            }
        }
        #expect(zeroPriced == 17)
        #expect(onlyDigits == 2)
    }
}
