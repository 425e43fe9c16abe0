import Foundation
import Testing

/// Which module may import what: the table that the manifest cannot say in full, since a dependency of a dependency can be imported too.
private enum Boundaries {
    /// Our own modules that each of our modules may import.
    static let ours: [String: Set<String>] = [
        "Orders": [],
        "Spool": ["CLinux", "CInotifyTools"],
        "Ledger": ["Orders", "Spool", "CSQLite"],
        "Stages": ["Orders", "Spool", "Ledger"],
        "Reports": ["Orders", "Spool", "Ledger", "CZlib"],
        "orderd": ["Orders", "Spool", "Ledger", "Stages", "Reports"],
    ]
    /// Modules over C libraries and headers: nobody imports them but who is allowed to above.
    static let systemModules: Set<String> = ["CLinux", "CInotifyTools", "CSQLite", "CZlib"]
    /// Modules of others that only some of ours may import.
    static let reserved: [String: Set<String>] = [
        "GRDB": ["Ledger"], "GRDBSQLite": ["Ledger"], "SQLite3": ["Ledger"],
        "Yams": ["orderd"], "ArgumentParser": ["orderd"],
    ]
    /// Modules that do without Foundation in any of its forms.
    static let withoutFoundation: Set<String> = ["Orders", "Spool"]

    /// What is wrong with a source of a module, a line each: `line 3 imports GRDB`.
    static func violations(in source: String, of module: String) -> [String] {
        imports(in: source).filter { !mayImport($0.module, in: module) }.map { "line \($0.line) imports \($0.module)" }
    }

    private static func mayImport(_ imported: String, in module: String) -> Bool {
        if ours.keys.contains(imported) || systemModules.contains(imported) { return ours[module, default: []].contains(imported) }
        if imported.hasPrefix("Foundation") { return !withoutFoundation.contains(module) }
        return reserved[imported]?.contains(module) ?? true
    }

    /// Every import of a source: with attributes, an access level, a single declaration (`import struct Foundation.Date`), behind `#if`.
    private static func imports(in source: String) -> [(line: Int, module: String)] {
        source.split(separator: "\n", omittingEmptySubsequences: false).enumerated().compactMap { index, line in
            let code = line.split(separator: "//", maxSplits: 1, omittingEmptySubsequences: false).first ?? ""
            var words = code.split { $0 == " " || $0 == "\t" }[...]
            while let word = words.first, word.hasPrefix("@") || accessLevels.contains(String(word)) { words.removeFirst() }
            guard words.popFirst() == "import", let first = words.popFirst() else { return nil }
            let path = kinds.contains(String(first)) ? words.first ?? "" : first
            return path.split(separator: ".").first.map { (index + 1, String($0)) }
        }
    }

    private static let accessLevels: Set<String> = ["public", "package", "internal", "fileprivate", "private"]
    private static let kinds: Set<String> = ["typealias", "struct", "class", "enum", "protocol", "let", "var", "func", "actor"]
}

@Suite struct ModuleBoundaryTests {
    @Test func modulesImportOnlyWhatTheyMay() throws {
        let sources = try packageRoot().appending(path: "Sources")
        var examined = 0
        for module in Boundaries.ours.keys.sorted() {
            for file in try swiftFiles(below: sources.appending(path: module)) {
                examined += 1
                let wrong = Boundaries.violations(in: try contents(of: file), of: module)
                #expect(wrong.isEmpty, "\(file.path): \(wrong.joined(separator: ", ")), which \(module) must not")
            }
        }
        #expect(examined >= Boundaries.ours.count)
    }

    @Test func everyModuleIsInTheTable() throws {
        let sources = try packageRoot().appending(path: "Sources")
        let folders = try FileManager.default.contentsOfDirectory(at: sources, includingPropertiesForKeys: nil)
        let modules = try folders.filter { try !swiftFiles(below: $0).isEmpty }.map(\.lastPathComponent)
        #expect(Set(modules) == Set(Boundaries.ours.keys))
    }

    /// Proves that the check above bites.
    @Test(arguments: [
        ("import GRDB\n", "Stages", ["line 1 imports GRDB"]),
        ("import GRDBSQLite\nimport SQLite3\n", "orderd", ["line 1 imports GRDBSQLite", "line 2 imports SQLite3"]),
        ("import Stages\n", "Reports", ["line 1 imports Stages"]),
        ("public import Reports\n", "Stages", ["line 1 imports Reports"]),
        ("import Spool\n", "Orders", ["line 1 imports Spool"]),
        ("import Orders\n", "Spool", ["line 1 imports Orders"]),
        ("import Glibc\nimport Foundation\n", "Spool", ["line 2 imports Foundation"]),
        ("import struct FoundationEssentials.Date\n", "Orders", ["line 1 imports FoundationEssentials"]),
        (
            "#if canImport(GRDB)\n    @preconcurrency internal import class GRDB.DatabasePool  // why\n#endif\n", "Reports",
            ["line 2 imports GRDB"]
        ),
        ("@testable import Ledger\n", "Spool", ["line 1 imports Ledger"]),
        ("import CInotifyTools\n", "Stages", ["line 1 imports CInotifyTools"]),
        ("import Yams\n", "Ledger", ["line 1 imports Yams"]),
        ("import orderd\n", "Reports", ["line 1 imports orderd"]),
        ("import GRDB\npublic import Orders\nimport Foundation\n", "Ledger", []),
        ("import Logging\nimport Crypto\nimport Ledger\n", "Stages", []),
        ("// import GRDB\nlet text = \"import GRDB\"\n", "Orders", []),
    ])
    func forbiddenImportsAreFound(source: String, module: String, expected: [String]) {
        #expect(Boundaries.violations(in: source, of: module) == expected)
    }

    @Test func everyPackageIsInTheListOfLicences() throws {
        let root = try packageRoot()
        let page = try contents(of: root.appending(path: "docs/licences.md"))
        let packages = try contents(of: root.appending(path: "Package.swift")).matches(of: /\.package\(url: "[^"]*\/([^"\/]+)"/).map(
            \.output.1)
        #expect(!packages.isEmpty)
        for package in packages {
            #expect(page.contains("| \(package)"), "docs/licences.md does not say under which licence \(package) is")
        }
    }

    private func swiftFiles(below folder: URL) throws -> [URL] {
        let files = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)?.compactMap { $0 as? URL } ?? []
        return files.filter { $0.pathExtension == "swift" }
    }
}
