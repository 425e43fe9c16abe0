import Ledger
import Orders

/// What needs a person now, each with the command that deals with it, and the sentence that says whether all is well.
struct AttentionSection {
    /// How serious something is.
    enum Level: Int, Comparable {
        case fine, warning, bad

        static func < (left: Level, right: Level) -> Bool { left.rawValue < right.rawValue }

        var word: String {
            switch self {
            case .fine: "fine"
            case .warning: "warning"
            case .bad: "bad"
            }
        }
    }

    /// Something that needs a person and is no single order.
    struct Matter {
        let level: Level
        /// A part of the sentence: `intake is paused`.
        let short: String
        /// What it means.
        let detail: String
        let since: Timestamp?
        let command: String
    }

    /// Orders that are listed; the others are counted.
    static let listed = 50
    /// Of these, the ones that have a card each; the others a row.
    private static let cards = 6

    let scope: ReportScope
    let matters: [Matter]
    let orders: [OrderRecord]
    let waiting: Int64
    let failed: Int64
    /// Since when nothing waits for a person, or something does.
    let since: Timestamp?
    let isEmpty: Bool

    init(_ queries: Queries, _ scope: ReportScope, _ daemon: DaemonCondition, isEmpty: Bool) throws(LedgerError) {
        self.scope = scope
        self.isEmpty = isEmpty
        var waiting: [String: Int64] = [:]
        for count in try queries.stageCounts() where scope.partner == nil || count.partner == scope.partner {
            waiting[count.stage.name, default: 0] += count.orders
        }
        failed = waiting[Stage.failed.name] ?? 0
        self.waiting = failed + (waiting[Stage.hold.name] ?? 0)
        orders = self.waiting > 0 ? try queries.attention(partner: scope.partner, limit: Self.listed) : []
        let known = try queries.matters()
        let resumed = max(known.resumed ?? .distantPast, known.since ?? .distantPast)
        since = resumed == .distantPast ? nil : resumed
        matters = scope.partner == nil ? try Self.matters(queries, scope, daemon) : []
    }

    private static func matters(_ queries: Queries, _ scope: ReportScope, _ daemon: DaemonCondition) throws(LedgerError) -> [Matter] {
        var found: [Matter] = []
        if daemon.isRunning == false {
            found.append(
                Matter(
                    level: .warning, short: "orderd is not running", detail: "Dropped files wait in the partners' directories.",
                    since: daemon.asOf, command: scope.settings.startCommand))
        }
        if daemon.isDiskLow {
            found.append(
                Matter(
                    level: .bad, short: "the disk is nearly full",
                    detail: "No file is taken until there is room again; orders in hand go on.", since: nil, command: "df -h"))
        }
        for pause in try queries.pauses() {
            let what = pause.pause.what
            let reason = pause.pause.reason.isEmpty ? "" : ": " + shown(pause.pause.reason)
            found.append(
                Matter(
                    level: .warning, short: "\(what == "intake" ? "intake" : "the step \(shown(what))") is paused",
                    detail: "By \(shown(pause.pause.by))\(reason)", since: pause.since,
                    command: what == "intake" ? "orderd resume --intake" : "orderd resume --step \(shown(what))"))
        }
        let limit = scope.settings.targets.completed
        let late = try queries.late(before: Timestamp(milliseconds: scope.now.milliseconds - limit))
        if let oldest = late.map(\.oldest).min() {
            let count = late.reduce(0) { $0 + $1.count }
            let places = late.map { "\(number($0.count)) in \($0.stage.name)" }.joined(separator: ", ")
            found.append(
                Matter(
                    level: .warning,
                    short: "\(counted(count, "order")) \(count == 1 ? "is" : "are") on the way for more than \(span(limit))",
                    detail: "They go on by themselves where nothing keeps them: \(places).", since: oldest, command: "orderd queue"))
        }
        if let file = daemon.oldestFile, scope.now.milliseconds - file.since.milliseconds > limit {
            found.append(
                Matter(
                    level: .warning, short: "a file waits in \(shown(file.directory)) for more than \(span(limit))",
                    detail: "It is taken by itself where nothing keeps it: a pause, a partner's rate limit, an upload that broke off.",
                    since: file.since, command: "orderd queue"))
        }
        let deliveries = try queries.deliveries()
        if let first = deliveries.first {
            found.append(
                Matter(
                    level: .warning, short: "\(counted(Int64(deliveries.count), "file")) cannot be published",
                    detail: "Tried again by itself. The last answer: \(shown(first.error))", since: nil, command: "orderd doctor"))
        }
        return found
    }

    var level: Level { max(matters.map(\.level).max() ?? .fine, failed > 0 ? .bad : waiting > 0 ? .warning : .fine) }

    /// Is all well, in one sentence.
    var sentence: String {
        var parts: [String] = []
        if failed > 0 { parts.append("\(counted(failed, "order")) failed") }
        if waiting > failed {
            parts.append("\(counted(waiting - failed, "order")) \(waiting - failed == 1 ? "is" : "are") held for a person")
        }
        parts += matters.map(\.short)
        if parts.isEmpty { return isEmpty ? "All is well; no order has come yet" : "All is well" }
        let last = parts.removeLast()
        let text = parts.isEmpty ? last : parts.joined(separator: ", ") + " and " + last
        return begun(text)
    }

    /// Since when it is as the sentence says.
    var sentenceSince: Timestamp? {
        guard level > .fine else { return since }
        return ((waiting > 0 ? orders.map(\.updated) : []) + matters.compactMap(\.since)).min()
    }

    var fields: [String: Any] {
        var fields: [String: Any] = [
            "level": level.word, "levelMark": level == .fine ? "\u{2713}" : "!", "sentence": sentence,
            "matters": matters.map { matter -> [String: Any] in
                var item: [String: Any] = [
                    "matter": begun(matter.short), "detail": matter.detail,
                    "level": matter.level.word,
                ]
                if let since = matter.since { item["since"] = since.fields }
                if scope.isInternal { item["command"] = matter.command }
                return item
            },
            "orders": orders.prefix(Self.cards).map(fields), "hasRows": orders.count > Self.cards,
            "orderRows": orders.dropFirst(Self.cards).map(fields), "needsNobody": waiting == 0 && matters.isEmpty,
        ]
        if let since = sentenceSince { fields["levelSince"] = since.fields }
        if waiting > Int64(orders.count) { fields["moreOrders"] = number(waiting - Int64(orders.count)) }
        return fields
    }

    private func fields(_ order: OrderRecord) -> [String: Any] {
        var item = Self.identity(order, scope)
        item["since"] = order.updated.fields
        item["age"] = span(max(0, scope.now.milliseconds - order.updated.milliseconds))
        if scope.isInternal { item["command"] = Self.commands(order).first ?? "" }
        return item
    }

    /// A capital letter at the beginning; orderd has none.
    private func begun(_ text: String) -> String {
        text.hasPrefix("orderd") ? text : text.prefix(1).uppercased() + text.dropFirst()
    }

    /// What names an order on every page.
    static func identity(_ order: OrderRecord, _ scope: ReportScope) -> [String: Any] {
        var item: [String: Any] = [
            "id": order.id.text, "partner": shown(order.partner), "stage": order.stage.name,
            "state": order.stage == .failed ? "failed" : "held", "reason": shown(order.reason ?? "no reason given"),
            "explanation": shown(order.detail ?? "", limit: 300), "total": money(order.order.totalAmount, order.order.currency.code),
        ]
        if scope.isInternal { item["link"] = scope.base + "orders/\(order.id.text).html" }
        if let reference = order.order.orderReference { item["reference"] = shown(reference) }
        return item
    }

    /// What lets an order go on, first; then what else can be done.
    static func commands(_ order: OrderRecord) -> [String] {
        switch order.stage {
        case .hold: ["orderd release \(order.id.text) --reason \"...\"", "orderd cancel \(order.id.text) --reason \"...\""]
        case .failed: ["orderd retry \(order.id.text) --reason \"...\"", "orderd cancel \(order.id.text) --reason \"...\""]
        default: ["orderd why \(order.id.text)"]
        }
    }
}

extension Timestamp {
    fileprivate static let distantPast = Timestamp(milliseconds: .min)
}
