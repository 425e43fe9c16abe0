/// An upload that ended too soon, and that waits in its drop directory to be resumed or replaced.
public struct WaitingUpload: Hashable, Sendable {
    /// What comes of it where nobody goes on with it.
    public enum Fate: Hashable, Sendable {
        /// It is refused.
        case refused
        /// What is whole in it is taken: a file of lines is good up to its last whole line.
        case takenAsFarAsItGoes
    }

    /// The drop directory: `orders`.
    public let directory: String
    /// The file's name.
    public let name: FileName
    /// Its size in bytes.
    public let size: Int64
    /// Since when it has not changed, in milliseconds since 1970 by the wall clock.
    public let since: Int64
    /// Until when it waits, in milliseconds since 1970 by the wall clock.
    public let until: Int64
    /// What comes of it then.
    public let fate: Fate

    /// An upload of these parts.
    public init(directory: String, name: FileName, size: Int64, since: Int64, until: Int64, fate: Fate) {
        self.directory = directory
        self.name = name
        self.size = size
        self.since = since
        self.until = until
        self.fate = fate
    }
}

/// What waits of one partner's uploads: those whose time is up first, and how many there are.
public struct WaitingUploads: Hashable, Sendable {
    /// How many are listed at most: whoever has more than a handful has one trouble, not a hundred.
    public static let listed = 100

    /// The first of them, the one whose time is up first in front.
    public let uploads: [WaitingUpload]
    /// How many wait, those that are not listed too.
    public let count: Int

    /// What waits, in any order; the same uploads give the same list.
    public init(_ waiting: some Collection<WaitingUpload>) {
        count = waiting.count
        uploads = Array(
            waiting.sorted { left, right in
                if left.until != right.until { return left.until < right.until }
                if left.name != right.name { return left.name.bytes.lexicographicallyPrecedes(right.name.bytes) }
                return left.directory < right.directory
            }.prefix(Self.listed))
    }

    /// Nothing waits.
    public static let none = WaitingUploads([])

    /// Whether nothing waits.
    public var isEmpty: Bool { count == 0 }
}
