import Spool

/// What partners are told of their uploads that ended too soon.
///
/// At most once a second, whatever changes: a partner with a thousand of them a second must not keep a thread writing. Where nothing has
/// changed there is nothing to wake up for.
extension Pipeline {
    /// Between two tellings, in nanoseconds.
    private static let uploadsInterval: Int64 = 1_000_000_000

    /// When what has changed is told; nil where nothing has.
    var nextUploads: Int64? { intake.unfinished.hasChanges ? nextUploadsTelling : nil }

    /// Tells what has changed, unless that was done less than a second ago.
    func tellUploads() {
        // What an earlier daemon left in any partner's directory is not known here: the first time all are told, those of whom nothing waits
        // too. Not while nothing is taken: what waits is known only once it was looked for.
        if !hasToldUploads, !isIntakePaused, !isDiskLow {
            hasToldUploads = true
            intake.unfinished.tellAgain(partners.keys)
        }
        if let next = nextUploads, next <= clock.bootNanoseconds() { tellUploadsNow() }
    }

    /// Tells what has changed at once, as before a stop.
    public func tellUploadsNow() {
        guard intake.unfinished.hasChanges else { return }
        nextUploadsTelling = clock.bootNanoseconds() + Self.uploadsInterval
        for (partner, uploads) in intake.unfinished.takeChanged() { uploadsChanged(partner, uploads) }
    }

    /// With a rescan: what waits is told again, so that a file that somebody has deleted comes back; and what a partner has deleted or
    /// renamed meanwhile, of which no event tells, waits no longer.
    ///
    /// Only those that are listed are looked at: the others come into the list as these leave it.
    func lookAtUnfinished() {
        let told = intake.unfinished.told
        for (partner, uploads) in told {
            for upload in uploads.uploads {
                let directory = intake.directories.values.first { $0.partner == partner && $0.drop == upload.directory }
                guard let directory, isGone(upload.name, from: directory) else { continue }
                intake.unfinished.remove(directory, upload.name)
                intake.settle.forget(directory.tag, upload.name)
            }
        }
        intake.unfinished.tellAgain(told.map(\.partner))
    }

    /// Whether a name is surely not there: what cannot be looked at now is looked at again.
    private func isGone(_ name: FileName, from directory: DropDirectory) -> Bool {
        do throws(FileError) { return try files.status(in: try tree.directory(directory.path), name) == nil } catch { return false }
    }
}
