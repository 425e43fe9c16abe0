import Foundation
import Testing

/// Seeds of the simulation. `ORDERD_SEEDS` says which: a number, or a range such as `0..<10000`.
@Suite struct SeedTests {
    @Test func everySeedHoldsEveryPromise() throws {
        let seeds = ProcessInfo.processInfo.environment["ORDERD_SEEDS"] ?? "0..<200"
        let result = try SimulationRuns.run("--seeds", seeds)
        #expect(result.code == 0, "\(result.text)")
    }

    /// Seeds that have found a bug of the product, as the worlds of that day were.
    @Test(arguments: [6, 537, 612, 706, 819, 862, 1390, 3768, 3913]) func aSeedThatHasFoundABugHolds(_ seed: Int) throws {
        let result = try SimulationRuns.run("--seeds", "\(seed)")
        #expect(result.code == 0, "\(result.text)")
    }

    @Test func oneSeedIsOneRun() throws {
        let first = try SimulationRuns.run("--seeds", "7000..<7008", "--digests", "--jobs", "1")
        let second = try SimulationRuns.run("--seeds", "7000..<7008", "--digests", "--jobs", "1")
        let digests = first.text.split(separator: "\n").filter { $0.hasPrefix("seed ") }
        #expect(digests.count == 8)
        #expect(Set(digests.map { $0.split(separator: " ")[2] }).count == 8, "two seeds must not be one run")
        #expect(digests == second.text.split(separator: "\n").filter { $0.hasPrefix("seed ") })
    }
}
