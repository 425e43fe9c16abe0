import Synchronization

/// A gateway that moves no money: it answers by the order's payment token, for trials and demonstrations.
///
/// | token | answer |
/// |---|---|
/// | none, or any other | done |
/// | `tok_declined` | declined |
/// | `tok_unavailable` | unavailable, every time |
/// | `tok_timeout` | unknown, every time |
/// | `tok_late` | unknown at the first attempt although it was done; done when asked again |
/// | `tok_flaky` | unavailable twice, then done |
public final class SimulatedGateway: PaymentGateway {
    /// `simulated`
    public let name = "simulated"
    private let delay: Duration
    private let attempts = Mutex<[String: Int]>([:])

    /// - Parameter delay: how long each answer takes.
    public init(delay: Duration = .zero) { self.delay = delay }

    /// Answers by the token.
    public func charge(_ request: PaymentRequest) async -> PaymentAnswer {
        if delay > .zero { try? await Task.sleep(for: delay) }
        let attempt = attempts.withLock { attempts in
            attempts[request.key, default: 0] += 1
            return attempts[request.key] ?? 1
        }
        let done = PaymentAnswer.done(reference: "sim-" + request.key)
        switch request.token {
        case "tok_declined": return .declined("declined by the token tok_declined")
        case "tok_unavailable": return .unavailable("unavailable by the token tok_unavailable")
        case "tok_timeout": return .unknown("no answer by the token tok_timeout")
        case "tok_late": return attempt == 1 ? .unknown("late by the token tok_late") : done
        case "tok_flaky": return attempt <= 2 ? .unavailable("unavailable by the token tok_flaky") : done
        default: return done
        }
    }

    /// Always done.
    public func refund(_ request: PaymentRequest) async -> PaymentAnswer {
        if delay > .zero { try? await Task.sleep(for: delay) }
        return .done(reference: "sim-" + request.key)
    }

    /// Knows what it was asked in this run.
    public func lookup(_ request: PaymentRequest) async -> PaymentAnswer {
        let wasAsked = attempts.withLock { $0[request.key] != nil }
        return wasAsked ? .done(reference: "sim-" + request.key) : .notFound
    }
}
