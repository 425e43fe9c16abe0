import Ledger
import Orders

/// The verdict on the orders of one partner's dropped file: read, and compared with what was accepted before.
///
/// Nothing is recorded here: a slice's verdicts are one event, which comes before the acceptances that it names.
struct Judge {
    /// An order to be accepted.
    struct Accepted {
        let id: OrderID
        let acceptance: Acceptance
        let document: [UInt8]
    }

    let ledger: Ledger
    let policy: Policy
    let partner: String
    let fileName: [UInt8]
    let now: Timestamp
    let firstStep: String
    private var reader: OrderReader
    private(set) var results: [EntryResult] = []
    private(set) var accepted: [Accepted] = []
    /// Where card numbers lie in the file.
    private(set) var cardNumbers: [Range<Int>] = []
    private var keys: [ExactText: Int] = [:]
    private var contents: [[UInt8]: Int] = [:]

    init(ledger: Ledger, policy: Policy, partner: String, fileName: [UInt8], now: Timestamp, firstStep: String) {
        self.ledger = ledger
        self.policy = policy
        self.partner = partner
        self.fileName = fileName
        self.now = now
        self.firstStep = firstStep
        reader = OrderReader(rules: policy.reading(for: partner))
    }

    /// Refuses an order unread.
    mutating func setAside(_ element: SplitElement, isLines: Bool) {
        let fault = Fault(path: "", code: .setAside, message: Attempt.message(of: "this order"))
        add(element.index, isLines ? element.line : nil, nil, .rejected, faults: [fault])
    }

    /// Judges the next order of the file.
    mutating func take(_ element: SplitElement, isLines: Bool, newID: () -> OrderID) throws(LedgerError) {
        let line = isLines ? element.line : nil
        if let fault = element.fault {
            add(element.index, line, nil, .rejected, faults: [fault])
            return
        }
        switch reader.read(element.bytes) {
        case .refused(let refusal):
            for range in refusal.cardNumbers {
                cardNumbers.append(range.lowerBound + Int(element.offset)..<range.upperBound + Int(element.offset))
            }
            add(element.index, line, refusal.orderReference, .rejected, faults: refusal.faults)
        case .order(let order):
            try identify(order, element, line, newID)
        }
    }

    private mutating func add(
        _ index: Int, _ line: Int?, _ reference: String?, _ verdict: Verdict, id: OrderID? = nil, first: OrderID? = nil,
        faults: [Fault] = []
    ) {
        results.append(
            EntryResult(
                index: index, line: line, orderID: id, reference: reference, verdict: verdict, firstOrderID: first, faults: faults))
    }

    // MARK: Identity

    private mutating func identify(_ order: Order, _ element: SplitElement, _ line: Int?, _ newID: () -> OrderID) throws(LedgerError) {
        guard let key = Self.key(of: order) else {
            try identifyByContent(order, element, line, newID)
            return
        }
        if let index = keys[ExactText(key)] {
            let first = accepted[index]
            compare(order, element, line, key: key, first: first.id, document: first.document, firstStage: first.acceptance.to)
        } else if let first = try ledger.order(partner: partner, key: key) {
            compare(order, element, line, key: key, first: first.id, document: try ledger.document(of: first), firstStage: first.stage)
        } else {
            keys[ExactText(key)] = accepted.count
            accept(order, element, line, key: key, content: nil, newID)
        }
    }

    /// The key that identifies an order: its idempotency key, else its reference.
    static func key(of order: Order) -> String? {
        if let key = order.idempotencyKey { return "k:" + key }
        return order.orderReference.map { "r:" + $0 }
    }

    private mutating func compare(
        _ order: Order, _ element: SplitElement, _ line: Int?, key: String, first: OrderID, document: [UInt8]?, firstStage: Stage
    ) {
        var advice = ""
        if firstStage == .cancelled || firstStage == .failed || firstStage == .rejected {
            advice = "; that order is \(firstStage.name) and keeps its key: drop the order again under a new reference"
        }
        let member = key.hasPrefix("k:") ? "/idempotencyKey" : "/orderReference"
        if let document, Self.isSame(document, element.bytes) {
            let faults =
                advice.isEmpty
                ? [] : [Fault(path: member, code: .alreadyAccepted, message: "order \(first.text) has this key and content" + advice)]
            add(element.index, line, order.orderReference, .duplicate, first: first, faults: faults)
        } else {
            let message = "order \(first.text) took this key before, with other content" + advice
            add(
                element.index, line, order.orderReference, .conflict, first: first,
                faults: [Fault(path: member, code: .keyTaken, message: message)])
        }
    }

    /// The same content, whatever the order of members, white space, or trailing zeros.
    private static func isSame(_ document: [UInt8], _ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        if document.elementsEqual(bytes) { return true }
        guard let left = CanonicalForm.of(document), let right = CanonicalForm.of(bytes) else { return false }
        return left == right
    }

    private mutating func identifyByContent(
        _ order: Order, _ element: SplitElement, _ line: Int?, _ newID: () -> OrderID
    ) throws(LedgerError) {
        let content = sha256(CanonicalForm.of(element.bytes) ?? Array(element.bytes))
        var possible: OrderID?
        for known in try ledger.orders(partner: partner, content: content) {
            if known.entry == element.index, try ledger.drop(of: known)?.facts.name == fileName {
                add(element.index, line, nil, .duplicate, first: known.id)
                return
            }
            if now.milliseconds - known.created.milliseconds <= policy.possibleDuplicateWindow { possible = possible ?? known.id }
        }
        if possible == nil, let index = contents[content] { possible = accepted[index].id }
        if let possible, policy.possibleDuplicate != .accept {
            let detail = "order \(possible.text) had the same content, under another file name or place"
            if policy.possibleDuplicate == .reject {
                let message = detail + "; give orders a reference to tell them apart"
                add(
                    element.index, line, nil, .rejected, first: possible,
                    faults: [Fault(path: "", code: .alreadyAccepted, message: message)])
                return
            }
            contents[content] = accepted.count
            accept(order, element, line, key: nil, content: content, hold: Reason("possible-duplicate", detail), newID)
            return
        }
        contents[content] = accepted.count
        accept(order, element, line, key: nil, content: content, newID)
    }

    private mutating func accept(
        _ order: Order, _ element: SplitElement, _ line: Int?, key: String?, content: [UInt8]?, hold: Reason? = nil, _ newID: () -> OrderID
    ) {
        let id = newID()
        let document = Self.trimmed(element.bytes)
        let acceptance = Acceptance(
            drop: 0, entry: element.index, partner: partner, key: key, content: content, order: order, size: document.count,
            sha: sha256(document), to: hold == nil ? Stage(firstStep) : .hold, step: firstStep, reason: hold?.code, detail: hold?.detail)
        accepted.append(Accepted(id: id, acceptance: acceptance, document: document))
        add(element.index, line, order.orderReference, .accepted, id: id)
    }

    /// The order's text without the white space around it.
    private static func trimmed(_ bytes: UnsafeBufferPointer<UInt8>) -> [UInt8] {
        let blanks: (UInt8) -> Bool = { $0 == 32 || $0 == 10 || $0 == 13 || $0 == 9 }
        guard let first = bytes.firstIndex(where: { !blanks($0) }), let last = bytes.lastIndex(where: { !blanks($0) }) else { return [] }
        return Array(bytes[first...last])
    }
}
