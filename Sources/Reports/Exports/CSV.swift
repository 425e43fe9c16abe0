import Orders

/// CSV as RFC 4180 has it: commas, lines that end with CR LF, quotes where a cell needs them. A cell without a value is empty, an empty text
/// is `""`.
///
/// Spreadsheets take a cell that begins with one of `= + - @`, a tab or a carriage return for a formula, also after blanks, and a formula can
/// send a sheet's content away. So a text that a program would so take gets an apostrophe before it. A text that begins with an apostrophe and
/// goes on so gets one more: the reader who takes one off wherever such a cell begins with one has the text again.
struct CSV {
    private(set) var bytes: [UInt8] = []
    private var isFirst = true

    /// Empties it, to be filled again.
    mutating func removeAll() { bytes.removeAll(keepingCapacity: true) }

    mutating func header(_ names: [String]) {
        for name in names { text(name.utf8) }
        endLine()
    }

    mutating func endLine() {
        bytes.append(13)
        bytes.append(10)
        isFirst = true
    }

    mutating func null() { separate() }

    mutating func integer(_ value: Int64) {
        separate()
        appendDecimalText(value, digits: 0, to: &bytes)
    }

    mutating func text(_ text: some Collection<UInt8>) {
        separate()
        let isFormula = Self.isFormula(text)
        // Blanks at an end are part of the text, which not every reader believes without quotes.
        let isQuoted =
            text.isEmpty || text.first == 32 || text.contains { $0 == 44 || $0 == 34 || $0 == 10 || $0 == 13 || $0 == 9 }
            || text.dropFirst(text.count - 1).first == 32
        if isQuoted { bytes.append(34) }
        if isFormula { bytes.append(39) }
        for byte in text {
            if byte == 34 { bytes.append(34) }
            bytes.append(byte)
        }
        if isQuoted { bytes.append(34) }
    }

    private mutating func separate() {
        if !isFirst { bytes.append(44) }
        isFirst = false
    }

    /// Whether a spreadsheet may take a text for a formula, or a reader who takes apostrophes off could make one of it.
    static func isFormula(_ text: some Collection<UInt8>) -> Bool {
        var rest = text[...]
        while rest.first == 39 { rest = rest.dropFirst() }
        if let first = rest.first, first == 9 || first == 13 || first == 10 { return true }
        // Most texts begin with a letter or a digit.
        guard let first = rest.first, first < 48 || first == 61 || first == 64 || first >= 0xC2 else { return false }
        for scalar in String(decoding: rest.prefix(256), as: UTF8.self).unicodeScalars {
            switch scalar {
            // Wide forms too: some programs make the narrow ones of them.
            case "=", "+", "-", "@", "\t", "\r", "\u{FF1D}", "\u{FF0B}", "\u{FF0D}", "\u{FF20}": return true
            case "'": continue
            default:
                // Blanks of all kinds, and what nobody sees.
                guard scalar.properties.isWhitespace || scalar.properties.isDefaultIgnorableCodePoint || scalar.value < 32 else {
                    return false
                }
            }
        }
        return false
    }
}
