import Orders

/// Text of others as a page may show it: on one line, cut where it is too long, without anything that turns the page's text around.
///
/// A page escapes `< > & " '` by characters as people see them, so one of these with a combining mark behind it would slip through: such
/// pairs are parted by a word joiner, which is invisible.
///
/// - Parameters:
///   - text: anything.
///   - limit: scalars that are shown.
func shown(_ text: String, limit: Int = 120) -> String {
    var result = String.UnicodeScalarView()
    var count = 0
    var marks = 0
    var last: Unicode.Scalar?
    for scalar in text.unicodeScalars {
        guard count < limit else {
            result.append("\u{2026}")
            break
        }
        count += 1
        let category = scalar.properties.generalCategory
        // Letters under a tower of marks would cover the lines above.
        marks = category == .nonspacingMark || category == .enclosingMark ? marks + 1 : 0
        if marks > 3 { continue }
        guard isPlain(scalar, category) else {
            result.append(contentsOf: scalar.escaped(asASCII: true).unicodeScalars)
            last = nil
            continue
        }
        if let last, joins(last, scalar) { result.append("\u{2060}") }
        result.append(scalar)
        last = scalar
    }
    return String(result)
}

/// The name of a dropped file, which may be any bytes.
func shownName(_ bytes: [UInt8]) -> String { shown(String(decoding: bytes, as: UTF8.self)) }

private func isPlain(_ scalar: Unicode.Scalar, _ category: Unicode.GeneralCategory) -> Bool {
    switch category {
    case .control, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned: false
    // Marks of direction would turn what follows around; the joiners only shape letters and emoji.
    case .format: scalar == "\u{200c}" || scalar == "\u{200d}"
    default: true
    }
}

/// Whether two neighbours, one of them special in HTML, are one character to a reader.
private func joins(_ first: Unicode.Scalar, _ second: Unicode.Scalar) -> Bool {
    guard isSpecial(first) || isSpecial(second), !first.isASCII || !second.isASCII else { return false }
    var pair = String.UnicodeScalarView()
    pair.append(first)
    pair.append(second)
    return String(pair).count == 1
}

private func isSpecial(_ scalar: Unicode.Scalar) -> Bool {
    scalar == "<" || scalar == ">" || scalar == "&" || scalar == "\"" || scalar == "'"
}

/// Text for an SVG, where no template escapes.
func escapedForMarkup(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
        switch scalar {
        case "<": result += "&lt;"
        case ">": result += "&gt;"
        case "&": result += "&amp;"
        case "\"": result += "&quot;"
        case "'": result += "&#39;"
        default: result.unicodeScalars.append(scalar)
        }
    }
    return result
}
