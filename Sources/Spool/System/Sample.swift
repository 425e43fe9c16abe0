/// What a metric says for one set of labels.
public struct Sample: Sendable {
    /// A number, or numbers by size.
    public enum Value: Sendable {
        /// A number.
        case number(Int64)
        /// Values in nanoseconds, told in seconds.
        case durations(Histogram)
        /// Values without a unit.
        case sizes(Histogram)
    }

    /// The metric's name.
    public let name: String
    /// Labels and their values, in the order in which the metric has them.
    public let labels: [(name: String, value: String)]
    /// What it says.
    public let value: Value

    /// A sample of a metric without labels.
    public init(_ name: String, _ value: Value) { self.init(name, [], value) }

    /// A sample.
    public init(_ name: String, _ labels: [(name: String, value: String)], _ value: Value) {
        self.name = name
        self.labels = labels
        self.value = value
    }
}
