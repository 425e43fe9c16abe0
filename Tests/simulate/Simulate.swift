import ArgumentParser
import Foundation
import Glibc
import Simulation
import Synchronization

/// Runs seeds of the simulation, until one fails.
@main
struct Simulate: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulate",
        abstract: "Run the deterministic simulation.",
        discussion: """
            Each seed is one run: partners, people, a bank, a disk and the daemon, with crashes, power cuts, errors and clock jumps, then peace, \
            and a look at every promise. The same seed is the same run, everywhere and every time.

              simulate --seeds 0..<10000 --jobs 2
              simulate --seeds 4711 --trace

            Exit code 0 where all seeds hold, 1 where one does not.
            """)

    @Option(help: "The seeds: a number, or a range such as 0..<1000.")
    var seeds = "0..<200"
    @Option(help: "How many run at one time.")
    var jobs = 2
    @Flag(help: "Print all that happens in each seed.")
    var trace = false
    @Flag(help: "Print each seed's digest.")
    var digests = false
    @Flag(help: "Go on after a seed that fails.")
    var keepGoing = false

    func validate() throws {
        if range == nil { throw ValidationError("--seeds is a number or a range such as 0..<1000, not \(seeds).") }
        if jobs < 1 { throw ValidationError("--jobs is 1 or more.") }
    }

    private var range: Range<UInt64>? {
        if let one = UInt64(seeds) { return one..<one + 1 }
        let parts = seeds.components(separatedBy: "..<").compactMap(UInt64.init)
        guard parts.count == 2, parts[0] < parts[1] else { return nil }
        return parts[0]..<parts[1]
    }

    func run() throws {
        try beginAnewWithFixedHashing()
        raiseDescriptorLimit()
        guard let range else { return }
        let queue = SeedQueue(range, stopsAtFailure: !keepGoing)
        let began = Date()
        let group = DispatchGroup()
        for _ in 0..<min(jobs, range.count) {
            group.enter()
            let thread = Thread {
                while let seed = queue.next() { report(Simulation.run(seed: seed, keepsTrace: trace), queue) }
                group.leave()
            }
            thread.stackSize = 8 << 20
            thread.start()
        }
        group.wait()
        let sum = queue.sum
        print(
            "\(sum.seeds) seeds, \(sum.orders) orders, \(sum.lives) starts, \(sum.events) events in \(Int(Date().timeIntervalSince(began))) s: "
                + (sum.failures == 0 ? "all promises hold" : "\(sum.failures) failed"))
        if sum.failures > 0 { throw ExitCode(1) }
    }

    private func report(_ outcome: Simulation.Outcome, _ queue: SeedQueue) {
        queue.add(outcome) {
            for line in outcome.trace { print(line) }
            if digests { print("seed \(outcome.seed) \(String(outcome.digest, radix: 16)) \(outcome.events)") }
            if let violation = outcome.violation {
                print("seed \(outcome.seed) fails: \(violation)")
                print("run it again: \(CommandLine.arguments[0]) --seeds \(outcome.seed) --trace")
            }
            fflush(nil)
        }
        if queue.showsProgress { FileHandle.standardError.write(Data("\r\(queue.sum.seeds) of \(queue.count) ".utf8)) }
    }

    /// Sets and dictionaries list their elements in an order that differs in each process, unless it was begun with this variable.
    private func beginAnewWithFixedHashing() throws {
        guard !Simulation.isRepeatable else { return }
        setenv("SWIFT_DETERMINISTIC_HASHING", "1", 1)
        var arguments = CommandLine.arguments.map { strdup($0) } + [nil]
        execv("/proc/self/exe", &arguments)
        throw ValidationError("cannot begin anew: \(String(cString: strerror(errno)))")
    }

    /// A process that ends early leaves some descriptors open, as the program itself may.
    private func raiseDescriptorLimit() {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        limit.rlim_cur = limit.rlim_max
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }
}

/// Hands out seeds, and adds up what came of them.
final class SeedQueue: Sendable {
    struct Sum {
        var seeds = 0
        var failures = 0
        var orders = 0
        var lives = 0
        var events = 0
    }

    let count: Int
    let showsProgress = isatty(2) == 1
    private let range: Range<UInt64>
    private let stopsAtFailure: Bool
    private let state: Mutex<(next: UInt64, sum: Sum)>

    init(_ range: Range<UInt64>, stopsAtFailure: Bool) {
        self.range = range
        self.stopsAtFailure = stopsAtFailure
        count = range.count
        state = Mutex((range.lowerBound, Sum()))
    }

    var sum: Sum { state.withLock { $0.sum } }

    func next() -> UInt64? {
        state.withLock { state in
            guard state.next < range.upperBound, !stopsAtFailure || state.sum.failures == 0 else { return nil }
            state.next += 1
            return state.next - 1
        }
    }

    /// Adds an outcome, and calls `body` while nobody else prints.
    func add(_ outcome: Simulation.Outcome, _ body: () -> Void) {
        state.withLock { state in
            state.sum.seeds += 1
            state.sum.failures += outcome.violation == nil ? 0 : 1
            state.sum.orders += outcome.orders
            state.sum.lives += outcome.lives
            state.sum.events += outcome.events
            body()
        }
    }
}
