extension ValueRule where Value == Bool {
    /// `true` or `false`. YAML 1.1's `yes`, `on`, `y` are refused: a country code or a name must never turn into a switch.
    static var flag: ValueRule {
        ValueRule(kind: "true or false", allowed: "") { raw throws(ValueFault) in
            switch raw.single {
            case "true": return true
            case "false": return false
            default: throw .unfit
            }
        } text: {
            String($0)
        }
    }
}

extension ValueRule where Value: RawRepresentable<String> & CaseIterable {
    /// One word of a fixed list.
    static var choice: ValueRule {
        ValueRule(kind: "one of", allowed: Value.allCases.map(\.rawValue).joined(separator: " | ")) { raw throws(ValueFault) in
            guard let value = raw.single.flatMap(Value.init(rawValue:)) else { throw .unfit }
            return value
        } text: {
            $0.rawValue
        }
    }
}

extension ValueRule where Value == String {
    /// A path in the file system. Relative paths count from the working directory of the process, not from the configuration file.
    /// `optional`: an empty text means that no path is set.
    static func path(optional: Bool = false) -> ValueRule {
        text(kind: optional ? "path, or empty for none" : "path") { path in
            (optional || !path.isEmpty) && path.utf8.count < 4096 && !path.utf8.contains(0)
        }
    }

    /// An alphabetic currency code. Whether the code exists is for the module that knows currencies; here only its form is checked.
    static var currencyCode: ValueRule {
        text(kind: "ISO 4217 code of three capital letters", examples: "GBP, EUR or JPY") { code in
            code.utf8.count == 3 && code.utf8.allSatisfy { (0x41...0x5a).contains($0) }
        }
    }

    /// The name of a trading partner.
    static var partnerName: ValueRule {
        text(kind: "partner name", allowed: partnerNameForm, examples: "warehouse", isPartnerName)
    }

    /// What names of accounts begin with. With a partner's name behind it, it must stay within the 32 bytes that an account's name may have.
    static var accountPrefix: ValueRule {
        text(
            kind: "beginning of account names, or empty for none", allowed: "a to z, then up to 11 of a to z, 0 to 9 and -",
            examples: "sftp-"
        ) {
            $0.isEmpty || isPartnerName($0) && $0.utf8.count <= 12
        }
    }

    private static func text(
        kind: String, allowed: String = "", examples: String? = nil, _ fits: @escaping @Sendable (String) -> Bool
    ) -> ValueRule {
        ValueRule(kind: kind, allowed: allowed, examples: examples) { raw throws(ValueFault) in
            guard let text = raw.single, fits(text) else { throw .unfit }
            return text
        } text: {
            $0
        }
    }
}

extension ValueRule where Value == [String] {
    /// A list of texts, each of 1 to 200 bytes, none twice. On the command line and in the environment it is written with commas.
    static func list(of items: String, atMost limit: Int) -> ValueRule {
        ValueRule(kind: "list of \(items)", allowed: "at most \(limit), none empty, none twice", examples: "[a17, b4]") {
            raw throws(ValueFault) in
            let values: [String]
            switch raw {
            case .list(let found): values = found
            case .argument(""): values = []
            case .argument(let text): values = text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
            case .scalar, .nothing, .other: throw .unfit
            }
            guard values.count <= limit else { throw ValueFault(found: "a list of \(values.count)") }
            var seen = Set<String>()
            for value in values {
                guard (1...200).contains(value.utf8.count) else {
                    throw ValueFault(found: value.isEmpty ? "an empty entry" : "an entry of \(value.utf8.count) bytes (at most 200)")
                }
                guard seen.insert(value).inserted else { throw ValueFault(found: "\"\(value)\" twice") }
            }
            return values
        } text: { values in
            values.joined(separator: ",")
        }
    }
}

extension ValueRule where Value == DecimalAmount {
    /// An amount of money above zero as decimal text, in the currency of whatever it is compared with.
    static var amount: ValueRule {
        ValueRule(
            kind: "decimal amount above zero", allowed: "at most 12 digits before the point and 4 behind it", examples: "\"100000.00\""
        ) { raw throws(ValueFault) in
            guard let amount = raw.single.flatMap(DecimalAmount.init), amount.tenThousandths > 0 else { throw .unfit }
            return amount
        } text: {
            $0.text
        }
    }
}

extension ValueRule where Value == DecimalAmount {
    /// An amount of money as decimal text; zero means that there is none to tell.
    static var amountOrZero: ValueRule {
        ValueRule(
            kind: "decimal amount, or 0.00 for none", allowed: "at most 12 digits before the point and 4 behind it", examples: "\"42.50\""
        ) { raw throws(ValueFault) in
            guard let amount = raw.single.flatMap(DecimalAmount.init) else { throw .unfit }
            return amount
        } text: {
            $0.text
        }
    }
}

/// The form of a partner's name, in words.
let partnerNameForm = "a to z, then up to 30 of a to z, 0 to 9 and -"

/// Whether the text may name a partner.
func isPartnerName(_ name: String) -> Bool {
    guard let first = name.utf8.first, (0x61...0x7a).contains(first), name.utf8.count <= 31 else { return false }
    return name.utf8.allSatisfy { (0x61...0x7a).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2d }
}
