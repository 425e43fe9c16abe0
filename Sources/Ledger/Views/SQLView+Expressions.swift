import Orders

/// Parts of SQL that several views have in common.
extension SQLView {
    /// RFC 3339 in UTC with milliseconds, of milliseconds since 1970. In whole numbers: a fraction in binary could round up to the next second.
    static func time(_ column: String) -> String {
        "strftime('%Y-%m-%dT%H:%M:%S', \(column) / 1000, 'unixepoch') || printf('.%03dZ', \(column) % 1000)"
    }

    /// The status that partners see; the same as ``Status/init(stage:hasBegun:)``.
    static let status = """
        CASE o.stage WHEN 'done' THEN 'COMPLETED' WHEN 'cancelled' THEN 'CANCELLED' WHEN 'rejected' THEN 'REJECTED' \
        WHEN 'failed' THEN 'FAILED' WHEN 'hold' THEN 'ON_HOLD' ELSE iif(o.begun, 'PROCESSING', 'PENDING') END
        """

    /// An identifier that a partner chose. Some partners use their customers' mail addresses or telephone numbers for that: of such only the
    /// first letter, or the last two digits, is shown.
    static func masked(_ column: String) -> String {
        """
        CASE WHEN instr(\(column), '@') THEN substr(\(column), 1, 1) || '***@***' \
        WHEN length(\(column)) >= 9 AND \(column) GLOB '[+0(]*' AND \(column) NOT GLOB '*[^0-9+() ./-]*' THEN '***' || substr(\(column), -2) \
        ELSE \(column) END
        """
    }

    /// Digits of the minor unit of the order's currency.
    static let digits: String = {
        var codes: [Int: [String]] = [:]
        for currency in Currency.all where currency.digits != 2 { codes[currency.digits, default: []].append("'\(currency.code)'") }
        let cases = codes.sorted { $0.key < $1.key }.map { "WHEN o.currency IN (\($0.value.joined(separator: ", "))) THEN \($0.key)" }
        return "CASE \(cases.joined(separator: " ")) ELSE 2 END"
    }()

    /// An amount of the order as decimal text, with as many digits as the currency has: text, so that no tool makes a binary fraction of it.
    static func decimal(_ column: String) -> String {
        let units = [(0, 1), (2, 100), (3, 1000), (4, 10_000)]
        let cases = units.map { digits, unit in
            digits == 0
                ? "WHEN 0 THEN printf('%d', \(column))"
                : "WHEN \(digits) THEN printf('%d.%0\(digits)d', \(column) / \(unit), \(column) % \(unit))"
        }
        return "CASE \(digits) \(cases.joined(separator: " ")) END"
    }
}
