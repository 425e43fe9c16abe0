import ArgumentParser
import Foundation

/// The options that every verb takes.
struct SpoolOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The spool's directory. Default: $ORDERD_SPOOL, else spool.directory of the configuration, else ./spool where that is one, "
                + "else /var/spool/orderd.", valueName: "dir"), completion: .directory)
    var spool: String?

    @Option(
        help: ArgumentHelp(
            "The configuration. Default: $ORDERD_CONFIG, else ./etc/orderd.yaml, else /etc/orderd/orderd.yaml.", valueName: "file"),
        completion: .file())
    var config: String?

    @Option(
        name: .customLong("set"), parsing: .singleValue,
        help: ArgumentHelp("Set one key of the configuration for this run; may be repeated.", valueName: "key=value"),
        completion: .list(Keys.all.map { "\($0.path)=" }))
    var overrides: [String] = []

    /// The configuration that these options, the environment and the file give.
    func configuration() throws(ConfigurationError) -> Configuration {
        try Configuration.load(path: config, environment: ProcessInfo.processInfo.environment, overrides: overrides)
    }

    /// Where the verb works.
    func context() throws(ConfigurationError) -> CommandContext {
        let configuration = try configuration()
        return CommandContext(root: spool ?? Self.root(of: configuration), configuration: configuration, configurationPath: config)
    }

    /// What is configured; else the spool in the working directory, as in the repository; else the server's.
    static func root(of configuration: Configuration) -> String {
        if configuration.settings[Keys.Spool.directory.path] != nil { return configuration[Keys.Spool.directory] }
        let near = configuration[Keys.Spool.directory]
        return looksLikeSpool(near) ? near : "/var/spool/orderd"
    }

    private static func looksLikeSpool(_ path: String) -> Bool {
        ["partners", "queue", "state"].allSatisfy { name in
            var isDirectory: ObjCBool = false
            return FileManager.default.fileExists(atPath: "\(path)/\(name)", isDirectory: &isDirectory) && isDirectory.boolValue
        }
    }
}

/// For verbs that can answer scripts.
struct JSONOption: ParsableArguments {
    @Flag(help: "Print one JSON object a line; docs/formats.md describes them.")
    var json = false
}
