import Orders
import Spool

/// One directory into which a partner drops files.
final class DropDirectory {
    /// The tag of its watch.
    let tag: WatchedDirectory
    /// Whose it is.
    let partner: String
    /// `orders`, `requests` ...
    let drop: String
    /// A listing under way: the names of a huge directory are taken as there is room for them.
    var listing: DirectoryReader?
    /// Names of the listing's last batch that found no room.
    var leftover: ArraySlice<DirectoryEntry> = []
    /// A listing is to be begun.
    var needsScan = true
    /// Events cannot be had for it: only the rescan finds what is dropped.
    var isPolled = false

    init(tag: WatchedDirectory, partner: String, drop: String) {
        self.tag = tag
        self.partner = partner
        self.drop = drop
    }

    /// Where partners drop.
    var path: String { SpoolTree.dropDirectory(drop, of: partner) }
    /// Where taken files lie until they are committed.
    var claimedPath: String { SpoolTree.claimedDirectory(drop, of: partner) }
}
