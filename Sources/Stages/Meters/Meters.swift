import Ledger
public import Spool

/// What the pipeline counts of itself since it was started: plain numbers on its own thread. A copy goes to who publishes them, once a turn
/// that committed something; nothing is allocated for an order.
public struct Meters: Sendable {
    /// The steps, in their order; the last is for moves of no step.
    let steps: [String]
    /// Moves, by step and kind.
    var moves: [Int64]
    /// How long a step took for a batch.
    var stepTimes: [Histogram]
    /// How long a commit took, the journal included; how many events it had.
    var commitTimes = Histogram.durations
    var commitEvents = Histogram(bounds: [1, 2, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000])
    /// Answers of the payment gateway, by effect and answer; how long they took.
    var answers: [Int64]
    var answerTimes = Histogram.durations
    /// Times that the kernel lost events, and that everything was looked through.
    var overflows: Int64 = 0
    var rescans: Int64 = 0

    private static let effects = ["charge", "refund"]
    private static let outcomes = ["done", "declined", "unavailable", "unknown", "not-found"]

    init(steps: [String]) {
        self.steps = steps + [""]
        moves = [Int64](repeating: 0, count: (steps.count + 1) * MoveKind.allCases.count)
        stepTimes = [Histogram](repeating: .durations, count: steps.count)
        answers = [Int64](repeating: 0, count: Self.effects.count * Self.outcomes.count)
    }

    /// - Parameter step: the step's place; behind the last for none.
    mutating func count(_ kind: MoveKind, step: Int) { moves[step * MoveKind.allCases.count + kind.place] += 1 }

    mutating func count(_ answer: PaymentAnswer, isRefund: Bool, nanoseconds: Int64) {
        let outcome =
            switch answer {
            case .done: 0
            case .declined: 1
            case .unavailable: 2
            case .unknown: 3
            case .notFound: 4
            }
        answers[(isRefund ? Self.outcomes.count : 0) + outcome] += 1
        answerTimes.observe(nanoseconds)
    }

    /// What they say, for who publishes it, on that one's thread. A move that never was has no sample.
    public var samples: [Sample] {
        var samples: [Sample] = []
        for (index, step) in steps.enumerated() {
            for kind in MoveKind.allCases {
                let count = moves[index * MoveKind.allCases.count + kind.place]
                if count > 0 { samples.append(Sample("orderd_moves_total", [("step", step), ("kind", kind.rawValue)], .number(count))) }
            }
        }
        for (step, times) in zip(steps, stepTimes) { samples.append(Sample("orderd_step_seconds", [("step", step)], .durations(times))) }
        samples.append(Sample("orderd_commit_seconds", .durations(commitTimes)))
        samples.append(Sample("orderd_commit_events", .sizes(commitEvents)))
        for (place, effect) in Self.effects.enumerated() {
            for (index, outcome) in Self.outcomes.enumerated() {
                let count = answers[place * Self.outcomes.count + index]
                samples.append(Sample("orderd_payment_answers_total", [("effect", effect), ("answer", outcome)], .number(count)))
            }
        }
        samples.append(Sample("orderd_payment_answer_seconds", .durations(answerTimes)))
        samples.append(Sample("orderd_watch_overflows_total", .number(overflows)))
        samples.append(Sample("orderd_rescans_total", .number(rescans)))
        return samples
    }
}

extension MoveKind {
    /// Its place among all kinds.
    fileprivate var place: Int {
        switch self {
        case .advanced: 0
        case .deferred: 1
        case .held: 2
        case .failed: 3
        case .declined: 4
        case .released: 5
        case .retried: 6
        case .cancelling: 7
        case .compensated: 8
        }
    }
}
