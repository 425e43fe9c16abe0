extension JSONScanner {
    /// A checked string's text.
    @inline(__always)
    func text(_ token: StringToken) -> String {
        if token.hasEscapes {
            var bytes: [UInt8] = []
            appendDecoded(token, to: &bytes)
            return String(decoding: bytes, as: UTF8.self)
        }
        return String(decoding: UnsafeBufferPointer(start: base + token.start, count: token.count), as: UTF8.self)
    }

    /// Appends a checked string's bytes with its escapes resolved.
    func appendDecoded(_ token: StringToken, to bytes: inout [UInt8]) {
        guard token.hasEscapes else {
            bytes.append(contentsOf: UnsafeBufferPointer(start: base + token.start, count: token.count))
            return
        }
        var index = token.start
        while index < token.end {
            let byte = base[index]
            guard byte == UInt8(ascii: "\\") else {
                bytes.append(byte)
                index += 1
                continue
            }
            switch base[index + 1] {
            case UInt8(ascii: "b"): bytes.append(0x08)
            case UInt8(ascii: "f"): bytes.append(0x0C)
            case UInt8(ascii: "n"): bytes.append(0x0A)
            case UInt8(ascii: "r"): bytes.append(0x0D)
            case UInt8(ascii: "t"): bytes.append(0x09)
            case UInt8(ascii: "u"):
                index = appendUnicode(at: index, to: &bytes)
                continue
            case let itself: bytes.append(itself)
            }
            index += 2
        }
    }

    /// Resolves the checked `\u` escape at `index`, a pair of them for a character past the first plane; gives the index behind.
    private func appendUnicode(at index: Int, to bytes: inout [UInt8]) -> Int {
        var value = unit(at: index + 2)
        var next = index + 6
        if value & 0xFC00 == 0xD800 {
            value = 0x10000 + (value & 0x3FF) << 10 + unit(at: index + 8) & 0x3FF
            next = index + 12
        }
        switch value {
        case ..<0x80:
            bytes.append(UInt8(truncatingIfNeeded: value))
        case ..<0x800:
            bytes.append(UInt8(truncatingIfNeeded: 0xC0 | value >> 6))
            bytes.append(UInt8(truncatingIfNeeded: 0x80 | value & 0x3F))
        case ..<0x10000:
            bytes.append(UInt8(truncatingIfNeeded: 0xE0 | value >> 12))
            bytes.append(UInt8(truncatingIfNeeded: 0x80 | value >> 6 & 0x3F))
            bytes.append(UInt8(truncatingIfNeeded: 0x80 | value & 0x3F))
        default:
            bytes.append(UInt8(truncatingIfNeeded: 0xF0 | value >> 18))
            bytes.append(UInt8(truncatingIfNeeded: 0x80 | value >> 12 & 0x3F))
            bytes.append(UInt8(truncatingIfNeeded: 0x80 | value >> 6 & 0x3F))
            bytes.append(UInt8(truncatingIfNeeded: 0x80 | value & 0x3F))
        }
        return next
    }

    private func unit(at index: Int) -> UInt32 {
        var unit: UInt32 = 0
        for offset in 0..<4 { unit = unit << 4 | (Self.hexDigit(base[index + offset]) ?? 0) }
        return unit
    }
}
