/// The tag that the owner of a watch gave to the directory it watches.
public typealias WatchedDirectory = Int

/// Something that happened in a watched directory. A hint: the directory is the truth.
public struct WatchEvent: Hashable, Sendable {
    /// What happened.
    public enum Kind: Hashable, Sendable {
        /// A file was renamed into the directory, or within it to this name: whole, if the uploader does as it should.
        case renamedIn
        /// A file that was open for writing was closed. The upload ended, or broke off: both look alike.
        case closedAfterWriting
        /// A name was made: by a new file, by a link, or by a directory.
        case created
        /// A name was removed.
        case removed
        /// A file was renamed out of the directory, or within it from this name.
        case movedOut
        /// Mode, owner or times changed.
        case attributes
        /// Events were lost, of any directory: scan all of them.
        case overflow
        /// The directory itself was removed, renamed or unmounted. Its watch is gone: watch what has its place now, then scan.
        ///
        /// The kernel tells of a removed directory only once nobody has it open any more, and of nothing where a directory above it was
        /// renamed. So who keeps directories open, as ``SpoolTree`` does, also asks ``SpoolTree/revalidate()`` from time to time.
        case directoryGone
    }

    /// The directory's tag; `nil` for an overflow, which concerns all.
    public let directory: WatchedDirectory?
    /// The name in the directory; `nil` where the event concerns the directory itself.
    public let name: FileName?
    /// What happened.
    public let kind: Kind
    /// Whether the name is a directory's.
    public let isDirectory: Bool

    /// An event put together by hand, as a simulation does.
    public init(directory: WatchedDirectory?, name: FileName?, kind: Kind, isDirectory: Bool = false) {
        self.directory = directory
        self.name = name
        self.kind = kind
        self.isDirectory = isDirectory
    }
}

/// Which events a watch is for. ``WatchEvent/Kind/overflow`` and ``WatchEvent/Kind/directoryGone`` always come.
public struct WatchInterest: OptionSet, Hashable, Sendable {
    /// One bit an event.
    public let rawValue: UInt8

    /// These bits.
    public init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    /// Files renamed into the directory.
    public static let renamedIn = WatchInterest(rawValue: 1)
    /// Files closed after writing.
    public static let closedAfterWriting = WatchInterest(rawValue: 2)
    /// Names made.
    public static let created = WatchInterest(rawValue: 4)
    /// Names removed.
    public static let removed = WatchInterest(rawValue: 8)
    /// Files renamed out of the directory.
    public static let movedOut = WatchInterest(rawValue: 16)
    /// Attributes changed.
    public static let attributes = WatchInterest(rawValue: 32)

    /// What a drop directory is watched for: every way in which an upload comes to its final name. An old-style rename is link and unlink,
    /// which raises `created` and nothing else; `attributes` restarts the settle time of who sets times after closing.
    public static let uploads: WatchInterest = [.renamedIn, .closedAfterWriting, .created, .attributes]
    /// What a directory is watched for where people move files by hand.
    public static let moves: WatchInterest = [.renamedIn, .movedOut, .created, .removed, .closedAfterWriting]
}
