/// What a product in a stock or catalogue file may be, for whoever reads one and for the daemon that is handed it.
enum ProductLimits {
    /// Pieces on hand. The upper end leaves room for sums.
    static let quantities: ClosedRange<Int64> = 0...1_000_000_000_000

    /// As orders name products: 1 to 200 characters, none of them a control character.
    static func isProduct(_ text: String) -> Bool {
        !text.isEmpty && text.unicodeScalars.count <= 200 && text.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
    }

    /// A name for people; may be empty.
    static func isName(_ text: String) -> Bool {
        text.unicodeScalars.count <= 500 && text.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
    }

    /// Decimal text without sign or exponent, or nothing.
    static func isPrice(_ text: String) -> Bool {
        if text.isEmpty { return true }
        let parts = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count <= 2, (1...15).contains(parts[0].count), parts.count == 1 || (1...6).contains(parts[1].count) else {
            return false
        }
        return parts.allSatisfy { $0.allSatisfy { (0x30...0x39).contains($0) } }
    }
}

/// What a partner is to this spool.
enum PartnerRole: String, CaseIterable, Sendable {
    /// Drops orders.
    case shop
    /// Gets pick requests.
    case warehouse
    /// Only reads.
    case reader
}
