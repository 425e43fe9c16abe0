import Foundation

extension Configuration {
    /// Where a configuration is looked for when neither `--config` nor `ORDERD_CONFIG` names one; the first that exists is read.
    static let searchPath = ["./etc/orderd.yaml", "/etc/orderd/orderd.yaml"]
    /// The variable that names the file.
    static let fileVariable = "ORDERD_CONFIG"

    /// Defaults, overridden by the file, by the environment, by options, in this order.
    ///
    /// - Parameters:
    ///   - path: what `--config` said. A file that is named must be there; without a name and without a file on the search path, defaults hold.
    ///   - environment: the whole environment; every variable that begins with `ORDERD_` must be a key's.
    ///   - overrides: what `--set` said, each `key=value`.
    /// - Throws: all problems of all places together.
    static func load(
        path: String?, environment: [String: String], overrides: [String], searching searchPath: [String] = searchPath
    ) throws(ConfigurationError) -> Configuration {
        var assembly = Assembly()
        let named = path ?? environment[fileVariable].flatMap { $0.isEmpty ? nil : $0 }
        if let file = named ?? searchPath.first(where: { FileManager.default.fileExists(atPath: $0) }) {
            assembly.file = file
            assembly.read(file: file)
        }
        assembly.read(environment: environment)
        assembly.read(overrides: overrides)
        return try assembly.finish()
    }
}

/// A configuration while it is put together from its layers.
private struct Assembly {
    var file: String?
    private var settings: [String: ConfigurationSetting] = [:]
    private var partnerSettings: [String: [String: ConfigurationSetting]] = [:]
    private var problems: [ConfigurationProblem] = []

    // MARK: - Layers

    mutating func read(file: String) {
        switch Self.contents(of: file) {
        case .success(let text):
            let parsed = ConfigurationFile(text: text, path: file)
            let before = problems.count
            problems += parsed.problems
            take(parsed.entries)
            problems[before...].sort { ($0.place.line, $0.key ?? "") < ($1.place.line, $1.key ?? "") }
        case .failure(let unreadable):
            problems.append(ConfigurationProblem(place: .wholeFile(path: file), key: nil, message: unreadable.reason))
        }
    }

    mutating func read(environment: [String: String]) {
        let keysByName = Dictionary(Keys.all.map { ($0.environmentName, $0) }) { first, _ in first }
        var entries: [ConfigurationEntry] = []
        for (name, value) in environment.sorted(by: { $0.key < $1.key })
        where name.hasPrefix("ORDERD_") && name != Configuration.fileVariable {
            let place = ConfigurationPlace.environment(name: name)
            if let key = keysByName[name] {
                entries.append(ConfigurationEntry(path: key.path, raw: .argument(value), place: place))
            } else {
                let near = nearestName(to: name, among: Array(keysByName.keys) + [Configuration.fileVariable])
                problems.append(
                    ConfigurationProblem(
                        place: place, key: nil,
                        message: "is no key's variable"
                            + (near.map { "; did you mean \($0)?" } ?? "; unset it or see docs/configuration.md")))
            }
        }
        take(entries)
    }

    mutating func read(overrides: [String]) {
        var entries: [ConfigurationEntry] = []
        for text in overrides {
            let place = ConfigurationPlace.option(text: text)
            guard let equals = text.firstIndex(of: "="), equals != text.startIndex else {
                problems.append(ConfigurationProblem(place: place, key: nil, message: "expected key=value, such as intake.settle=2s"))
                continue
            }
            let value = String(text[text.index(after: equals)...])
            entries.append(ConfigurationEntry(path: String(text[..<equals]), raw: .argument(value), place: place))
        }
        take(entries)
    }

    func finish() throws(ConfigurationError) -> Configuration {
        let configuration = Configuration(settings: settings, partnerSettings: partnerSettings.filter { !$0.value.isEmpty }, file: file)
        var all = problems
        // Agreements between values that are wrong by themselves would only repeat the complaint.
        if all.isEmpty {
            all = Keys.agreements.compactMap { $0(configuration) }.map { path, message in
                ConfigurationProblem(place: .together, key: path, message: message)
            }
        }
        guard all.isEmpty else { throw ConfigurationError(problems: all) }
        return configuration
    }

    // MARK: - One layer's entries

    private mutating func take(_ entries: [ConfigurationEntry]) {
        var seen: [String: ConfigurationPlace] = [:]
        for entry in entries {
            if let first = seen[entry.path] {
                problems.append(
                    ConfigurationProblem(
                        place: entry.place, key: entry.path, message: "is set twice, first in \(first.shortDescription); keep one"))
            } else {
                seen[entry.path] = entry.place
            }
            take(entry)
        }
    }

    private mutating func take(_ entry: ConfigurationEntry) {
        let partner: String?
        let path: String
        if Keys.byPath[entry.path] == nil, entry.path == Keys.partners || entry.path.hasPrefix(Keys.partners + ".") {
            let parts = entry.path.split(separator: ".", maxSplits: 2, omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 3, isPartnerName(parts[1]) else {
                report(
                    entry,
                    parts.count > 1 && !isPartnerName(parts[1])
                        ? "\"\(parts[1])\" cannot name a partner: \(partnerNameForm)"
                        : "found \(entry.raw.shown), expected partner names with keys below them")
                return
            }
            (partner, path) = (parts[1], parts[2])
        } else {
            (partner, path) = (nil, entry.path)
        }
        guard let key = Keys.byPath[path] else {
            let known = Keys.all.filter { partner == nil || $0.perPartner }.map(\.path)
            report(entry, unknown(path, known: known, forPartner: partner != nil))
            return
        }
        guard partner == nil || key.perPartner else {
            let allowed = Keys.all.filter(\.perPartner).map(\.path).joined(separator: ", ")
            report(entry, "cannot be set for one partner; what can: \(allowed)")
            return
        }
        do throws(ValueFault) {
            let setting = try key.read(entry.raw)
            if let partner { partnerSettings[partner, default: [:]][path] = setting } else { settings[path] = setting }
        } catch {
            report(entry, "found \(error.found ?? entry.raw.shown), expected \(key.expectation)")
        }
    }

    private func unknown(_ path: String, known: [String], forPartner: Bool) -> String {
        if let near = nearestName(to: path, among: known) { return "unknown key; did you mean \(near)?" }
        let section = path.prefix { $0 != "." }
        let siblings = known.filter { $0.hasPrefix(section + ".") }
        if !siblings.isEmpty {
            return "unknown key; \(section) has: " + siblings.map { $0.dropFirst(section.count + 1) }.joined(separator: ", ")
        }
        if forPartner { return "unknown key; what can be set for one partner: " + known.joined(separator: ", ") }
        return "unknown key; the sections are: " + Keys.sections.map(\.name).joined(separator: ", ")
    }

    private mutating func report(_ entry: ConfigurationEntry, _ message: String) {
        problems.append(ConfigurationProblem(place: entry.place, key: entry.path, message: message))
    }

    // MARK: - The file's bytes

    private struct Unreadable: Error { let reason: String }

    private static func contents(of path: String) -> Result<String, Unreadable> {
        guard let stream = fopen(path, "re") else {
            return .failure(Unreadable(reason: "cannot be opened: \(String(cString: strerror(errno)))"))
        }
        defer { fclose(stream) }
        var bytes = [UInt8](repeating: 0, count: ConfigurationFile.sizeLimit + 1)
        let count = fread(&bytes, 1, bytes.count, stream)
        guard ferror(stream) == 0 else { return .failure(Unreadable(reason: "cannot be read: \(String(cString: strerror(errno)))")) }
        guard count <= ConfigurationFile.sizeLimit else {
            return .failure(Unreadable(reason: "is larger than 1 MiB, which no configuration is: is this the right file?"))
        }
        guard let text = String(validating: bytes[..<count], as: UTF8.self) else {
            return .failure(Unreadable(reason: "is not UTF-8 text"))
        }
        return .success(text)
    }
}

extension ConfigurationPlace {
    /// For sorting a file's problems; 0 for places without a line.
    fileprivate var line: Int {
        if case .file(_, let line, _) = self { line } else { 0 }
    }
}
