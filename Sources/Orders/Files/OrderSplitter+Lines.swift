extension OrderSplitter {
    /// Reads a piece of a file of lines. False where the receiver said stop.
    mutating func lines(_ piece: inout Piece, _ element: (SplitElement) -> Bool) -> Bool {
        while piece.at < piece.count, end == nil {
            if inside == .nothing {
                // Blanks before an order, and lines of nothing else.
                let byte = piece.base[piece.at]
                if JSONScanner.isBlank(byte) {
                    step(&piece)
                    continue
                }
                if offset == 0, byte == 0xEF || byte == 0xFE || byte == 0xFF {
                    malformed(
                        .byteOrderMark, "an order as the file's first bytes (UTF-8 without byte order mark)",
                        found: "\(JSONFault.describe(byte)), with which a byte order mark begins,")
                    return true
                }
                open(.line, &piece)
            }
            let lineEnd = Self.newline(piece.base, from: piece.at, to: piece.count)
            offset += Int64(lineEnd - piece.at)
            piece.at = lineEnd
            guard lineEnd < piece.count else { return true }
            // The newline is taken with its line, so that a position lies at a line's start, but is no part of the order.
            offset += 1
            line += 1
            let goesOn = close(&piece, next: .start, element)
            piece.at += 1
            if !goesOn { return false }
        }
        return true
    }

    @inline(__always)
    private static func newline(_ base: UnsafePointer<UInt8>, from index: Int, to end: Int) -> Int {
        var index = index
        let ones: UInt64 = 0x0101_0101_0101_0101
        while index + 8 <= end {
            let word = UInt64(littleEndian: UnsafeRawPointer(base + index).loadUnaligned(as: UInt64.self)) ^ (ones &* 0x0A)
            let marks = (word &- ones) & ~word & 0x8080_8080_8080_8080
            if marks != 0 { return index + marks.trailingZeroBitCount >> 3 }
            index += 8
        }
        while index < end, base[index] != 0x0A { index += 1 }
        return index
    }
}
