import ArgumentParser
import Foundation

extension CommandFailure {
    /// Ends the process as an error asks: 64 for usage, which ArgumentParser has words for; ours as they say; 2 for all others.
    static func end(with error: any Error) -> Never {
        if let failure = error as? CommandFailure {
            if !failure.description.isEmpty { complain(failure.description) }
            Foundation.exit(failure.code)
        }
        if !(error is ExitCode), Orderd.exitCode(for: error) == .failure {
            complain("\(error)")
            Foundation.exit(2)
        }
        Orderd.exit(withError: error)
    }
}
