/// A manual page, before it is written as roff.
///
/// Texts hold the little of Markdown that the pages of `docs/` use as well: `` `what is typed` `` and `*stressed*`. `--options` need no marks.
struct ManualPage: Sendable {
    /// The page's name, such as `orderd.yaml`.
    let name: String
    /// The section of the manual, such as 5.
    let section: Int
    /// What it is, in half a line.
    let summary: String
    let blocks: [Block]

    enum Block: Sendable {
        /// A heading, which is written in capitals, or one below it.
        case section(String)
        case subsection(String)
        case text(String)
        /// What is typed or printed, line by line as it stands.
        case code([String])
        /// Terms, each with what it means.
        case terms([Term])
        /// Lines with a mark before each.
        case list([String])
    }

    struct Term: Sendable {
        let term: String
        let text: String

        init(_ term: String, _ text: String) {
            self.term = term
            self.text = text
        }
    }

    /// Where the page lies below a directory such as `/usr/share`.
    var path: String { "man/man\(section)/\(name).\(section)" }

    /// Every page.
    static func all() throws -> [ManualPage] { [try command(CommandTree.orderd()), configuration(), spool()] }

    /// Text as `--help` has it: paragraphs, between them lines that begin with two blanks and are examples.
    static func blocks(ofHelp help: String) -> [Block] {
        var blocks: [Block] = []
        var paragraph: [String] = []
        var code: [String] = []
        func flush() {
            while code.last?.isEmpty == true { code.removeLast() }
            if !paragraph.isEmpty { blocks.append(.text(paragraph.joined(separator: " "))) }
            if !code.isEmpty { blocks.append(.code(code)) }
            (paragraph, code) = ([], [])
        }
        for line in help.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.hasPrefix("  ") {
                if code.isEmpty { flush() }
                code.append(String(line.dropFirst(2)))
            } else if line.isEmpty {
                if code.isEmpty { flush() } else { code.append("") }
            } else {
                if !code.isEmpty { flush() }
                paragraph.append(String(line))
            }
        }
        flush()
        return blocks
    }
}
