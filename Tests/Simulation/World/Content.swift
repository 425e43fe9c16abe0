import Orders

/// One order as a partner means it; nil-keyed ones have no reference.
struct Entry: Equatable {
    var key: String?
    /// What makes its content: two entries with equal ones are the same order.
    var content: Int
    /// False for text that no order can be read from.
    var isSound = true
    /// Characters of notes, which are content too.
    var padding = 0
}

/// What is to come of an upload.
enum Expectation {
    /// A verdict on each of these orders.
    case orders([Entry])
    /// It is refused as a whole.
    case refusal
}

/// Writes what partners drop. Every text of an entry is made from its content's number, so that it can be made again.
struct ContentMaker {
    static let products = ["PEN", "INK", "CAP", "ROD", "FREE"]
    let dice: Dice
    private var lastContent = 0
    private var lastKey = 0
    private var used: [Entry] = []

    init(dice: Dice) { self.dice = dice }

    /// A new order, or one that this partner has sent before, the same or changed.
    mutating func entry(padding: Int = 0) -> Entry {
        if dice.once(in: 12) { return Entry(key: nil, content: 0, isSound: false) }
        if !used.isEmpty, dice.once(in: 5) {
            var again = dice.pick(used)
            if again.key != nil, dice.once(in: 3) {
                lastContent += 1
                again.content = lastContent
            }
            return again
        }
        lastContent += 1
        lastKey += 1
        let entry = Entry(key: dice.once(in: 8) ? nil : "r\(lastKey)", content: lastContent, padding: padding)
        used.append(entry)
        return entry
    }

    /// An order of a key that the partner never sends again in sound form: it must not be taken by the refused one.
    mutating func pairOfRefusedAndSound() -> [Entry] {
        lastContent += 1
        lastKey += 1
        let key = "r\(lastKey)"
        return [Entry(key: key, content: lastContent, isSound: false), Entry(key: key, content: lastContent)]
    }

    /// The pieces, product and price of a content.
    private static func line(_ content: Int) -> (product: String, quantity: Int, pence: Int) {
        let product = products[content % products.count]
        return (product, 1 + content / 5 % 3, product == "FREE" ? 0 : 100 + content % 7)
    }

    /// The order's text, in one of several spellings of the same content.
    func text(_ entry: Entry) -> String {
        let blank = dice.once(in: 3) ? " " : ""
        let line = Self.line(entry.content)
        let total = line.quantity * line.pence
        var members = ["\"customerId\":\(blank)\"c\(entry.content)\""]
        if let key = entry.key { members.append("\"orderReference\":\"\(key)\"") }
        members.append(
            "\"items\":[{\"productId\":\"\(line.product)\",\(blank)\"quantity\":\(line.quantity),\"price\":\(money(line.pence))}]")
        if entry.padding > 0 { members.append("\"notes\":\"\(String(repeating: "n", count: entry.padding))\"") }
        members.append("\"totalAmount\":\(blank)\(money(entry.isSound ? total : total + 1))")
        return "{" + members.joined(separator: "," + blank) + "}"
    }

    private func money(_ pence: Int) -> String { "\(pence / 100).\(pence % 100 < 10 ? "0" : "")\(pence % 100)" }
}
