/// A part of sshd's configuration: `Match` blocks and what stands in them, as sshd_config(5) has it.
struct SSHSettings: Equatable {
    /// What stands below one `Match` line.
    struct Block: Equatable {
        /// The criteria, such as `Group orderd-partners`; empty for what stands before the first.
        let criteria: String
        /// Keyword, in small letters, and value. Where one is given twice, sshd takes the first.
        var settings: [(keyword: String, value: String)] = []

        func value(_ keyword: String) -> String? { settings.first { $0.keyword == keyword }?.value }

        static func == (left: Block, right: Block) -> Bool {
            left.criteria == right.criteria && left.settings.elementsEqual(right.settings) { $0 == $1 }
        }
    }

    /// In the order of the text.
    private(set) var blocks: [Block] = [Block(criteria: "")]

    init(_ text: String) {
        for line in text.split(separator: "\n") {
            let line = line.trimmed
            guard !line.hasPrefix("#"), let gap = line.firstIndex(where: { $0 == " " || $0 == "\t" || $0 == "=" }) else { continue }
            let keyword = line[..<gap].lowercased()
            let value = line[line.index(after: gap)...].trimmed
            if keyword == "match" {
                blocks.append(Block(criteria: value))
            } else {
                blocks[blocks.count - 1].settings.append((keyword, value))
            }
        }
    }

    /// The first block with these criteria.
    func block(_ criteria: String) -> Block? { blocks.first { $0.criteria.lowercased() == criteria.lowercased() } }

    /// The blocks with criteria.
    var matches: [Block] { blocks.filter { !$0.criteria.isEmpty } }

    /// A value in a form in which two that mean the same are equal.
    static func normal(_ value: String) -> String {
        let words = value.split { $0 == " " || $0 == "\t" }.map(String.init)
        let text = words.joined(separator: " ")
        return ["yes", "no", "none", "any"].contains(text.lowercased()) ? text.lowercased() : text
    }
}
