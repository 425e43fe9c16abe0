extension ManualPage {
    /// The page in the language of man(7), such that neither groff nor mandoc has anything to say about it.
    ///
    /// - Parameter day: the date in the page's foot, such as `2026-11-24`.
    func roff(day: String) -> String {
        var page = RoffText()
        page.request(
            "TH \(Self.quoted(name.uppercased())) \(section) \(day) \(Self.quoted("orderd \(orderdVersion)")) \(Self.quoted("orderd"))")
        // A name that is broken in two cannot be copied, and lines stretched to one width are hard to read in one.
        page.request("nh")
        page.request("ad l")
        page.request("SH NAME")
        page.fill("\(RoffText.escaped(name)) \\- \(RoffText.escaped(summary))")
        for block in blocks { page.write(block) }
        return page.text
    }

    /// An argument of a request.
    fileprivate static func quoted(_ text: String) -> String {
        let escaped = RoffText.escaped(text).replacing("\"", with: "\\(dq")
        return escaped.contains(" ") ? "\"\(escaped)\"" : escaped
    }
}

/// Roff as it grows.
private struct RoffText {
    private(set) var text = ""
    /// Whether the last request began a heading: behind it, a request for a new paragraph would be one too many.
    private var isBehindHeading = false

    mutating func request(_ line: String) {
        text += ".\(line)\n"
        isBehindHeading = line.hasPrefix("SH ") || line.hasPrefix("SS ")
    }

    mutating func write(_ block: ManualPage.Block) {
        switch block {
        case .section(let title): request("SH \(ManualPage.quoted(title.uppercased()))")
        case .subsection(let title): request("SS \(ManualPage.quoted(title))")
        case .text(let words):
            if !isBehindHeading { request("PP") }
            fill(Self.marked(words))
        case .code(let lines):
            if !isBehindHeading { request("PP") }
            request("RS 4")
            request("EX")
            for line in lines { text += Self.protected(Self.escaped(line)) + "\n" }
            request("EE")
            request("RE")
        case .terms(let terms):
            for term in terms {
                request("TP")
                text += Self.protected(Self.marked(term.term)) + "\n"
                fill(Self.marked(term.text))
            }
        case .list(let items):
            for item in items {
                request("IP \\(bu 3")
                fill(Self.marked(item))
            }
        }
    }

    /// Words on lines of their own, none longer than the 80 bytes at which readers of the source complain.
    mutating func fill(_ words: String) {
        var line = ""
        for word in words.split(whereSeparator: { $0 == " " || $0 == "\n" }) {
            if !line.isEmpty, line.utf8.count + 1 + word.utf8.count > 76 {
                text += Self.protected(line) + "\n"
                line = ""
            }
            line += (line.isEmpty ? "" : " ") + word
        }
        text += Self.protected(line) + "\n"
        isBehindHeading = false
    }

    /// A line that begins with a point or an apostrophe would be a request.
    private static func protected(_ line: String) -> String { line.hasPrefix(".") || line.hasPrefix("'") ? "\\&" + line : line }

    /// Text as it stands. Every `-` is the one that is typed: roff's own is a hyphen that no shell takes.
    static func escaped(_ text: String) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": escaped += "\\e"
            case "-": escaped += "\\-"
            case "~": escaped += "\\(ti"
            case "^": escaped += "\\(ha"
            case "`": escaped += "\\(ga"
            case "'": escaped += "\\(aq"
            case _ where scalar.isASCII: escaped.unicodeScalars.append(scalar)
            default: escaped += "\\[u" + String(format(scalar.value)) + "]"
            }
        }
        return escaped
    }

    private static func format(_ value: UInt32) -> String {
        let digits = String(value, radix: 16, uppercase: true)
        return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }

    /// Text with its marks as fonts: what is typed bold, what is stressed or stands for a value in italics.
    private static func marked(_ text: String) -> String {
        var result = ""
        var rest = text[...]
        while let character = rest.first {
            if character == "`" || character == "*", let end = rest.dropFirst().firstIndex(of: character),
                end > rest.index(after: rest.startIndex)
            {
                let inner = escaped(String(rest[rest.index(after: rest.startIndex)..<end]))
                result += (character == "`" ? "\\fB" : "\\fI") + inner + "\\fR"
                rest = rest[rest.index(after: end)...]
            } else if rest.hasPrefix("--"), let option = rest.prefixMatch(of: /--[a-z]+(-[a-z]+)*/),
                result.last.map({ " (/".contains($0) }) ?? true
            {
                result += "\\fB" + escaped(String(option.output.0)) + "\\fR"
                rest = rest[option.range.upperBound...]
            } else {
                result += escaped(String(character))
                rest = rest.dropFirst()
            }
        }
        return result
    }
}
