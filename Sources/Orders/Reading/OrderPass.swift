/// One pass over one order's text. Split by topic over several files: members, lines, values, names, the sums at the end.
struct OrderPass {
    var scanner: JSONScanner
    let rules: ReadingRules
    let maximumDepth: Int
    var scratch: OrderScratch
    var faults = FaultList()
    var cardNumbers: [Range<Int>] = []

    // What has been read so far.
    var seen: UInt32 = 0
    var customerId: String?
    var orderReference: String?
    var idempotencyKey: String?
    var placedAt: String?
    var country: String?
    var paymentMethod: String?
    var paymentToken: String?
    var priority = 0
    var currency: Currency?
    /// A currency was named that could not be read: amounts cannot be judged.
    var currencyIsUnsound = false
    var total: Amount?
    var tax: Amount?
    var shipping: Amount?
    var discount: Amount?
    /// How many objects and arrays lie around the member's value that is being read, while they are of the kinds that are known.
    var depth = 1
    /// How many lines stand in the text; more than in the scratch where some are at fault.
    var lineCount = 0

    init(_ base: UnsafePointer<UInt8>, count: Int, rules: ReadingRules, scratch: consuming OrderScratch) {
        scanner = JSONScanner(base, count: count)
        self.rules = rules
        maximumDepth = min(max(rules.maximumDepth, 1), 256)
        self.scratch = scratch
        self.scratch.clear()
    }

    mutating func run() -> OrderReading {
        var order: Order?
        var isWhole = true
        do throws(SyntaxFault) {
            try readText()
            order = finish()
        } catch {
            isWhole = false
            stop(error)
        }
        if faults.isEmpty, let order { return .order(order) }
        return .refused(refusal(isWhole: isWhole))
    }

    private mutating func readText() throws(SyntaxFault) {
        if scanner.base[0] == 0xEF, scanner.end >= 3, scanner.base[1] == 0xBB, scanner.base[2] == 0xBF {
            throw SyntaxFault(.byteOrderMark, at: 0, expected: "no byte order mark")
        }
        scanner.skipBlanks()
        guard scanner.at < scanner.end else { throw SyntaxFault(.empty, at: scanner.at, expected: "an order") }
        if scanner.base[scanner.at] == UInt8(ascii: "{") {
            try order()
        } else {
            let start = scanner.at
            let found = describeValue()
            try unknown(depth: 1)
            faults.add(.wrongType, at: start, "expected an object, one order; found \(found)")
        }
        scanner.skipBlanks()
        guard scanner.at == scanner.end else { throw SyntaxFault(.syntax, at: scanner.at, expected: "nothing more after the order") }
    }

    /// A fault of the JSON itself: the rest cannot be judged, but whatever is kept of it must be masked all the same.
    private mutating func stop(_ fault: SyntaxFault) {
        var found = "the end of the input"
        if fault.offset < scanner.end {
            found = JSONFault.describe(scanner.base[fault.offset])
        }
        let place = JSONFault.place(of: fault.offset, in: scanner.base, count: scanner.end)
        faults.add(
            fault.code, at: fault.offset,
            "expected \(fault.expected), found \(found) at byte \(fault.offset) (line \(place.line), column \(place.column))")
        if let currency { judgeDigits(currency) }
        CardNumbers.search(scanner.base, from: min(scanner.at, scanner.end), to: scanner.end, into: &cardNumbers)
    }

    private mutating func refusal(isWhole: Bool) -> Refusal {
        let list = faults.resolved(in: scanner)
        let first = list.first?.code
        return Refusal(
            faults: list, orderReference: orderReference, customerId: customerId,
            endsEarly: !isWhole && list.count == 1 && (first == .incomplete || first == .empty), cardNumbers: cardNumbers)
    }
}
