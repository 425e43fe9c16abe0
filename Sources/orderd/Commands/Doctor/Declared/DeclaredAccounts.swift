/// What sysusers.d declares: users and groups, as sysusers.d(5) has them.
struct DeclaredAccounts {
    struct User: Hashable {
        let name: String
        let home: String
        let shell: String
    }

    private(set) var users: [User] = []
    private(set) var groups: [String] = []
    /// Users that are in further groups.
    private(set) var members: [(user: String, group: String)] = []

    init(_ text: String) {
        for line in text.split(separator: "\n") {
            let words = Self.words(line.trimmed)
            guard words.count >= 2 else { continue }
            func word(_ index: Int, default value: String) -> String {
                words.count > index && words[index] != "-" && !words[index].isEmpty ? words[index] : value
            }
            switch words[0].prefix(1) {
            case "u":
                users.append(User(name: words[1], home: word(4, default: "/"), shell: word(5, default: "/usr/sbin/nologin")))
                // A user brings its group.
                groups.append(words[1])
            case "m": if words.count > 2 { members.append((words[1], words[2])) }
            case "g": groups.append(words[1])
            default: break
            }
        }
    }

    /// Words, of which one in quotes may hold blanks.
    private static func words(_ line: String) -> [String] {
        guard !line.hasPrefix("#") else { return [] }
        return line.split(separator: "\"", omittingEmptySubsequences: false).enumerated().flatMap { index, part in
            index % 2 == 1 ? [String(part)] : part.split { $0 == " " || $0 == "\t" }.map(String.init)
        }
    }
}
