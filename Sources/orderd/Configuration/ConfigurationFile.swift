import Foundation
import Yams

/// One value as it stands somewhere, with its path in full (`partners.acme.order.currency`).
struct ConfigurationEntry {
    let path: String
    let raw: RawValue
    let place: ConfigurationPlace
}

/// A YAML file taken apart into entries. `intake: {settle: 1s}` and `intake.settle: 1s` are the same entry.
struct ConfigurationFile {
    /// Longer files are refused: a configuration is small, and a device or a log given by mistake is not.
    static let sizeLimit = 1 << 20

    private(set) var entries: [ConfigurationEntry] = []
    private(set) var problems: [ConfigurationProblem] = []
    private let path: String
    /// Sections seen, to say where the first of two stands.
    private var sections: [String: ConfigurationPlace] = [:]

    init(text: String, path: String) {
        self.path = path
        guard let root = compose(text) else { return }
        guard case .mapping(let mapping) = root else {
            if Self.raw(root) != .nothing {
                problems.append(
                    problem(root.mark, nil, "found \(Self.raw(root).shown), expected sections such as intake: with keys below them"))
            }
            return
        }
        flatten(mapping, prefix: "")
    }

    // MARK: - Parsing

    /// Yams throws at the first key that stands twice and gives no tree. So that everything else is still examined, that key is set apart (its
    /// first letter moved into a private range, which keeps all columns) and the text is parsed again; `flatten` moves it back.
    private mutating func compose(_ text: String) -> Node? {
        var text = text
        for round in 0..<SetApart.rounds {
            do {
                return try Yams.compose(yaml: text, .default, .default, .utf8)
            } catch YamlError.duplicatedKeysInMapping(let names, let context) {
                guard let apart = SetApart.apply(to: text, line: context.mark.line, column: context.mark.column, round: round) else {
                    problems.append(problem(context.mark, names.joined(separator: ", "), "is there twice; keep one"))
                    return nil
                }
                text = apart
            } catch {
                problems.append(syntaxProblem(error))
                return nil
            }
        }
        problems.append(
            ConfigurationProblem(place: .wholeFile(path: path), key: nil, message: "more than \(SetApart.rounds) keys are there twice"))
        return nil
    }

    private func syntaxProblem(_ error: any Error) -> ConfigurationProblem {
        switch error {
        case YamlError.scanner(_, let what, let mark, _), YamlError.parser(_, let what, let mark, _),
            YamlError.composer(_, let what, let mark, _):
            problem(mark, nil, "not YAML: \(what)")
        case YamlError.reader(let what, _, _, _):
            ConfigurationProblem(place: .wholeFile(path: path), key: nil, message: "not YAML: \(what)")
        default:
            ConfigurationProblem(place: .wholeFile(path: path), key: nil, message: "not YAML: \(error)")
        }
    }

    // MARK: - From the tree to entries

    private mutating func flatten(_ mapping: Node.Mapping, prefix: String) {
        for (keyNode, value) in mapping {
            guard let name = keyNode.scalar.map({ SetApart.undo($0.string) }), !name.isEmpty else {
                problems.append(problem(keyNode.mark, nil, "found \(Self.raw(keyNode).shown) as a key, expected a name"))
                continue
            }
            let path = prefix + name
            let isSection = Self.isSection(path)
            if isSection {
                if let first = sections[path] {
                    problems.append(
                        problem(keyNode.mark, path, "is there twice, first in \(first.shortDescription); put its keys under one"))
                } else {
                    sections[path] = place(keyNode.mark)
                }
            }
            switch value {
            case .mapping(let inner) where Keys.byPath[path] == nil && (isSection || !inner.isEmpty):
                flatten(inner, prefix: path + ".")
            default:
                let raw = Self.raw(value)
                // A section whose keys are all commented out is an empty section, not a mistake.
                if isSection, raw == .nothing { continue }
                let position = Keys.byPath[path] == nil ? keyNode.mark : value.mark ?? keyNode.mark
                entries.append(ConfigurationEntry(path: path, raw: raw, place: place(position)))
            }
        }
    }

    /// Whether keys may stand below the path.
    private static func isSection(_ path: String) -> Bool {
        if Keys.byPath[path] != nil { return false }
        let parts = path.split(separator: ".", omittingEmptySubsequences: false)
        if parts.first.map(String.init) == Keys.partners {
            return parts.count <= 2 || (parts.count == 3 && Keys.all.contains { $0.perPartner && $0.section == parts[2] })
        }
        return parts.count == 1 && Keys.sections.contains { $0.name == path }
    }

    private static func raw(_ node: Node) -> RawValue {
        switch node {
        case .scalar(let scalar):
            let isNothing = scalar.style == .plain && ["", "~", "null", "Null", "NULL"].contains(scalar.string)
            return isNothing ? .nothing : .scalar(scalar.string)
        case .sequence(let sequence):
            let texts = sequence.compactMap { $0.scalar?.string }
            return texts.count == sequence.count ? .list(texts) : .other("a list with something in it that is not a plain value")
        case .mapping: return .other("a section")
        case .alias: return .other("an alias")
        }
    }

    private func place(_ mark: Mark?) -> ConfigurationPlace {
        mark.map { .file(path: path, line: $0.line, column: $0.column) } ?? .wholeFile(path: path)
    }

    private func problem(_ mark: Mark?, _ key: String?, _ message: String) -> ConfigurationProblem {
        ConfigurationProblem(place: place(mark), key: key, message: message)
    }
}

/// A key made different from all others without changing any column: its first character stands in a private plane, from where it comes back.
/// Each round has its own 128 places there, so that a key that stands three times is set apart twice in two ways.
private enum SetApart {
    static let rounds = 500
    private static let base: UInt32 = 0xf_0000

    static func apply(to text: String, line: Int, column: Int, round: Int) -> String? {
        var scalars = Array(text.unicodeScalars)
        var (index, atLine) = (0, 1)
        while index < scalars.count, atLine < line {
            if scalars[index] == "\n" { atLine += 1 }
            index += 1
        }
        index += column - 1
        if index < scalars.count, scalars[index] == "\"" || scalars[index] == "'" { index += 1 }
        guard index < scalars.count, scalars[index].isASCII, scalars[index].properties.isAlphabetic || ("0"..."9").contains(scalars[index]),
            let moved = Unicode.Scalar(base + UInt32(round) * 128 + scalars[index].value)
        else { return nil }
        scalars[index] = moved
        return String(String.UnicodeScalarView(scalars))
    }

    static func undo(_ name: String) -> String {
        guard let first = name.unicodeScalars.first, first.value > base, let original = Unicode.Scalar((first.value - base) % 128) else {
            return name
        }
        return String(Character(original)) + String(String.UnicodeScalarView(name.unicodeScalars.dropFirst()))
    }
}
