import Ledger
import Orders

/// Conservation: the same things counted in two ways, both by the ledger, as of one moment.
extension SpoolCheck {
    /// Files and the orders in them, by verdict.
    func countDrops(_ queries: Queries) throws(LedgerError) -> [CheckFinding] {
        var findings: [CheckFinding] = []
        let counted = try queries.countedDrops()
        let kept = try queries.dropTotals()
        let place = "ledger drop_totals"
        for total in kept {
            guard let same = counted.first(where: { $0.partner == total.partner && $0.verdict == total.verdict }) else {
                findings.append(
                    CheckFinding(place: place, message: "\(total.partner), \(total.verdict): kept \(total.drops) files, counted none"))
                continue
            }
            if same.drops != total.drops || same.counts != total.counts {
                findings.append(
                    CheckFinding(
                        place: place,
                        message:
                            "\(total.partner), \(total.verdict): kept \(total.drops) files with \(total.counts.entries) orders, counted "
                            + "\(same.drops) with \(same.counts.entries)"))
            }
        }
        for total in counted where !kept.contains(where: { $0.partner == total.partner && $0.verdict == total.verdict }) {
            findings.append(
                CheckFinding(place: place, message: "\(total.partner), \(total.verdict): kept none, counted \(total.drops) files"))
        }
        for total in counted {
            counts.drops += total.drops
            // An accepted file that accepted nothing, or a rejected one that did, has lost something on the way.
            let entries = total.counts
            let sum = entries.accepted + entries.duplicate + entries.conflict + entries.rejected
            if sum != entries.entries {
                findings.append(
                    CheckFinding(
                        place: "ledger drops",
                        message: "\(total.partner), \(total.verdict): \(entries.entries) orders read, but \(entries.accepted) accepted + "
                            + "\(entries.duplicate) duplicate + \(entries.conflict) conflict + \(entries.rejected) rejected are \(sum)"))
            }
            if total.verdict == Verdict.accepted.rawValue, entries.accepted != entries.entries {
                findings.append(
                    CheckFinding(
                        place: "ledger drops",
                        message:
                            "\(total.partner): accepted files hold \(entries.entries) orders, of which \(entries.accepted) were accepted"))
            }
        }
        counts.entries = try queries.countedEntries()
        return findings
    }

    /// Accepted orders, by where they are.
    func countOrders(_ queries: Queries) throws(LedgerError) -> [CheckFinding] {
        var findings: [CheckFinding] = []
        let counted = try queries.countedOrders()
        let kept = try queries.stageCounts().filter { $0.orders != 0 }
        func key(_ count: (stage: Stage, partner: String, orders: Int64)) -> String { "\(count.partner), \(count.stage.name)" }
        let left = Dictionary(counted.map { (key($0), $0.orders) }) { first, _ in first }
        let right = Dictionary(kept.map { (key($0), $0.orders) }) { first, _ in first }
        for name in Set(left.keys).union(right.keys).sorted() where left[name] != right[name] {
            findings.append(
                CheckFinding(place: "ledger stage_counts", message: "\(name): kept \(right[name] ?? 0) orders, counted \(left[name] ?? 0)"))
        }
        for count in counted { counts.stages[count.stage.name, default: 0] += count.orders }
        let all = counts.stages.values.reduce(0, +)
        if all != Int64(counts.entries.accepted) {
            findings.append(
                CheckFinding(place: "ledger orders", message: "\(counts.entries.accepted) orders were accepted, but there are \(all)"))
        }
        for drop in try queries.unevenDrops() {
            findings.append(
                CheckFinding(
                    place: drop.id.isEmpty ? "ledger orders" : "ledger drops, \(drop.id)",
                    message: drop.id.isEmpty
                        ? "\(drop.orders) orders come from no dropped file"
                        : "accepted \(drop.accepted) orders, but there are \(drop.orders) of it"))
        }
        return findings
    }

    /// Stock and what is set aside of it.
    func countStock(_ queries: Queries) throws(LedgerError) -> [CheckFinding] {
        var findings = try queries.unevenStock().map { row in
            CheckFinding(
                place: "ledger stock, \(row.product)",
                message: "\(row.reserved) pieces are set aside, but reservations add up to \(row.sum)")
        }
        for id in try queries.unevenReservations() {
            findings.append(CheckFinding(place: "ledger reservations, \(id)", message: "pieces are set aside for an order that needs none"))
        }
        return findings
    }
}
