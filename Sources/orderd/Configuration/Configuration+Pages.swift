// What is generated from the table of keys. `swift test` compares the first two with the files in the repository.

extension Configuration {
    /// The reference page, `docs/configuration.md`.
    static func documentationMarkdown() -> String {
        var page = """
            # Configuration

            <!-- Generated from the table of keys in Sources/orderd/Configuration by `make pages`. Change it there. -->

            \(ConfigurationText.opening)

            \(ConfigurationText.places.map { "- **\($0.name)**: \($0.text)" }.joined(separator: "\n"))

            \(ConfigurationText.rules.joined(separator: "\n\n"))

            ## Per partner

            \(ConfigurationText.perPartner)

            ```yaml
            \(ConfigurationText.perPartnerExample.joined(separator: "\n"))
            ```

            ## Overview

            | key | default | allowed | SIGHUP | per partner |
            |---|---|---|---|---|

            """
        for key in Keys.all {
            page +=
                "| [`\(key.path)`](#\(key.anchor)) | \(key.shownDefault) | \(key.shownAllowed) | \(yes(key.reloads)) | \(yes(key.perPartner)) |\n"
        }
        for section in Keys.sections {
            page += "\n## \(section.name)\n\n\(section.about)\n"
            for key in Keys.all where key.section == section.name {
                page += "\n### \(key.path)\n\n\(key.meaning)\n\n"
                page +=
                    "Default \(key.shownDefault). Allowed: \(key.shownAllowed). SIGHUP: \(yes(key.reloads)). Variable: `\(key.environmentName)`.\n"
            }
        }
        return page
    }

    /// The file for administrators, `etc/orderd.yaml`: every key, commented out, at its default.
    static func commentedYAML() -> String {
        var page = """
            # orderd's configuration. Every key is here at its default: take the # from a line and change the value.
            # docs/configuration.md says more. A wrong or unknown key is refused at start, with its line.
            # "SIGHUP" marks what a running daemon takes over when it gets that signal.

            """
        for section in Keys.sections {
            page += "\n# \(section.about)\n\(section.name):\n"
            for key in Keys.all where key.section == section.name {
                let marks = [key.reloads ? "SIGHUP" : nil, key.perPartner ? "per partner" : nil].compactMap { $0 }
                page += "\n" + wrapped(key.meaning, width: 110).map { "  # \($0)\n" }.joined()
                page += "  # \(([key.shortAllowed] + marks).joined(separator: " · "))\n"
                page += "  #\(key.name): \(key.yamlDefault)\n"
            }
        }
        // The last section is that of partners.
        page += """

              # What one partner has of its own; keys marked "per partner" can stand here.
              #acme:
              #  order:
              #    currency: EUR

            """
        return page
    }

    /// The keys with their defaults, for `--help`.
    static func helpText() -> String {
        let width = (Keys.all.map(\.path.count).max() ?? 0) + 2
        var text = "Keys (file, environment ORDERD_SECTION_KEY=value, or --set section.key=value), with default and what is allowed:\n"
        for section in Keys.sections {
            text += "\n"
            for key in Keys.all where key.section == section.name {
                let gap = String(repeating: " ", count: width - key.path.count)
                text += "  \(key.path)\(gap)\(key.yamlDefault)  (\(key.shortAllowed))\n"
            }
        }
        return text + "\nA partner's own: partners.NAME.KEY, for " + Keys.all.filter(\.perPartner).map(\.path).joined(separator: ", ")
            + ".\n"
    }

    private static func yes(_ flag: Bool) -> String { flag ? "yes" : "no" }

    /// Lines of at most `width` characters, broken at blanks.
    private static func wrapped(_ text: String, width: Int) -> [String] {
        var lines = [""]
        for word in text.split(separator: " ") {
            if let last = lines.last, !last.isEmpty, last.count + 1 + word.count > width { lines.append("") }
            lines[lines.count - 1] += (lines[lines.count - 1].isEmpty ? "" : " ") + word
        }
        return lines
    }
}

extension AnyConfigurationKey {
    /// The default as the file would have it.
    var yamlDefault: String {
        if isList { return "[\(defaultSetting.text)]" }
        return defaultSetting.text.isEmpty || kind.contains("decimal") ? "\"\(defaultSetting.text)\"" : defaultSetting.text
    }

    /// Kind and range without examples. A list of words needs no "one of" before it.
    fileprivate var shortAllowed: String {
        if allowed.isEmpty { return kind }
        return kind == "one of" ? allowed : "\(kind), \(allowed)"
    }

    fileprivate var shownDefault: String { defaultSetting.text.isEmpty ? (isList ? "`[]`" : "none") : "`\(defaultSetting.text)`" }

    /// For a cell of a table, where a bare bar would end the cell.
    fileprivate var shownAllowed: String {
        kind == "one of" ? allowed.split(separator: " | ").map { "`\($0)`" }.joined(separator: ", ") : shortAllowed
    }

    /// What GitHub and most others make of a heading: small letters, points dropped.
    fileprivate var anchor: String { path.lowercased().filter { $0 != "." } }
}
