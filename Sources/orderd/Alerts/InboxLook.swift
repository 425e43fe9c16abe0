import Ledger
import Orders
import Spool

/// Looks for the dropped file that has lain longest.
///
/// The directories themselves are asked: the pipeline knows only what it has found and has room for, and neither what it may not move nor
/// what an event was lost of; and a rule about a pipeline that takes nothing had better not ask the pipeline.
final class InboxLook {
    /// A file, without its name, which is anybody's text.
    struct Found: Equatable {
        /// Its last change, that of its name included: nobody can set it.
        let since: Timestamp
        /// Where it lies, below the spool's root.
        let directory: String
        /// How many lie in all directories that were looked into, this one among them.
        var files: Int64 = 1
    }

    let tree: SpoolTree
    private let clock: any Clock
    private var last: Found?
    private var nextLook = Int64.min

    /// Of the time, looking takes a part in so many at most: in a directory of a million files a look takes a second or two.
    private static let part: Int64 = 50

    init(_ tree: SpoolTree, clock: any Clock = SystemClock()) {
        self.tree = tree
        self.clock = clock
    }

    /// The oldest file under a name that is taken; nil where there is none. Where the last look took long, what that has found.
    ///
    /// A directory that cannot be looked into counts as empty: `orderd doctor` is for those.
    func oldest(of partners: [String]) -> Found? {
        let begin = clock.bootNanoseconds()
        guard begin >= nextLook else { return last }
        last = look(partners)
        let end = clock.bootNanoseconds()
        nextLook = end + (end - begin) * Self.part
        return last
    }

    private func look(_ partners: [String]) -> Found? {
        var oldest: (changeTime: Int64, directory: String)?
        var files: Int64 = 0
        for partner in partners {
            for drop in SpoolTree.dropDirectories {
                let path = SpoolTree.dropDirectory(drop, of: partner)
                try? tree.withDirectory(path) { directory throws(FileError) in
                    try tree.files.list(directory).visit { entry throws(FileError) in
                        // It may have been taken since it was listed.
                        if judgeName(entry.name) == .candidate, let status = try tree.files.status(in: directory, entry.name) {
                            files += 1
                            if status.changeTime < oldest?.changeTime ?? .max { oldest = (status.changeTime, path) }
                        }
                        return true
                    }
                }
            }
        }
        return oldest.map {
            Found(since: Timestamp(milliseconds: $0.changeTime / 1_000_000), directory: $0.directory + "/", files: files)
        }
    }
}

extension Queries {
    /// Partners whose files wait for orderd: what a disabled one has left lies there because somebody wanted it so.
    func activePartners() throws(LedgerError) -> [String] { try partners().filter { $0.state == "active" }.map(\.name) }
}
