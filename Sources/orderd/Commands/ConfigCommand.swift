import ArgumentParser
import Orders

/// `orderd config`
struct ConfigCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config",
        abstract: "Show, check and document the configuration.",
        discussion: """
            Values come from the defaults, then the file, then the environment, then --set; the later wins. An unknown key, or a value that is \
            not allowed, is refused, with its place.

              orderd config show
              orderd config check --config etc/orderd.yaml
              orderd config document > docs/configuration.md
            """,
        subcommands: [Show.self, Check.self, Document.self])

    /// `orderd config show`
    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "show",
            abstract: "Show every key with the value that holds.",
            discussion: """
                  orderd config show
                  orderd config show --changed --set intake.settle=2s
                """)

        @Flag(help: "Only keys that are not at their default.") var changed = false
        @OptionGroup var output: JSONOption
        @OptionGroup var options: SpoolOptions

        func run() throws {
            let configuration = try options.configuration()
            if !output.json { say("# file: \(configuration.file ?? "none")") }
            for key in Keys.all {
                let text = (configuration.settings[key.path] ?? key.defaultSetting).text
                show(key.path, text, default: key.defaultSetting.text)
            }
            for partner in configuration.partnersWithSettings {
                for (path, setting) in (configuration.partnerSettings[partner] ?? [:]).sorted(by: { $0.key < $1.key }) {
                    show("\(Keys.partners).\(partner).\(path)", setting.text, default: nil)
                }
            }
        }

        private func show(_ path: String, _ text: String, default defaultText: String?) {
            if changed, text == defaultText { return }
            if output.json {
                say { writer in
                    writer.member("version", 1)
                    writer.member("key", path)
                    writer.member("value", text)
                    writer.member("default", defaultText)
                }
            } else {
                say("\(path): \(text.isEmpty ? "\"\"" : text)" + (text == defaultText ? "" : "  # set"))
            }
        }
    }

    /// `orderd config check`
    struct Check: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "check",
            abstract: "Say whether the configuration is right.",
            discussion: """
                Reads file, environment and options as the daemon would, and lists everything that is wrong. Exit code 1 where something is.

                  orderd config check --config /etc/orderd/orderd.yaml && systemctl reload orderd
                """)

        @OptionGroup var options: SpoolOptions

        func run() throws {
            do throws(ConfigurationError) {
                let configuration = try options.configuration()
                _ = try checked(configuration)
                say("the configuration is right" + (configuration.file.map { ": \($0)" } ?? "; no file was read"))
            } catch {
                for problem in error.problems { complain(problem.description) }
                throw CommandFailure.partly
            }
        }

        /// What only the pipeline finds wrong, such as a currency that ISO 4217 does not know.
        private func checked(_ configuration: Configuration) throws(ConfigurationError) {
            for partner in [nil] + configuration.partnersWithSettings.map(Optional.some) {
                let code = partner.map { configuration[Keys.Order.currency, partner: $0] } ?? configuration[Keys.Order.currency]
                guard Currency(code) == nil else { continue }
                let key = (partner.map { "\(Keys.partners).\($0)." } ?? "") + Keys.Order.currency.path
                let message = "found \"\(code)\", expected a code of ISO 4217 such as GBP, EUR or JPY"
                throw ConfigurationError(problems: [ConfigurationProblem(place: .together, key: key, message: message)])
            }
        }
    }

    /// `orderd config document`
    struct Document: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "document",
            abstract: "Write the page about all keys.",
            discussion: """
                Markdown with every key: meaning, default, what is allowed, whether SIGHUP applies it. With --yaml the commented file that an \
                administrator begins with; with --keys a short list.

                  orderd config document | less
                  orderd config document --yaml > /etc/orderd/orderd.yaml
                """)

        @Flag(help: "The commented file, every key at its default.") var yaml = false
        @Flag(help: "A line for each key.") var keys = false
        @OptionGroup var options: SpoolOptions

        func validate() throws {
            if yaml, keys { throw ValidationError("Give one of --yaml and --keys.") }
        }

        func run() throws {
            let text = yaml ? Configuration.commentedYAML() : keys ? Configuration.helpText() : Configuration.documentationMarkdown()
            print(text, terminator: "")
        }
    }
}
