import Foundation
import Glibc

/// The deterministic simulation: production code of intake, engine, followers and recovery with a real SQLite ledger, on a disk, clocks,
/// randomness and a payment gateway that one number decides.
public enum Simulation {
    /// What came of one seed.
    public struct Outcome: Sendable {
        /// The seed.
        public let seed: UInt64
        /// The promise that was broken, and how; nil where all hold.
        public let violation: String?
        /// A digest of all that happened: the same for every run of the seed.
        public let digest: UInt64
        /// How many things happened.
        public let events: Int
        /// Processes of the daemon in it, the first one included.
        public let lives: Int
        /// Orders that were accepted.
        public let orders: Int
        /// What happened, a line each; empty unless it was asked for.
        public let trace: [String]
    }

    /// Whether the process has fixed hashing: without it the order of a set's elements, and so the run, differs each time.
    public static var isRepeatable: Bool { getenv("SWIFT_DETERMINISTIC_HASHING") != nil }

    /// Runs one seed, on the calling thread.
    ///
    /// - Parameters:
    ///   - seed: any number.
    ///   - keepsTrace: whether the outcome tells all that happened.
    ///   - directory: where ledgers are kept meanwhile; in memory where that can be had.
    public static func run(seed: UInt64, keepsTrace: Bool = false, in directory: String = scratch) -> Outcome {
        let folder = directory + "/orderd-simulation-\(getpid())-\(seed)-\(UUID().uuidString.prefix(8))"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        do {
            let world = try World(seed: seed, scratch: folder, keepsTrace: keepsTrace)
            defer { world.close() }
            var violation: String?
            do {
                try world.run()
                try world.check()
            } catch {
                violation = world.found.first ?? "\(error)"
            }
            if let violation { world.trace.note("violation", violation) }
            return Outcome(
                seed: seed, violation: violation, digest: world.trace.digest, events: world.trace.count, lives: world.lives,
                orders: world.witness.stories.count, trace: world.trace.lines)
        } catch {
            return Outcome(seed: seed, violation: "\(error)", digest: 0, events: 0, lives: 0, orders: 0, trace: [])
        }
    }

    /// A directory in memory, or the one for temporary files.
    public static var scratch: String {
        FileManager.default.isWritableFile(atPath: "/dev/shm") ? "/dev/shm" : FileManager.default.temporaryDirectory.path
    }
}
