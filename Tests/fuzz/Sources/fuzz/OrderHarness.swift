import Foundation
import Orders

extension Harness {
    static let order = Harness(
        name: "order", meaning: "OrderReader: one order's text", seeds: JSONSeeds.orders, words: JSONSeeds.words
    ) { input in
        let strict = read(input, ReadingRules())
        // The planted bug: an order whose text ends in a bracket is looked at one byte too far.
        if isPlanted, let base = input.baseAddress, case .order = strict, base[input.count] == 0 { return }
        _ = read(input, ReadingRules(tolerance: 5, totalMismatch: .letThrough, requireReference: true, maximumDepth: 4, maximumLines: 2))
        switch strict {
        case .order(let order): check(order, input)
        case .refused(let refusal): check(refusal, input)
        }
    }

    /// The same twice, with a new reader and with one that has read.
    private static func read(_ input: UnsafeBufferPointer<UInt8>, _ rules: ReadingRules) -> OrderReading {
        var reader = OrderReader(rules: rules)
        let first = reader.read(input)
        require(reader.read(input) == first, "a reader gives the same reading again")
        if case .order(let order) = first, rules.totalMismatch == .refuse {
            require(order.totalDifference.magnitude <= rules.tolerance.magnitude, "the total is the sum of its parts")
        }
        if case .order(let order) = first {
            require((1...rules.maximumLines).contains(order.lines.count), "lines within the limit")
            var sum = order.taxAmount + order.shippingAmount - order.discountAmount
            for line in order.lines {
                require((1...1_000_000_000).contains(line.quantity) && line.price >= 0, "quantity and price within their limits")
                sum += line.quantity * line.price
            }
            require(order.totalAmount - sum == order.totalDifference, "the difference is what the sum says")
        }
        return first
    }

    private static func check(_ order: Order, _ input: UnsafeBufferPointer<UInt8>) {
        guard let tree = try? JSONValue.parse(input) else { return require(false, "an order is strict JSON") }
        require(CanonicalForm.of(input) != nil, "an order has a canonical form")
        require(tree["customerId"]?.text.map { ExactText($0) } == ExactText(order.customerId), "the tree has the customer")
        require(tree["items"]?.items?.count == order.lines.count, "the tree has the lines")
        let texts = [order.customerId, order.orderReference, order.idempotencyKey] + order.lines.map(\.productId)
        for text in texts.compactMap({ $0 }) {
            require((1...200).contains(text.unicodeScalars.count), "an id of 1 to 200 characters")
            require(text.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }, "an id without control characters")
        }
        require((-9...9).contains(order.priority), "priority from -9 to 9")
        require(
            [order.totalAmount, order.taxAmount, order.shippingAmount, order.discountAmount].allSatisfy { $0 >= 0 }, "no negative amount")
        Independent.check(tree, input)
        // The canonical form is an order too, and says the same.
        guard let form = CanonicalForm.of(input), JSONValues.hasNoExponents(form) else { return }
        var reader = OrderReader()
        if case .order(let again) = reader.read(form) {
            require(again.lines == order.lines && again.totalAmount == order.totalAmount, "the canonical form says the same")
        }
    }

    private static func check(_ refusal: Refusal, _ input: UnsafeBufferPointer<UInt8>) {
        let isJSON = (try? JSONValue.parse(input)) != nil
        require((1...101).contains(refusal.faults.count), "1 to 101 faults")
        require(!refusal.endsEarly || !isJSON, "more bytes cannot mend what is JSON")
        for fault in refusal.faults {
            require(fault.path.isEmpty || fault.path.hasPrefix("/"), "a path is a pointer, found \(fault.path)")
            require(fault.message.utf8.count < 1000, "a message is bounded: \(fault.message)")
            var text = fault.path + " " + fault.message
            require(text.withUTF8 { CardNumbers.ranges(in: $0) }.isEmpty, "no card number in \(text)")
        }
        var last = 0
        for range in refusal.cardNumbers {
            require(range.lowerBound >= last && range.upperBound <= input.count, "card numbers ascend within the text")
            last = range.upperBound
        }
        guard !refusal.cardNumbers.isEmpty else { return }
        var masked = Array(input)
        CardNumbers.mask(&masked, in: refusal.cardNumbers)
        require(JSONValues.isGrammatical(masked) == JSONValues.isGrammatical(Array(input)), "masking leaves JSON what it is")
    }
}
