import Spool

/// What lies in one drop directory.
struct Inbox {
    let partner: String
    let directory: String
    /// Files under a name that is taken.
    var waiting = 0
    /// Files under a name that never is: hidden, or a temporary one.
    var temporary = 0

    /// Orders a minute that are taken from the partner; 0 for no limit.
    var rateLimit = 0

    var text: String {
        let path = SpoolTree.dropDirectory(directory, of: partner)
        let limit = rateLimit > 0 ? "; at most \(rateLimit) orders a minute are taken (intake.rateLimit)" : ""
        return counted(waiting, "file") + (temporary > 0 ? " (and \(temporary) under temporary names)" : "") + " in \(path)/" + limit
    }

    /// The drop directories of partners; one that cannot be looked into counts as empty.
    static func all(of partners: [String], _ tree: SpoolTree) -> [Inbox] {
        partners.flatMap { partner in
            SpoolTree.dropDirectories.map { drop in
                var inbox = Inbox(partner: partner, directory: drop)
                try? tree.withDirectory(SpoolTree.dropDirectory(drop, of: partner)) { directory throws(FileError) in
                    try tree.files.list(directory).visit { entry throws(FileError) in
                        if judgeName(entry.name) == .candidate { inbox.waiting += 1 } else { inbox.temporary += 1 }
                        return true
                    }
                }
                return inbox
            }
        }
    }
}
