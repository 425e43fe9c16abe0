import Synchronization

/// Keeps followers from seeing a commit before the journal has it.
///
/// The writer holds the gate from its commit until the journal is on disk; a reader that publishes holds it while it begins its snapshot.
/// So nothing is ever published for an event that is in the ledger only.
public final class CommitGate: Sendable {
    private let mutex = Mutex(())

    /// Runs a short piece of work while nobody else is at the gate.
    func passing<Result>(_ body: () throws(LedgerError) -> sending Result) throws(LedgerError) -> sending Result {
        try mutex.withLock { _ throws(LedgerError) in try body() }
    }
}
