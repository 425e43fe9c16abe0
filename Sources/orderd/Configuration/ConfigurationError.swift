/// Why the configuration was not taken: every problem that was found, not only the first.
struct ConfigurationError: Error, Equatable, CustomStringConvertible {
    /// In the order of the places: file (by line), environment, options, then what holds between keys. Never empty.
    let problems: [ConfigurationProblem]

    /// One problem a line.
    var description: String {
        problems.map(\.description).joined(separator: "\n")
    }
}

/// One thing that is wrong with the configuration.
struct ConfigurationProblem: Sendable, Equatable, CustomStringConvertible {
    let place: ConfigurationPlace
    /// The key as it stands there; nil where the problem is not one key's.
    let key: String?
    /// What was found, what is allowed, what to do.
    let message: String

    /// Such as `etc/orderd.yaml:7:11: intake.settle: found "1 sec", expected duration, 0s to 1h`.
    var description: String {
        [place.description, key, message].compactMap { $0 }.joined(separator: ": ")
    }
}

/// Where a value came from.
enum ConfigurationPlace: Sendable, Equatable, CustomStringConvertible {
    /// Lines and columns count from 1, columns in Unicode scalars.
    case file(path: String, line: Int, column: Int)
    /// The file as a whole.
    case wholeFile(path: String)
    case environment(name: String)
    case option(text: String)
    /// The values together, wherever each came from.
    case together

    var description: String {
        switch self {
        case .file(let path, let line, let column): "\(path):\(line):\(column)"
        case .wholeFile(let path): path
        case .environment(let name): "environment \(name)"
        case .option(let text): "--set \(text)"
        case .together: "configuration"
        }
    }

    /// For a reference from one place to another one in the same layer.
    var shortDescription: String {
        switch self {
        case .file(_, let line, _): "line \(line)"
        default: description
        }
    }
}
