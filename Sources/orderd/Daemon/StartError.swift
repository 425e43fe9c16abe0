import Ledger
import Spool
import Stages

/// Why orderd cannot start, or must stop.
enum StartError: Error, CustomStringConvertible {
    /// Another process holds the spool.
    case locked(by: String)
    /// The ledger or the journal.
    case ledger(LedgerError)
    /// A file or directory.
    case file(FileError)
    /// The pipeline, while it ran.
    case pipeline(PipelineError)
    /// What followers publish.
    case followers(String)
    /// A value of the configuration.
    case configuration(String)
    /// There is no spool where one was named.
    case noSpool(String)

    var description: String {
        switch self {
        case .locked(let holder):
            "another orderd has this spool (\(holder)): use that one, or stop it first"
        case .ledger(let error): error.description
        case .file(let error): error.description
        case .pipeline(let error): error.description
        case .followers(let text): text
        case .configuration(let text): text
        case .noSpool(let path): "\(path) is no spool; make one with: orderd init \(path)"
        }
    }
}
