import Ledger
import Orders

/// What was refused and why, with an example of each.
struct RefusalSection {
    private let refusals: [RefusalTotal]
    private let scope: ReportScope
    private let period: String

    private static let listed = 40

    /// - Parameter day: that day alone; nil for the last thirty days.
    init(_ queries: Queries, _ scope: ReportScope, day: Timestamp? = nil) throws(LedgerError) {
        self.scope = scope
        period = day == nil ? "in the last 30 days" : "on this day"
        refusals = try queries.refusals(
            from: (day ?? scope.monthStart).day, through: day?.day ?? scope.today, partner: scope.partner, limit: Self.listed)
    }

    var fields: [String: Any] {
        [
            "refusalPeriod": period, "refusesNothing": refusals.isEmpty,
            "refusals": refusals.map { refusal -> [String: Any] in
                let example = refusal.example
                var item: [String: Any] = [
                    "code": shown(refusal.code), "refusedPartner": shown(refusal.partner), "count": number(refusal.count),
                    "kind": kind(refusal.what), "message": shown(example.message, limit: 200), "exampleAt": example.at.fields,
                ]
                if !example.file.isEmpty { item["file"] = shownName(example.file) }
                if let entry = example.entry { item["entry"] = "order \(number(Int64(entry) + 1))" }
                if let reference = example.reference { item["exampleReference"] = shown(reference) }
                if !example.pointer.isEmpty { item["pointer"] = shown(example.pointer) }
                if refusal.what == .step { item["subject"] = example.subject }
                return item
            },
        ]
    }

    private func kind(_ what: Refused) -> String {
        switch what {
        case .file: "whole file"
        case .order: "order in a file"
        case .step: "order, by a step"
        }
    }
}
