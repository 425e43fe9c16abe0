import Ledger
import Logging
import Orders
import Spool

/// Uploads that an earlier run took and did not put away.
extension Pipeline {
    /// Finds the uploads that were taken and not put away: known drops are finished as their receipt says, others are judged now.
    func findClaimed(wasClean: Bool) throws(LedgerError) {
        let boot = clock.bootNanoseconds()
        var isKnown = false
        if !wasClean {
            intake.known = try knownDrops()
            isKnown = true
        }
        for directory in try claimedDirectories() {
            do throws(FileError) {
                let claimed = try tree.directory(directory.claimedPath, creating: SpoolTree.privateMode)
                let names = try files.list(claimed)
                var found: [FileName] = []
                while let batch = try names.next() { found += batch.map(\.name) }
                for name in found {
                    guard let status = try files.status(in: claimed, name) else { continue }
                    if !isKnown {
                        isKnown = true
                        do throws(LedgerError) { intake.known = try knownDrops() } catch {
                            throw FileError(call: "ledger", path: "\(error)", code: 5)
                        }
                    }
                    // No partner reaches a name here, so a known upload is that drop, even where a power cut has taken its content.
                    let drop = intake.known[DropIdentity(status, name)]
                    if let drop, drop.verdict != nil {
                        log.notice("a file of a finished drop is put away", metadata: ["drop": "\(drop.id)"])
                        intake.disposals.append(PendingDisposal(directory: directory, name: name, disposal: intake.disposal(of: drop)))
                    } else {
                        intake.waitingClaimed.append(
                            WaitingClaim(directory: directory, name: name, how: .found, since: boot, due: boot, drop: drop))
                    }
                }
            } catch {
                throw LedgerError(.storage, "claimed/ cannot be looked through: \(error)")
            }
        }
        takeBackKnown()
        dispose()
    }

    /// A power cut may undo a claim whose drop is committed: the upload lies in the drop directory again. It is put away now, while it is
    /// known, for after the next clean stop it would look like a new one.
    private func takeBackKnown() {
        for (upload, drop) in intake.known where drop.verdict != nil {
            guard
                let directory = intake.directories.values.first(where: {
                    $0.partner == drop.facts.partner && $0.drop == drop.facts.directory
                }), let name = FileName(bytes: upload.name)
            else { continue }
            do throws(FileError) {
                let source = try tree.directory(directory.path)
                guard let status = try files.status(in: source, name), DropIdentity(status, name) == upload,
                    status.size == drop.facts.size
                else { continue }
                try files.rename(
                    from: source, name, to: try tree.directory(directory.claimedPath, creating: SpoolTree.privateMode), name,
                    replacing: false)
                log.notice("a file of a finished drop was there again, and is put away", metadata: ["drop": "\(drop.id)"])
                intake.disposals.append(PendingDisposal(directory: directory, name: name, disposal: intake.disposal(of: drop)))
            } catch {
                log.warning("a file of a finished drop cannot be put away", metadata: ["drop": "\(drop.id)", "error": "\(error)"])
            }
        }
    }

    /// The drop directories of `claimed/`, of removed partners too.
    private func claimedDirectories() throws(LedgerError) -> [DropDirectory] {
        var all = intake.directories.values.sorted { $0.tag < $1.tag }
        for partner in try ledger.queries.partners() where partner.state != "active" {
            for drop in SpoolTree.dropDirectories {
                all.append(DropDirectory(tag: -1 - all.count, partner: partner.name, drop: drop))
            }
        }
        return all
    }

    /// The drops whose files may still be there: open ones, and those that ended since moves were last known to be on disk.
    private func knownDrops() throws(LedgerError) -> [DropIdentity: DropRecord] {
        var known: [DropIdentity: DropRecord] = [:]
        var drops = try ledger.queries.openDrops() + ledger.queries.drops(after: published)
        for change in try ledger.queries.changes(after: published, limit: .max) where change.kind == "drop.closed" {
            if let drop = try ledger.queries.drop(id: change.subject) { drops.append(drop) }
        }
        for drop in drops { known[DropIdentity(drop.facts)] = drop }
        return known
    }
}
