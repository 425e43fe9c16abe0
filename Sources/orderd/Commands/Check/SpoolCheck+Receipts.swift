import Ledger
import Orders
import Reports
import Spool

/// Every dropped file has a verdict and its receipt, or is in hand.
extension SpoolCheck {
    /// Looks at the receipt of the last drop of each name.
    func examineReceipts(_ queries: Queries, _ report: (Subject, [CheckFinding]) -> Void) throws(LedgerError) {
        let bar = ProgressBar("receipts", total: counts.drops)
        defer { bar.end() }
        try queries.lastDrops { drop throws(LedgerError) in
            counts.receipts += 1
            report(.drop(drop.id), try examineReceipt(drop, queries))
            bar.show(counts.receipts)
        }
    }

    /// Looks at a drop again: it may have been finished, or another one of its name may have come, meanwhile.
    func examineDrop(_ id: DropID, _ queries: Queries) throws(LedgerError) -> [CheckFinding] {
        guard let drop = try queries.drop(id: id.text) else { return [] }
        guard drop.verdict != nil else { return examineOpen(drop) }
        let last = try queries.lastDrop(partner: drop.facts.partner, directory: drop.facts.directory, name: drop.facts.name)
        return try examineReceipt(last ?? drop, queries)
    }

    private func examineReceipt(_ drop: DropRecord, _ queries: Queries) throws(LedgerError) -> [CheckFinding] {
        if undelivered.contains(drop.id.text) { return [] }
        let place = Receipts.path(drop.facts)
        let expected = try ReceiptFile.bytes(drop, queries)
        do throws(FileError) {
            guard let name = FileName(bytes: drop.facts.name) else { return [] }
            let found = try tree.files.readAll(
                in: try tree.directory(SpoolTree.receiptDirectory(drop.facts.directory, of: drop.facts.partner)),
                cutName(name, suffix: ".receipt.json", digest: sha256), limit: 1 << 30)
            guard let found else { return [CheckFinding(place: place, message: "expected the receipt of \(drop.id.text), found none")] }
            if found == expected { return [] }
            let told = (try? JSONValue.parse(found))?["dropId"]?.text
            guard told == drop.id.text else {
                return [CheckFinding(place: place, message: "expected the receipt of \(drop.id.text), found that of \(told ?? "no drop")")]
            }
            return [CheckFinding(place: place, message: "says something else than the ledger says of \(drop.id.text)")]
        } catch {
            // The directory of a removed partner may have been taken away.
            if error.isMissing, partners[drop.facts.partner] == "removed" { return [] }
            return [CheckFinding(place: place, message: "cannot be read: \(error)")]
        }
    }

    /// Looks whether the files of drops without a verdict are in hand.
    func examineOpenDrops(_ queries: Queries, _ report: (Subject, [CheckFinding]) -> Void) throws(LedgerError) {
        for drop in try queries.openDrops() {
            counts.open += 1
            report(.drop(drop.id), examineOpen(drop))
        }
    }

    private func examineOpen(_ drop: DropRecord) -> [CheckFinding] {
        let directory = SpoolTree.claimedDirectory(drop.facts.directory, of: drop.facts.partner)
        guard let name = FileName(bytes: drop.facts.name) else { return [] }
        let place = "\(directory)/\(name)"
        do throws(FileError) {
            guard let status = try tree.files.status(in: try tree.directory(directory), name) else {
                return [CheckFinding(place: place, message: "expected the file of \(drop.id.text), of which a part is taken, found none")]
            }
            guard status.inode == drop.facts.inode, status.device == drop.facts.device else {
                return [CheckFinding(place: place, message: "expected the file of \(drop.id.text), found another one")]
            }
            return []
        } catch {
            if error.isForbidden {
                note("claimed/ cannot be looked into by this user")
                return []
            }
            return [CheckFinding(place: place, message: "cannot be read: \(error)")]
        }
    }
}
