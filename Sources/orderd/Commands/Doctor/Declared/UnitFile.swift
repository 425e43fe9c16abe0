/// A systemd unit, or a drop-in of one, as systemd.syntax(7) has it.
struct UnitFile: Equatable {
    /// One assignment.
    struct Setting: Hashable {
        /// Such as `Service`.
        let section: String
        let name: String
        let value: String
    }

    /// In the order of the text.
    private(set) var settings: [Setting] = []

    init(_ text: String) {
        var section = ""
        var pending = ""
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            let line = line.trimmed
            if pending.isEmpty, line.hasPrefix("#") || line.hasPrefix(";") { continue }
            // Within a continued line, comments are skipped, and the line goes on.
            if line.hasPrefix("#") || line.hasPrefix(";") { continue }
            if line.hasSuffix("\\") {
                pending += line.dropLast().trimmed + " "
                continue
            }
            let whole = pending + line
            pending = ""
            if whole.hasPrefix("["), whole.hasSuffix("]") {
                section = String(whole.dropFirst().dropLast())
            } else if let equals = whole.firstIndex(of: "=") {
                settings.append(
                    Setting(section: section, name: whole[..<equals].trimmed, value: whole[whole.index(after: equals)...].trimmed))
            }
        }
    }

    /// The values of a setting, in order; an empty one takes back those before it.
    func values(_ name: String, in section: String = "Service") -> [String] {
        settings.filter { $0.section == section && $0.name == name }.reduce(into: []) { values, setting in
            if setting.value.isEmpty { values = [] } else { values.append(setting.value) }
        }
    }

    /// The last value of a setting.
    func value(_ name: String, in section: String = "Service") -> String? { values(name, in: section).last }
}
