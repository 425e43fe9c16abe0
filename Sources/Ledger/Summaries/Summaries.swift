public import Orders

/// Sums for reports, as one batch has changed them: one row a key is written at its end, however many orders the batch has.
struct Summaries {
    struct HourKey: Hashable {
        /// Hours since 1970.
        let hour: Int64
        let partner: String
    }

    struct HourDelta {
        var accepted: Int64 = 0
        var completed: Int64 = 0
        var cancelled: Int64 = 0
        var rejected: Int64 = 0
        var failed: Int64 = 0
        var held: Int64 = 0
    }

    struct CountryKey: Hashable {
        let day: String
        let partner: String
        let country: ExactText
        let currency: String
    }

    struct SalesDelta {
        var orders: Int64 = 0
        var units: Int64 = 0
        var amount: Int64 = 0
    }

    struct LatencyKey: Hashable {
        let day: String
        let partner: String
        let measure: LatencyMeasure
        let atMost: Int64
    }

    struct LatencyDelta {
        var count: Int64 = 0
        var milliseconds: Int64 = 0
    }

    struct RefusalKey: Hashable {
        let day: String
        let partner: String
        let what: Refused
        let code: ExactText
    }

    /// The first that a batch met, and how many.
    struct RefusalDelta {
        var count: Int64 = 0
        let example: RefusalExample
    }

    struct CustomerRow {
        let since: String
        var last: String
        var isDirty: Bool
    }

    struct CustomerKey: Hashable {
        let day: String
        let partner: String
    }

    struct CustomerDelta {
        var new: Int64 = 0
        var returning: Int64 = 0
    }

    struct Matter {
        var open: Int64
        var since: Int64
    }

    var hours: [HourKey: HourDelta] = [:]
    var countries: [CountryKey: SalesDelta] = [:]
    var latencies: [LatencyKey: LatencyDelta] = [:]
    var refusals: [RefusalKey: RefusalDelta] = [:]
    var customers: [Tables.IdentityKey: CustomerRow] = [:]
    var customerTotals: [CustomerKey: CustomerDelta] = [:]
    /// Orders completed by minute since 1970, in order: events never run back.
    var minutes: [(minute: Int64, completed: Int64)] = []
    var matters: [String: Matter] = [:]
    /// When the uploads were whole that this batch has met, by the event number of their drop.
    var finished: [Int64: Int64?] = [:]

    mutating func forget() {
        hours.removeAll(keepingCapacity: true)
        countries.removeAll(keepingCapacity: true)
        latencies.removeAll(keepingCapacity: true)
        refusals.removeAll(keepingCapacity: true)
        customers.removeAll(keepingCapacity: true)
        customerTotals.removeAll(keepingCapacity: true)
        minutes.removeAll(keepingCapacity: true)
        matters.removeAll(keepingCapacity: true)
        finished.removeAll(keepingCapacity: true)
    }

    mutating func latency(_ measure: LatencyMeasure, _ day: String, _ partner: String, _ milliseconds: Int64) {
        let milliseconds = max(0, milliseconds)
        let key = LatencyKey(day: day, partner: partner, measure: measure, atMost: LatencyBounds.atMost(milliseconds))
        latencies[key, default: LatencyDelta()].count += 1
        latencies[key, default: LatencyDelta()].milliseconds.add(milliseconds)
    }

    mutating func completed(minute: Int64) {
        if minutes.last?.minute == minute {
            minutes[minutes.count - 1].completed += 1
        } else {
            minutes.append((minute, 1))
        }
    }
}

/// What was refused.
public enum Refused: String, Sendable, CaseIterable {
    /// A dropped file, as a whole.
    case file
    /// One order of a dropped file.
    case order
    /// An accepted order, by a step.
    case step
}

/// One thing that was refused for a reason, to show what is meant by it.
public struct RefusalExample: Sendable, Equatable {
    /// When it was refused.
    public let at: Timestamp
    /// The dropped file's or, where a step refused it, the order's id.
    public let subject: String
    /// The file's name: any bytes.
    public let file: [UInt8]
    /// Which order of the file, from 0; nil where it is about the file, or a step refused it.
    public let entry: Int?
    /// The partner's own reference, where it could be read.
    public let reference: String?
    /// Where in the order, as a JSON pointer.
    public let pointer: String
    /// What was expected and found.
    public let message: String

    /// An example of these parts.
    public init(at: Timestamp, subject: String, file: [UInt8], entry: Int?, reference: String?, pointer: String, message: String) {
        self.at = at
        self.subject = subject
        self.file = file
        self.entry = entry
        self.reference = reference
        self.pointer = pointer
        self.message = message
    }
}
