import Spool
import Synchronization

/// A series of numbers that is the same in every run (SplitMix64).
final class SeededRandom: RandomSource {
    private let state: Mutex<UInt64>

    init(_ seed: UInt64) { state = Mutex(seed) }

    func next() -> UInt64 {
        state.withLock { state in
            state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = state
            mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
            return mixed ^ mixed >> 31
        }
    }
}

/// The decisions of one seed.
final class Dice {
    private let random: SeededRandom

    init(_ seed: UInt64) { random = SeededRandom(seed) }

    /// A number from 0 to below `limit`, which is 1 or more.
    func below(_ limit: Int) -> Int { Int(random.next() % UInt64(max(1, limit))) }

    /// A number of a range.
    func within(_ range: ClosedRange<Int>) -> Int { range.lowerBound + below(range.count) }

    /// True once in so many times.
    func once(in times: Int) -> Bool { below(times) == 0 }

    /// One of some, which are not empty.
    func pick<Element>(_ choices: [Element]) -> Element { choices[below(choices.count)] }

    /// The index of one of these weights.
    func weighted(_ weights: [Int]) -> Int {
        var left = below(weights.reduce(0, +))
        for (index, weight) in weights.enumerated() {
            if left < weight { return index }
            left -= weight
        }
        return weights.count - 1
    }

    /// Another series, for a part that must not shift when this one is asked more often.
    func fork() -> Dice { Dice(random.next()) }
}
