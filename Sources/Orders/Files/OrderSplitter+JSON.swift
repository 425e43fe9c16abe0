extension OrderSplitter {
    /// Reads a piece of a `.json` file. False where the receiver said stop.
    mutating func json(_ piece: inout Piece, _ element: (SplitElement) -> Bool) -> Bool {
        while piece.at < piece.count, end == nil {
            if inside != .nothing {
                guard finishElement(&piece) else { return true }
                if isMany {
                    guard close(&piece, next: .afterElement, element) else { return false }
                } else {
                    // One object: kept until the file's end shows that nothing follows.
                    keep(UnsafeBufferPointer(start: piece.base + piece.elementStart, count: piece.at - piece.elementStart))
                    inside = .nothing
                    state = .trailing
                }
                continue
            }
            let byte = piece.base[piece.at]
            if JSONScanner.isBlank(byte) {
                step(&piece)
            } else {
                between(byte, &piece)
            }
        }
        return true
    }

    /// A byte between orders that is no blank.
    private mutating func between(_ byte: UInt8, _ piece: inout Piece) {
        switch state {
        case .start:
            begin(byte, &piece)
        case .firstElement, .nextElement:
            switch byte {
            case UInt8(ascii: "]"):
                if state == .firstElement {
                    malformed(.empty, "at least one order", found: "an empty array")
                } else {
                    malformed(.trailingComma, "an order after ','", found: "']'")
                }
            case UInt8(ascii: ","), UInt8(ascii: "}"), UInt8(ascii: ":"):
                malformed(.syntax, "an order", found: JSONFault.describe(byte))
            case UInt8(ascii: "{"), UInt8(ascii: "["): open(.nested, &piece)
            case UInt8(ascii: "\""): open(.string, &piece)
            default: open(.scalar, &piece)
            }
        case .afterElement:
            switch byte {
            case UInt8(ascii: ","):
                state = .nextElement
                step(&piece)
            case UInt8(ascii: "]"):
                state = .trailing
                step(&piece)
            default:
                malformed(.syntax, "',' or ']' after an order", found: JSONFault.describe(byte))
            }
        case .trailing, .finishedObject:
            let text = isMany ? "the array" : "the order"
            let hint = byte == UInt8(ascii: "{") || byte == UInt8(ascii: "[") ? "; a file of one order a line is named .ndjson" : ""
            malformed(.syntax, "nothing more after \(text)", found: JSONFault.describe(byte))
            if !hint.isEmpty, case .malformed(let fault) = end {
                end = .malformed(Fault(path: fault.path, code: fault.code, message: fault.message + hint))
            }
        }
    }

    private mutating func begin(_ byte: UInt8, _ piece: inout Piece) {
        switch byte {
        case UInt8(ascii: "{"):
            isMany = false
            open(.nested, &piece)
        case UInt8(ascii: "["):
            isMany = true
            state = .firstElement
            step(&piece)
        case 0xEF where offset == 0, 0xFE where offset == 0, 0xFF where offset == 0:
            malformed(
                .byteOrderMark, "'{' or '[' as the file's first byte (UTF-8 without byte order mark)",
                found: "\(JSONFault.describe(byte)), with which a byte order mark begins,")
        default:
            malformed(.syntax, "'{' (one order) or '[' (an array of orders)", found: JSONFault.describe(byte))
        }
    }

    /// Reads on in the open order; whether it ends in this piece. The piece is left behind it, or at its own end.
    private mutating func finishElement(_ piece: inout Piece) -> Bool {
        let base = piece.base
        let count = piece.count
        var at = piece.at
        if inside == .scalar {
            while at < count, !Self.endsScalar(base[at]) { at += 1 }
            advance(&piece, to: at)
            return at < count
        }
        var depth = depth
        if isEscaped {
            // The backslash ended the piece before.
            isEscaped = false
            at += 1
        }
        if inside == .string, !isInString, depth == 0 {
            isInString = true
            at += 1
        }
        while at < count {
            if isInString {
                at = Self.quoteOrBackslash(base, from: at, to: count)
                guard at < count else { break }
                if base[at] == UInt8(ascii: "\\") {
                    if at + 1 == count { isEscaped = true }
                    at = min(at + 2, count)
                    continue
                }
                at += 1
                isInString = false
                if inside == .string {
                    advance(&piece, to: at)
                    return true
                }
                continue
            }
            let byte = base[at]
            at += 1
            // `[` and `{`, `]` and `}` differ in one bit.
            if byte | 0x20 == UInt8(ascii: "{") {
                depth += 1
            } else if byte | 0x20 == UInt8(ascii: "}") {
                depth -= 1
                if depth == 0 {
                    self.depth = 0
                    advance(&piece, to: at)
                    return true
                }
            } else if byte == UInt8(ascii: "\"") {
                isInString = true
            }
        }
        self.depth = depth
        advance(&piece, to: at)
        return false
    }

    private static func endsScalar(_ byte: UInt8) -> Bool {
        JSONScanner.isBlank(byte) || byte == UInt8(ascii: ",") || byte | 0x20 == UInt8(ascii: "}")
    }

    /// The first quote or backslash from `index` on, eight bytes at a time; `end` where there is none.
    @inline(__always)
    private static func quoteOrBackslash(_ base: UnsafePointer<UInt8>, from index: Int, to end: Int) -> Int {
        var index = index
        let ones: UInt64 = 0x0101_0101_0101_0101
        while index + 8 <= end {
            let word = UInt64(littleEndian: UnsafeRawPointer(base + index).loadUnaligned(as: UInt64.self))
            let quote = word ^ (ones &* 0x22)
            let backslash = word ^ (ones &* 0x5C)
            let marks = (((quote &- ones) & ~quote) | ((backslash &- ones) & ~backslash)) & 0x8080_8080_8080_8080
            if marks != 0 { return index + marks.trailingZeroBitCount >> 3 }
            index += 8
        }
        while index < end, base[index] != UInt8(ascii: "\""), base[index] != UInt8(ascii: "\\") { index += 1 }
        return index
    }
}
