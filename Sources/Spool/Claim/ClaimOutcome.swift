/// Where a file lies after an attempt to claim it.
public enum FilePlace: Hashable, Sendable {
    /// In the partner's drop directory.
    case dropDirectory
    /// In the daemon's directory for claimed files.
    case claimed
}

/// Why a thing in a drop directory can never be taken as an upload. It still has to leave: a rename moves any of them.
public enum RefusalReason: Hashable, Sendable {
    /// Not a file at all.
    case notRegular(FileKind)
    /// A symbolic link, which is never followed.
    case symlink
    /// A file with this many names: it can still be changed, and read, by another. Refuse it when it is so after the settle time as well:
    /// an old-style rename has two names for a moment.
    case linked(UInt32)
    /// A file of this many bytes, more than may be taken.
    case tooLarge(Int64)
    /// A file that the daemon may not read; with the error number.
    case unreadable(Int32)
}

/// A file that was claimed: it lies in the directory for claimed files, and is open for reading.
public struct ClaimedFile: Sendable {
    /// Its name, in both directories.
    public let name: FileName
    /// The file, as it is after the claim.
    public let status: FileStatus
    /// Whether a read lease was granted, which shows that nobody could write then. Else only the settle time speaks for completeness.
    public var leased: Bool { opened.leased }
    /// Open for reading, while a copy of this value lives.
    public var descriptor: Descriptor { opened.descriptor }

    let opened: OpenedFile

    /// Gives the lease back once the file is read, so that a writer that waits for it goes on.
    public func dropLease() { opened.dropLease() }

    /// Closes the descriptor, and gives the lease back with it. Nothing where that is done already.
    public func close() { opened.close() }
}

/// What came of an attempt to claim a file.
public enum ClaimOutcome: Sendable {
    /// It is claimed.
    case claimed(ClaimedFile)
    /// A writer has it open: try again after the settle time. Where it lies in `claimed` already, by `Claimer.openClaimed`.
    case busy(FilePlace, FileStatus)
    /// There is no such file any more.
    case gone
    /// An earlier drop of this name is still in the directory for claimed files: try again when that is done.
    case nameTaken
    /// Another file has the name by now, or the content has changed since it was looked at: to be treated as newly found, with this status.
    /// Where it lies in `dropDirectory`, it may have been put back there: see `SettleTable.postpone`.
    case changed(FilePlace, FileStatus)
    /// It can never be taken.
    case refused(RefusalReason, FilePlace, FileStatus?)
    /// A call failed for a reason that is not the file's, such as a full disk: try again later.
    case failed(FileError, FilePlace)
}

/// What came of opening a file where it was dropped.
public enum OpenOutcome: Sendable {
    /// It is open, with a lease where such can be had.
    case opened(OpenedFile)
    /// A writer has it open: try again after the settle time.
    case busy(FileStatus)
    /// There is no such file any more.
    case gone
    /// It is another file, or has changed: to be treated as newly found, with this status.
    case changed(FileStatus)
    /// It can never be taken.
    case refused(RefusalReason, FileStatus?)
    /// A call failed for a reason that is not the file's: try again later.
    case failed(FileError)
}
