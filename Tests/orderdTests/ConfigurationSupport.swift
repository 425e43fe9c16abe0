import Foundation
import Testing

@testable import orderd

/// Loads with nothing but what is given: no file of the machine's, no variable of the shell's.
func loadConfiguration(
    _ path: String? = nil, environment: [String: String] = [:], overrides: [String] = []
) throws(ConfigurationError) -> Configuration {
    try Configuration.load(path: path, environment: environment, overrides: overrides, searching: [])
}

/// What is wrong with a file of this text, each without the file's path.
func complaints(_ text: String, environment: [String: String] = [:], overrides: [String] = []) throws -> [String] {
    try withConfigurationFile(text) { path in
        do throws(ConfigurationError) {
            _ = try loadConfiguration(path, environment: environment, overrides: overrides)
            return []
        } catch {
            return error.problems.map { $0.description.replacingOccurrences(of: path, with: "file") }
        }
    }
}

/// A file of this content for the time of the body.
func withConfigurationFile<Result>(_ text: String, _ body: (String) throws -> Result) throws -> Result {
    try withConfigurationFile(bytes: Data(text.utf8), body)
}

func withConfigurationFile<Result>(bytes: Data, _ body: (String) throws -> Result) throws -> Result {
    let file = FileManager.default.temporaryDirectory.appending(path: "orderd-configuration-\(UUID().uuidString).yaml")
    try bytes.write(to: file)
    defer { try? FileManager.default.removeItem(at: file) }
    return try body(file.path(percentEncoded: false))
}

/// The directory with the manifest that has this test file below it, whatever links lead here.
func packageRoot(from file: String = #filePath) throws -> URL {
    var folder = URL(filePath: file).resolvingSymlinksInPath().deletingLastPathComponent()
    while folder.path.count > 1 {
        if FileManager.default.fileExists(atPath: folder.appending(path: "Package.swift").path) { return folder }
        folder.deleteLastPathComponent()
    }
    throw NoPackageRoot(file: file)
}

struct NoPackageRoot: Error { let file: String }

func contents(of file: URL) throws -> String {
    try String(contentsOf: file, encoding: .utf8)
}
