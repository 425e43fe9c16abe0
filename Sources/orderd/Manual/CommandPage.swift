import ArgumentParser

extension ManualPage {
    /// orderd(1), from what `--help` says of every verb.
    static func command(_ tree: CommandTree) -> ManualPage {
        let common = commonArguments(tree)
        var blocks: [Block] = [.section("Synopsis"), .text("`orderd` *verb* [*arguments*] [*options*]"), .section("Description")]
        blocks += Self.blocks(ofHelp: tree.discussion ?? "")
        blocks += [.section("Options"), .text("What every verb takes:"), .terms(common.map { Term($0.term, $0.meaning) })]
        for group in Orderd.configuration.groupedSubcommands {
            let names = group.subcommands.compactMap { $0.configuration.commandName }
            blocks.append(.section(group.name.hasSuffix(":") ? String(group.name.dropLast()) : group.name))
            for name in names {
                guard let verb = tree.shown.first(where: { $0.commandName == name }) else { continue }
                for one in verb.all { blocks += Self.blocks(of: one, without: common) }
            }
        }
        return ManualPage(
            name: "orderd", section: 1, summary: "take orders that partners drop as files, and move them on until they are completed",
            blocks: blocks + ending)
    }

    private static func blocks(of verb: CommandTree, without common: [CommandTree.Argument]) -> [Block] {
        let own = (verb.arguments ?? []).filter { $0.shouldDisplay && !common.contains($0) }
        // A verb that only has verbs below it takes nothing itself.
        let usage = verb.shown.isEmpty ? own.map(\.usage) : ["*verb*"]
        var blocks: [Block] = [.subsection(verb.call), .text((["`\(verb.call)`"] + usage).joined(separator: " "))]
        if let abstract = verb.abstract { blocks.append(.text(abstract)) }
        blocks += Self.blocks(ofHelp: verb.discussion ?? "")
        if !own.isEmpty { blocks.append(.terms(own.map { Term($0.term, $0.meaning) })) }
        return blocks
    }

    /// The arguments that every verb takes which does something.
    private static func commonArguments(_ tree: CommandTree) -> [CommandTree.Argument] {
        let verbs = tree.shown.flatMap(\.all).filter { $0.shown.isEmpty }
        let first = (verbs.first?.arguments ?? []).filter(\.shouldDisplay)
        return first.filter { argument in verbs.allSatisfy { ($0.arguments ?? []).contains(argument) } }
    }

    private static let ending: [Block] = [
        .section("Exit status"),
        .terms([
            Term("`0`", "Done."),
            Term("`1`", "A check failed, an id is unknown, or one of several was refused."),
            Term("`2`", "It could not run; the line on standard error says what to do."),
            Term("`64`", "Wrong usage."),
        ]),
        .section("Environment"),
        .terms([
            Term("`ORDERD_SPOOL`", "The spool's directory, where `--spool` does not name it."),
            Term("`ORDERD_CONFIG`", "The configuration's file, where `--config` does not name it."),
            Term("`ORDERD_`*SECTION*`_`*KEY*", "One key of the configuration each; orderd.yaml(5) names them all."),
        ]),
        .section("Files"),
        .terms([
            Term("`/etc/orderd/orderd.yaml`", "The configuration, orderd.yaml(5)."),
            Term("`/etc/orderd/authorized_keys.d/`", "The keys with which partners log in, a file each."),
            Term("`/var/spool/orderd/`", "The spool, orderd-spool(7)."),
        ]),
        .section("See also"),
        .text("orderd.yaml(5), orderd-spool(7), sftp(1), sshd_config(5), systemctl(1)"),
    ]
}
