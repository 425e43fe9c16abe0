import ArgumentParser
import Foundation

/// A verb, its arguments and the verbs below it, as `--help` tells of them: the part that the manual needs of what
/// `orderd --experimental-dump-help` prints.
struct CommandTree: Decodable {
    let commandName: String
    let superCommands: [String]?
    let shouldDisplay: Bool
    let abstract: String?
    let discussion: String?
    let subcommands: [CommandTree]?
    let arguments: [Argument]?

    struct Argument: Decodable, Equatable {
        enum Kind: String, Decodable { case positional, option, flag }
        struct Name: Decodable, Equatable {
            let kind: String
            let name: String
        }

        let kind: Kind
        let shouldDisplay: Bool
        let isOptional: Bool
        let isRepeating: Bool
        let names: [Name]?
        let valueName: String?
        let defaultValue: String?
        let allValues: [String]?
        let abstract: String?
    }

    /// All of `orderd`.
    static func orderd() throws -> CommandTree {
        struct Dump: Decodable { let command: CommandTree }
        return try JSONDecoder().decode(Dump.self, from: Data(Orderd._dumpHelp().utf8)).command
    }

    /// How it is called: `orderd partner add`.
    var call: String { ((superCommands ?? []) + [commandName]).joined(separator: " ") }

    /// Verbs to be shown, this one and all below it.
    var all: [CommandTree] { [self] + shown.flatMap(\.all) }

    /// The verbs right below it that are shown. `help` is no verb of ours.
    var shown: [CommandTree] { (subcommands ?? []).filter { $0.shouldDisplay && $0.commandName != "help" } }
}

extension CommandTree.Argument {
    /// `--role` or `-h`, each name of it; none for what stands without a name.
    var spellings: [String] { (names ?? []).map { ($0.kind == "long" ? "--" : "-") + $0.name } }

    /// As the line of usage has it: `[--role role]`, `id...`.
    var usage: String {
        let value = "*\(valueName ?? "value")*"
        let text =
            switch kind {
            case .positional: value + (isRepeating ? "..." : "")
            case .flag: "`\(spellings.first ?? "")`"
            case .option: "`\(spellings.first ?? "")` \(value)" + (isRepeating ? " ..." : "")
            }
        return isOptional ? "[\(text)]" : text
    }

    /// As the term of its explanation: `-h, --help`, `--role role`.
    var term: String {
        if kind == .positional { return "*\(valueName ?? "value")*" }
        let names = spellings.map { "`\($0)`" }.joined(separator: ", ")
        return kind == .option ? "\(names) *\(valueName ?? "value")*" : names
    }

    /// What it means, with the values that it takes and the one that holds without it.
    var meaning: String {
        var text = abstract ?? ""
        // Where the sentence names the values already, a list of them says nothing new.
        if let allValues, !allValues.allSatisfy(text.contains) { text += " Values: \(allValues.joined(separator: ", "))." }
        if let defaultValue { text += " Default: \(defaultValue)." }
        return text
    }
}
