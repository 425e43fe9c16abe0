/// A number for monitoring that goes up and down.
public struct Gauge: Hashable, Sendable {
    /// The metric's name.
    public let name: String
    /// What it counts, in a sentence.
    public let help: String
    /// The partner it is about; `nil` where it is about all.
    public let partner: String?
    /// The number.
    public let value: Int64

    /// A number about all partners, or about one.
    public init(_ name: String, _ help: String, partner: String? = nil, _ value: Int64) {
        self.name = name
        self.help = help
        self.partner = partner
        self.value = value
    }
}
