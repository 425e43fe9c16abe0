/// Reads one order from JSON text: one pass over the bytes, no tree, every fault and not only the first.
///
/// A reader keeps the memory it works with for the next order, so use one for many orders. The same bytes and rules always give the same
/// reading.
public struct OrderReader: Sendable {
    /// What the orders are read by.
    public let rules: ReadingRules

    private var scratch = OrderScratch()

    /// A reader of these rules.
    public init(rules: ReadingRules = ReadingRules()) {
        self.rules = rules
    }

    /// Reads one order. Blanks may stand around it, nothing else.
    /// - Parameter bytes: used in the call only; the ranges of ``Refusal/cardNumbers`` count from its start.
    public mutating func read(_ bytes: UnsafeBufferPointer<UInt8>) -> OrderReading {
        guard let base = bytes.baseAddress, !bytes.isEmpty else {
            return .refused(Refusal(faults: [.empty], endsEarly: true))
        }
        guard bytes.count <= rules.maximumOrderBytes else {
            let fault = Fault.tooLarge(maximum: rules.maximumOrderBytes, found: bytes.count)
            return .refused(Refusal(faults: [fault], cardNumbers: CardNumbers.ranges(in: bytes)))
        }
        // Moved, not copied: a second reference would make each append copy the array.
        var pass = OrderPass(base, count: bytes.count, rules: rules, scratch: scratch.take())
        let reading = pass.run()
        scratch = pass.scratch.take()
        return reading
    }

    /// Reads one order; see ``read(_:)-(UnsafeBufferPointer<UInt8>)``.
    public mutating func read(_ bytes: [UInt8]) -> OrderReading {
        bytes.withUnsafeBufferPointer { read($0) }
    }
}

extension Fault {
    static let empty = Fault(path: "", code: .empty, message: "expected an order, found nothing but blanks")

    static func tooLarge(maximum: Int, found: Int) -> Fault {
        Fault(path: "", code: .tooLarge, message: "expected an order of at most \(maximum) bytes, found \(found)")
    }
}
