/// What can go wrong with the ledger or the journal: a code for programs, a message for people, and what to do about it.
public struct LedgerError: Error, Sendable, CustomStringConvertible {
    /// The kinds of failure, which a caller may tell apart.
    public enum Code: String, Sendable {
        /// The ledger was written by a newer orderd.
        case newerSchema = "newer-schema"
        /// There is no ledger, but there is a history that it should hold.
        case missing
        /// The journal holds events that the ledger does not.
        case journalAhead = "journal-ahead"
        /// Ledger and journal tell different stories of one event.
        case diverged
        /// Bytes were found that cannot have been written so.
        case damaged
        /// SQLite or the file system refused a call; nothing after it may be trusted.
        case storage
        /// SQLite is busy with another writer; the same call may succeed later.
        case busy
        /// An id is not in the ledger.
        case unknown
    }

    /// Which failure.
    public let code: Code
    /// What was expected, what was found, and where.
    public let message: String
    /// What the reader can do about it.
    public let hint: String

    /// Makes an error of a code, a message, and a hint.
    public init(_ code: Code, _ message: String, hint: String = "") {
        self.code = code
        self.message = message
        self.hint = hint
    }

    /// The message and the hint on one line.
    public var description: String { hint.isEmpty ? message : "\(message); \(hint)" }

    /// The process is out of file descriptors, which SQLite itself only calls a file that cannot be opened.
    static func noDescriptors(_ path: String) -> LedgerError {
        LedgerError(.storage, "\(path) cannot be opened: no file descriptors are left", hint: "raise the limit (ulimit -n)")
    }
}
