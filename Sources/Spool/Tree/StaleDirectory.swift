/// A directory of the spool that is no longer what it was when it was opened.
public struct StaleDirectory: Hashable, Sendable {
    /// Its path below the root; `""` for the root itself.
    public let path: String
    /// Whether there is no directory of that path now. Else another one has its place.
    public let isMissing: Bool

    /// A directory found replaced or missing.
    public init(path: String, isMissing: Bool) {
        self.path = path
        self.isMissing = isMissing
    }
}
