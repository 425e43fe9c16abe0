import Ledger
import Orders
import Spool

/// Looks at a spool for the rules, with a connection of its own that only reads.
final class AlertObserver {
    private let reader: LedgerReader
    private let tree: SpoolTree
    private var flow: FlowWindow
    private var targets: FlowTargets
    private let inbox: InboxLook

    init(_ reader: LedgerReader, _ tree: SpoolTree, _ rules: AlertRules) {
        self.reader = reader
        self.tree = tree
        targets = Self.targets(rules)
        inbox = InboxLook(tree)
        flow = Self.window(rules)
    }

    /// A minute is fine enough for a window of an hour; a short one, as in a trial, is kept in sixtieths.
    private static func window(_ rules: AlertRules) -> FlowWindow {
        FlowWindow(length: rules.window, stretch: max(1, min(60_000, rules.window / 60)))
    }

    /// One look.
    func look(_ rules: AlertRules, now: Timestamp) throws(LedgerError) -> AlertSight {
        if Self.targets(rules) != targets || rules.window != flow.length {
            targets = Self.targets(rules)
            flow = Self.window(rules)
        }
        var sight = AlertSight()
        var partners: [String] = []
        try reader.snapshot { (queries) throws(LedgerError) in
            if rules.errors > 0 || rules.receipt > 0 || rules.target > 0 {
                try flow.update(queries, now: now, targets)
                sight.flow = flow.sum(over: rules.window, now: now)
            }
            if rules.refused > 0 {
                let from = try queries.lastEvent(before: Timestamp(milliseconds: now.milliseconds - rules.window))
                sight.refused = try queries.refused(after: from)
            }
            if rules.waiting > 0 {
                for row in try queries.ages(by: .stage, since: .accepted, bounds: [], now: now) where !Self.isForPerson(row.name) {
                    guard let oldest = row.oldest, oldest < sight.oldestWaiting?.time ?? now else { continue }
                    sight.oldestWaiting = (oldest, row.name)
                }
            }
            if rules.person > 0 {
                for row in try queries.ages(by: .stage, since: .changed, bounds: [], now: now) where Self.isForPerson(row.name) {
                    guard let oldest = row.oldest else { continue }
                    let known = sight.forPerson ?? (0, oldest)
                    sight.forPerson = (known.orders + row.total, min(known.oldest, oldest))
                }
            }
            if rules.inbox > 0 { partners = try queries.activePartners() }
            if rules.intake { sight.isIntakePaused = try queries.pauses().contains { $0.pause.what == "intake" } }
            if rules.silence > 0 { sight.lastAcceptance = try queries.lastAcceptance() }
        }
        // Not within the snapshot, which keeps the ledger's log from being used anew.
        if rules.inbox > 0 { sight.oldestFile = inbox.oldest(of: partners) }
        if rules.disk > 0 || rules.intake { sight.free = (try? tree.files.freeSpace(tree.rootDescriptor))?.bytes }
        return sight
    }

    /// What an order or a file may take; for a rule that is off, any time.
    private static func targets(_ rules: AlertRules) -> FlowTargets {
        FlowTargets(receipt: rules.receipt > 0 ? rules.receipt : .max, completion: rules.target > 0 ? rules.target : .max)
    }

    private static func isForPerson(_ stage: String) -> Bool { stage == Stage.hold.name || stage == Stage.failed.name }
}
