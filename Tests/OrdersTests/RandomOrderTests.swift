import Foundation
import Orders
import Testing

@Suite("Random orders")
struct RandomOrderTests {
    /// A valid order and its text, written in one of many spellings.
    private func randomOrder(_ random: inout SeededRandom) -> (text: String, order: Order) {
        func text() -> String {
            let alphabets = ["ABCdef0123", "äöü€ß", "😀🎉", "\"\\/ ", "<&>'"]
            let alphabet = Array((alphabets.randomElement(using: &random) ?? "x") + "x")
            return "x" + String((0..<Int.random(in: 0...20, using: &random)).map { _ in alphabet.randomElement(using: &random) ?? "y" })
        }
        func quoted(_ text: String) -> String {
            var writer = JSONWriter()
            writer.value(text)
            return String(decoding: writer.bytes, as: UTF8.self)
        }
        let currency = ["GBP", "JPY", "BHD", "CLF"].randomElement(using: &random).flatMap { Currency($0) } ?? .gbp
        func amount(_ minorUnits: Int64) -> String {
            var text = decimalText(minorUnits, digits: currency.digits)
            if Bool.random(using: &random), text.contains(".") {
                while text.hasSuffix("0") { text.removeLast() }
                if text.hasSuffix(".") { text.removeLast() }
            }
            return text
        }
        let lines = (0..<Int.random(in: 1...8, using: &random)).map { _ in
            OrderLine(
                productId: text(), quantity: Int64.random(in: 1...5000, using: &random),
                price: Int64.random(in: 0...99_999_999, using: &random))
        }
        let tax = Int64.random(in: 0...1000, using: &random)
        let total = lines.reduce(tax) { $0 + $1.quantity * $1.price }
        let order = Order(
            customerId: text(), lines: lines, currency: currency, totalAmount: total, taxAmount: tax, orderReference: text(),
            placedAt: "2026-01-02T03:04:05Z", country: text())
        let items = lines.map { line in
            ["\"productId\":\(quoted(line.productId))", "\"quantity\":\(line.quantity)", "\"price\":\(amount(line.price))"].shuffled(
                using: &random
            )
            .joined(separator: ",")
        }
        let members = [
            "\"customerId\":\(quoted(order.customerId))", "\"items\":[\(items.map { "{\($0)}" }.joined(separator: ", "))]",
            "\"currency\":\"\(currency.code)\"",
            "\"totalAmount\":\(amount(total))", "\"taxAmount\":\"\(amount(tax))\"",
            "\"orderReference\":\(quoted(order.orderReference ?? ""))",
            "\"placedAt\":\"2026-01-02T03:04:05Z\"", "\"country\":\(quoted(order.country ?? ""))", "\"unknown\":{\"a\":[1,2]}",
        ]
        return ("{\(members.shuffled(using: &random).joined(separator: ", "))}", order)
    }

    @Test(arguments: 1...4)
    func readAsFoundationReadsThem(seed: UInt64) throws {
        var random = SeededRandom(seed)
        var reader = OrderReader()
        let decoder = JSONDecoder()
        for _ in 0..<500 {
            let (text, expected) = randomOrder(&random)
            guard case .order(let order) = reader.read(Array(text.utf8)) else {
                Issue.record("refused \(faults(text)): \(text)")
                continue
            }
            #expect(order == expected)
            #expect(try decoder.decode(DecodedOrder.self, from: Data(text.utf8)).agrees(with: order))
        }
    }

    /// Each of the eight takes 12,500 mutations. The buffers are allocated at their exact size, so that a run under AddressSanitizer
    /// sees a byte read too far.
    @Test(arguments: 1...8)
    func mutationsNeverTrapAndAllReadingsAgree(seed: UInt64) {
        var random = SeededRandom(seed &* 1000)
        let seeds = [smallest(), fullOrder, smallest(#""x":"\ud83d\ude00é","y":[true,null,-1.5e+3]"#), "[\(smallest()),\n\(smallest())]"]
            .map { Array($0.utf8) }
        let interesting = Array("{}[]\",:\\u0e+-.\n \u{7f}tfn9".utf8) + [0, 0xFF, 0xC3, 0xE2, 0xED, 0xF0, 0xBF]
        var reader = OrderReader()
        for _ in 0..<12_500 {
            var bytes = seeds.randomElement(using: &random) ?? []
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let at = Int.random(in: 0..<max(bytes.count, 1), using: &random)
                guard at < bytes.count else { continue }
                switch Int.random(in: 0...5, using: &random) {
                case 0: bytes[at] = UInt8.random(in: 0...255, using: &random)
                case 1: bytes[at] = interesting.randomElement(using: &random) ?? 0
                case 2: bytes.insert(interesting.randomElement(using: &random) ?? 0, at: at)
                case 3: bytes.remove(at: at)
                case 4: bytes.removeSubrange(at..<min(bytes.count, at + Int.random(in: 0...40, using: &random)))
                default: bytes.insert(contentsOf: bytes[at..<min(bytes.count, at + Int.random(in: 0...40, using: &random))], at: at)
                }
            }
            let buffer = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: bytes.count)
            defer { buffer.deallocate() }
            _ = buffer.initialize(from: bytes)
            let isJSON = (try? JSONValue.parse(UnsafeBufferPointer(buffer))) != nil
            let form = CanonicalForm.of(UnsafeBufferPointer(buffer))
            var isSound = (form != nil) == isJSON
            switch reader.read(UnsafeBufferPointer(buffer)) {
            case .order: isSound = isSound && isJSON
            case .refused(let refused):
                isSound =
                    isSound && !refused.faults.isEmpty && (!refused.endsEarly || !isJSON)
                    && refused.faults.allSatisfy { $0.path.isEmpty || $0.path.hasPrefix("/") }
                    && refused.cardNumbers.allSatisfy { $0.upperBound <= bytes.count }
            }
            if let form, CanonicalForm.of(form) != form { isSound = false }
            if !isSound { Issue.record("readings disagree on \(bytes)") }
        }
    }

    @Test(arguments: 1...4)
    func mutatedFilesSplitTheSameInPieces(seed: UInt64) {
        var random = SeededRandom(seed)
        let file = Array("[\n\(smallest()) ,\n\(smallest(#""x":"\\\"]}""#)),7,\"a\\\\\",[{}]]\n".utf8)
        for _ in 0..<300 {
            var bytes = file
            for _ in 0..<Int.random(in: 0...3, using: &random) {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = Array("{}[]\",\\ \nx".utf8).randomElement(using: &random) ?? 0
            }
            bytes.removeLast(Int.random(in: 0...20, using: &random))
            for kind in OrderFileKind.allCases {
                let whole = Split(bytes, kind)
                #expect(Split(bytes, kind, pieces: Int.random(in: 1...12, using: &random)) == whole)
                #expect(whole.end != nil)
            }
        }
    }
}
