/// Rows as columns, each as wide as its widest cell; numbers to the right.
///
/// - Parameters:
///   - first: from this column on they are numbers.
///   - cuttable: columns of text that may be cut, where the table is wider than the terminal: the widest first, with an ellipsis. Ids and
///     numbers are none: half of one is worth nothing.
///   - width: the terminal's columns; nil in a pipe, where nothing is ever cut.
///   - gap: blanks between two columns.
func table(
    _ rows: [[String]], rightFrom first: Int = .max, cut cuttable: Set<Int> = [], width: Int? = nil, gap: Int = 2
) -> [String] {
    let columns = rows.map(\.count).max() ?? 0
    var widths = (0..<columns).map { column in rows.map { $0.count > column ? columnCount($0[column]) : 0 }.max() ?? 0 }
    if let width { fit(&widths, cuttable, to: width - gap * max(0, columns - 1)) }
    return rows.map { row in
        var line = ""
        for (column, cell) in row.enumerated() {
            let cell = cuttable.contains(column) ? cut(cell, to: widths[column]) : cell
            let padding = String(repeating: " ", count: max(0, widths[column] - columnCount(cell)))
            line += column >= first ? padding + cell : cell + (column + 1 < row.count ? padding : "")
            if column + 1 < row.count { line += String(repeating: " ", count: gap) }
        }
        while line.hasSuffix(" ") { line.removeLast() }
        return line
    }
}

/// No column gets narrower: what is left of a text must tell something.
private let narrowest = 8

private func fit(_ widths: inout [Int], _ cuttable: Set<Int>, to limit: Int) {
    var excess = widths.reduce(0, +) - limit
    while excess > 0 {
        guard let widest = cuttable.filter({ $0 < widths.count && widths[$0] > narrowest }).max(by: { (widths[$0], $0) < (widths[$1], $1) })
        else { return }
        widths[widest] -= 1
        excess -= 1
    }
}

/// The text as it is where it fits, else its beginning and an ellipsis.
func cut(_ text: String, to width: Int) -> String {
    guard columnCount(text) > width else { return text }
    var (kept, taken) = ("", 0)
    for character in text {
        let own = columnCount(String(character))
        guard taken + own < width else { break }
        kept.append(character)
        taken += own
    }
    return kept + "…"
}

/// How many columns of a terminal a text takes: two for each wide sign of East Asia and each picture, none for what joins the sign before.
func columnCount(_ text: String) -> Int {
    if text.utf8.allSatisfy({ $0 < 0x80 }) { return text.utf8.count }
    return text.reduce(0) { $0 + columnCount(of: $1) }
}

private func columnCount(of character: Character) -> Int {
    guard let first = character.unicodeScalars.first else { return 0 }
    let isPicture = first.properties.isEmojiPresentation || character.unicodeScalars.contains("\u{FE0F}")
    if isPicture || wide.contains(where: { $0.contains(first.value) }) { return 2 }
    switch first.properties.generalCategory {
    case .nonspacingMark, .enclosingMark: return 0
    default: return 1
    }
}

/// Of Unicode's East Asian Width the ranges that are wide or full.
private let wide: [ClosedRange<UInt32>] = [
    0x1100...0x115F, 0x2E80...0x303E, 0x3041...0x33FF, 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xA000...0xA4CF, 0xA960...0xA97F, 0xAC00...0xD7A3,
    0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x17000...0x18CFF, 0x1B000...0x1B2FF, 0x20000...0x3FFFD,
]
