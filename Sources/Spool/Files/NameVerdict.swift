/// What a name alone says about a file in a drop directory.
public enum NameVerdict: Hashable, Sendable {
    /// Begins with a dot: never taken.
    case hidden
    /// Ends as an unfinished upload or an editor's working copy does: never taken under this name.
    case temporary
    /// May be an upload under its final name.
    case candidate
}

/// Judges a name by its first and last characters; extensions match in any case.
///
/// A client that uploads under a temporary name renames the file when it is whole. Taken before, it would be half.
public func judgeName(_ name: FileName) -> NameVerdict {
    if name.isHidden { return .hidden }
    return temporarySuffixes.contains { name.hasSuffix($0, ignoringCase: true) } ? .temporary : .candidate
}

/// How names end that are never taken.
///
/// WinSCP writes `.filepart`, rclone `.partial`, browsers `.crdownload` and `.download`, editors `~` and `.swp`; the rest are what scripts
/// of partners use.
public let temporarySuffixes: [StaticString] = [
    ".filepart", ".part", ".partial", ".tmp", ".temp", ".crdownload", ".download", ".upload", ".uploading", ".inprogress",
    ".in-progress", ".incomplete", ".writing", ".swp", ".swx", "~",
]
