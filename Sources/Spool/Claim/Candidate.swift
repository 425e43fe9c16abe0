/// How it was noticed that a file may be there whole.
public enum Sighting: Int, Hashable, Sendable, Comparable {
    /// Its name was made, and no more is known: an old-style rename makes a link, or an upload has just begun.
    case created
    /// A scan came upon it.
    case found
    /// Who wrote it closed it.
    case closed
    /// The server's own log says that the client finished it.
    case logged
    /// It was renamed to its name.
    case renamed

    /// The less a sighting says about completeness, the smaller it is.
    public static func < (left: Sighting, right: Sighting) -> Bool {
        left.rawValue < right.rawValue
    }
}

/// A file in a drop directory that may be taken.
public struct Candidate: Hashable, Sendable {
    /// The tag of its directory.
    public let directory: WatchedDirectory
    /// Its name.
    public let name: FileName
    /// The file as it was last looked at.
    public internal(set) var status: FileStatus
    /// The most telling way in which it was noticed.
    public internal(set) var how: Sighting
    /// When it was first noticed, in nanoseconds of the boot clock.
    public let firstSeen: Int64
    /// Since when it is known not to have changed, in nanoseconds of the boot clock.
    public internal(set) var unchangedSince: Int64
    /// The server's own log says that the upload broke off, and nothing was written since.
    public internal(set) var isBroken = false

    /// A candidate noticed at `now`, in nanoseconds of the boot clock.
    public init(directory: WatchedDirectory, name: FileName, status: FileStatus, how: Sighting, now: Int64) {
        self.directory = directory
        self.name = name
        self.status = status
        self.how = how
        firstSeen = now
        unchangedSince = now
    }

    /// The same file with the status that it has now, which says no less about completeness.
    public func confirmed(_ status: FileStatus) -> Candidate {
        var candidate = self
        candidate.status = status
        return candidate
    }

    /// A file of the name that was written to, or put there, in the moment of the claim: how it came before says nothing any more.
    public func foundAnew() -> Candidate {
        var candidate = self
        candidate.how = min(how, .found)
        return candidate
    }

    /// The same file, changed since it was last looked at.
    ///
    /// Attributes set after closing take nothing away from what is known. A new size does: it was written to again, whatever it had been.
    func changed(to status: FileStatus, how: Sighting, now: Int64) -> Candidate {
        var candidate = self
        candidate.how = status.size == self.status.size ? max(how, self.how) : how
        candidate.isBroken = isBroken && status.size == self.status.size && how < .logged
        candidate.status = status
        candidate.unchangedSince = now
        return candidate
    }
}
