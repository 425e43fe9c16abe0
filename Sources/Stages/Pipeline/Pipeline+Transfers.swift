import Logging
import Spool

/// What sshd says of uploads: the strongest witness of their end, where a partner's chroot has a directory `dev` that is orderd's.
extension Pipeline {
    /// Lines of one log that a turn reads; the rest waits, so that no partner fills a turn.
    private static let linesATurn = 4096

    /// Opens a partner's log socket where its chroot has a place for one.
    func openTransferLog(_ partner: String) {
        guard readsTransferLogs else { return }
        do throws(FileError) {
            let place = SpoolTree.logDirectory(of: partner)
            guard try files.status(at: tree.rootDescriptor, path: Path(place)) != nil else {
                transferLogs[partner] = nil
                return
            }
            let directory = try tree.directory(place)
            if transferLogs[partner] != nil, try files.status(in: directory, TransferLog.name) != nil { return }
            transferLogs[partner] = try TransferLog(in: directory, files: files)
            transferTroubles.remove(partner)
        } catch {
            guard transferTroubles.insert(partner).inserted else { return }
            log.warning(
                "sshd's log of a partner cannot be read; uploads are judged without it",
                metadata: ["partner": "\(partner)", "error": "\(error)"])
        }
    }

    /// Takes what sshd has said since the last turn.
    func drainTransferLogs(_ boot: Int64) {
        for (partner, transfers) in transferLogs {
            transfers.drain(limit: Self.linesATurn) { line in
                // A download says the same with nothing written; an empty upload has read nothing either.
                guard line.bytesWritten > 0 || line.bytesRead == 0, let (folder, name) = line.place else { return }
                for directory in intake.directories.values where directory.partner == partner {
                    // A client that stands in its directory may give the name alone: it is looked for in all of them.
                    if let folder, !folder.elementsEqual(directory.drop.utf8) { continue }
                    intake.transferred(directory, name, isForced: line.isForced, now: boot)
                }
            }
        }
    }
}
