public import Ledger
public import Spool

/// An error after which the daemon must stop; its next start recovers.
public enum PipelineError: Error, Sendable, CustomStringConvertible {
    /// The ledger or the journal failed.
    case ledger(LedgerError)
    /// A file operation failed on which everything rests.
    case file(FileError)
    /// An order's file could not be put in its place.
    case placing(String)

    /// What failed, and what to do.
    public var description: String {
        switch self {
        case .ledger(let error): error.description
        case .file(let error): error.description
        case .placing(let text): text
        }
    }
}
