/// How much text a member takes.
enum TextRule {
    /// 1 to 200 characters, none of them a control character, not only blanks.
    case identifier
    /// Up to so many characters, of any kind.
    case upTo(Int)
}

extension OrderPass {
    /// A text that is kept; `nil` where it is at fault, or `null` where it may be.
    @inline(__always)
    mutating func text(_ rule: TextRule, isRequired: Bool = false, mayHoldCard: Bool = false) throws(SyntaxFault) -> String? {
        guard let token = try textToken(rule, isRequired: isRequired, mayHoldCard: mayHoldCard) else { return nil }
        return scanner.text(token)
    }

    /// A text that is only judged.
    mutating func checkText(_ rule: TextRule) throws(SyntaxFault) {
        _ = try textToken(rule, isRequired: false, mayHoldCard: false)
    }

    @inline(__always)
    private mutating func textToken(_ rule: TextRule, isRequired: Bool, mayHoldCard: Bool) throws(SyntaxFault) -> StringToken? {
        let start = scanner.at
        if scanner.base[start] == UInt8(ascii: "\"") {
            let token = try scanner.string()
            if !mayHoldCard, searchCard(token, at: start) { return nil }
            if token.isPlain, token.count > 0, scanner.base[token.start] != UInt8(ascii: " ") {
                // Bytes are characters here, so that the limit is all there is to check.
                switch rule {
                case .identifier: if token.count <= 200 { return token }
                case .upTo(let limit): if token.count <= limit { return token }
                }
            }
            return judge(token, rule, at: start) ? token : nil
        }
        if !isRequired, try isNull() { return nil }
        try wrongType("text")
        return nil
    }

    /// Judges a text that is not plain, is empty, begins with a blank or is too long.
    @inline(never)
    private mutating func judge(_ token: StringToken, _ rule: TextRule, at start: Int) -> Bool {
        let counts = withDecoded(token) { base, count in TextCounts(base, count) }
        let limit: Int
        switch rule {
        case .upTo(let characters): limit = characters
        case .identifier:
            limit = 200
            if counts.characters == counts.blanks {
                faults.add(
                    .empty, at: start,
                    "expected text of 1 to 200 characters, found \(counts.characters == 0 ? "an empty one" : "only blanks")")
                return false
            }
            if counts.controls > 0 {
                faults.add(.controlCharacter, at: start, "expected text without control characters, found \(counts.controls)")
                return false
            }
        }
        if counts.characters > limit {
            faults.add(.tooLong, at: start, "expected at most \(limit) characters, found \(counts.characters)")
            return false
        }
        return true
    }

    /// A whole number within `range`; `nil` where it is at fault, or `null` where it may be.
    @inline(__always)
    mutating func integer(
        _ range: ClosedRange<Int64>, isRequired: Bool = false, _ expected: StaticString
    ) throws(SyntaxFault) -> Int64? {
        let start = scanner.at
        let byte = scanner.base[start]
        guard byte &- UInt8(ascii: "0") < 10 || byte == UInt8(ascii: "-") else {
            if !isRequired, try isNull() { return nil }
            try wrongType(expected)
            return nil
        }
        let token = try scanner.number()
        if searchCard(token) { return nil }
        if token.hasExponent {
            faults.add(.exponent, at: start, "expected \(expected) without exponent, found \(quoted(token))")
            return nil
        }
        if token.fractionDigits > 0 {
            faults.add(.wrongType, at: start, "expected \(expected) without a point, found \(quoted(token))")
            return nil
        }
        // Past 18 digits the magnitude has wrapped, to Int64.min maybe, whose negation would trap.
        guard token.wholeDigits <= 18, range.contains(token.isNegative ? -token.magnitude : token.magnitude) else {
            faults.add(.outOfRange, at: start, "expected \(expected), found \(quoted(token))")
            return nil
        }
        return token.isNegative ? -token.magnitude : token.magnitude
    }

    /// An amount of money that is not negative: a number without exponent, or the same as text; `nil` where it is at fault, or `null` where
    /// it may be.
    @inline(__always)
    mutating func amount(isRequired: Bool = false) throws(SyntaxFault) -> Amount? {
        let start = scanner.at
        let byte = scanner.base[start]
        if byte &- UInt8(ascii: "0") < 10 || byte == UInt8(ascii: "-") {
            let token = try scanner.number()
            if searchCard(token) { return nil }
            return judge(token, at: start)
        }
        if byte == UInt8(ascii: "\"") { return try amountText() }
        if !isRequired, try isNull() { return nil }
        try wrongType("an amount: a number, or a decimal number as text")
        return nil
    }

    private mutating func amountText() throws(SyntaxFault) -> Amount? {
        let start = scanner.at
        let text = try scanner.string()
        if searchCard(text, at: start) { return nil }
        let token = withDecoded(text) { base, count in DecimalNumber.token(base, count) }
        guard let token else {
            faults.add(.notAnAmount, at: start, "expected a decimal number such as 22.20, found \(quoted(text))")
            return nil
        }
        return judge(token, at: start)
    }

    @inline(__always)
    private mutating func judge(_ token: NumberToken, at start: Int) -> Amount? {
        let isSound =
            !token.hasExponent && token.wholeDigits <= Amount.maximumWholeDigits && token.fractionDigits <= Amount.maximumFractionDigits
            && (!token.isNegative || token.magnitude == 0)
        if isSound { return Amount(magnitude: token.magnitude, fractionDigits: token.fractionDigits, offset: start) }
        refuse(token, at: start)
        return nil
    }

    @inline(never)
    private mutating func refuse(_ token: NumberToken, at start: Int) {
        if token.hasExponent {
            faults.add(.exponent, at: start, "expected an amount without exponent, found one")
        } else if token.wholeDigits > Amount.maximumWholeDigits {
            faults.add(
                .outOfRange, at: start,
                "expected an amount of at most \(Amount.maximumWholeDigits) digits before the point, found \(token.wholeDigits)")
        } else if token.isNegative {
            faults.add(.outOfRange, at: start, "expected an amount of zero or more, found a negative one")
        } else {
            faults.add(
                .tooManyDigits, at: start,
                "expected at most as many digits after the point as the currency has, found \(token.fractionDigits)")
        }
    }
}

/// A decimal number that is all of a text.
enum DecimalNumber {
    static func token(_ base: UnsafePointer<UInt8>, _ count: Int) -> NumberToken? {
        guard count > 0, base[0] &- UInt8(ascii: "0") < 10 || base[0] == UInt8(ascii: "-") else { return nil }
        var scanner = JSONScanner(base, count: count)
        guard let token = try? scanner.number(), scanner.at == count else { return nil }
        return token
    }
}
