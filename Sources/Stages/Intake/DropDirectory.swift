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

    /// What events told and was not looked at yet, the oldest first, from `firstEvent` on.
    private var events: [(name: FileName, how: Sighting)] = []
    private var firstEvent = 0

    init(tag: WatchedDirectory, partner: String, drop: String) {
        self.tag = tag
        self.partner = partner
        self.drop = drop
    }

    /// Whether events wait to be looked at.
    var hasEvents: Bool { firstEvent < events.count }

    /// Keeps an event for its directory's turn; where more wait than there is room for, a scan makes up for it.
    func keep(_ name: FileName, _ how: Sighting, room: Int) {
        guard events.count - firstEvent < room else {
            needsScan = true
            return
        }
        events.append((name, how))
    }

    /// The oldest events that wait, at most so many.
    func takeEvents(_ limit: Int) -> ArraySlice<(name: FileName, how: Sighting)> {
        let taken = events[firstEvent...].prefix(limit)
        firstEvent = taken.endIndex
        if !hasEvents {
            events = []
            firstEvent = 0
        }
        return taken
    }

    /// Where partners drop.
    var path: String { SpoolTree.dropDirectory(drop, of: partner) }
    /// Where taken files lie until they are committed.
    var claimedPath: String { SpoolTree.claimedDirectory(drop, of: partner) }
}
