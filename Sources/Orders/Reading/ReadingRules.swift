/// What may differ from partner to partner in how an order is read. The strictness of JSON itself may not.
public struct ReadingRules: Sendable, Equatable {
    /// What becomes of an order whose total is not the sum of its parts, beyond the tolerance.
    public enum TotalMismatch: String, CaseIterable, Sendable {
        /// A fault of code ``FaultCode/totalMismatch``.
        case refuse
        /// The order is read and bears the difference: a later step holds it.
        case letThrough = "let-through"
    }

    /// The currency of an order that names none.
    public var defaultCurrency: Currency
    /// How far the total may lie from the sum of its parts, either way, in minor units of the order's currency. Below zero counts as zero.
    public var tolerance: Int64
    /// What becomes of a larger difference.
    public var totalMismatch: TotalMismatch
    /// Whether an order must bear `orderReference` or `idempotencyKey`.
    public var requireReference: Bool
    /// How deep arrays and objects may nest; the order itself is the first level. 1 to 256, else taken as that limit.
    public var maximumDepth: Int
    /// How many lines an order may have.
    public var maximumLines: Int
    /// How many bytes one order's JSON text may have.
    public var maximumOrderBytes: Int
    /// How many characters `notes` may have.
    public var maximumNoteCharacters: Int

    /// Rules with the documented defaults where nothing is said.
    public init(
        defaultCurrency: Currency = .gbp, tolerance: Int64 = 0, totalMismatch: TotalMismatch = .refuse, requireReference: Bool = false,
        maximumDepth: Int = 32, maximumLines: Int = 10_000, maximumOrderBytes: Int = 4 << 20, maximumNoteCharacters: Int = 10_000
    ) {
        self.defaultCurrency = defaultCurrency
        self.tolerance = tolerance
        self.totalMismatch = totalMismatch
        self.requireReference = requireReference
        self.maximumDepth = maximumDepth
        self.maximumLines = maximumLines
        self.maximumOrderBytes = maximumOrderBytes
        self.maximumNoteCharacters = maximumNoteCharacters
    }
}
