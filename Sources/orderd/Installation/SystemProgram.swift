import Foundation
import Glibc

/// What came of a program that was run.
struct ProgramOutcome: Hashable {
    /// The exit code; 128 and the signal's number where a signal ended it.
    var code: Int32
    /// Standard output and standard error, as they came.
    var output: String
}

/// Programs of the system, which orderd runs as an administrator would.
enum SystemProgram {
    private static let directories = ["/usr/sbin", "/usr/bin", "/sbin", "/bin"]

    /// Runs a program to its end, without a shell and without input; nil where there is no such program, or it cannot be started.
    ///
    /// It is not looked for by PATH: what root runs is not for its caller to choose, and PATH may lack the directories of administration.
    /// For the same reason the program gets an environment of its own.
    static func run(_ words: [String]) -> ProgramOutcome? {
        guard let name = words.first, let program = find(name) else { return nil }
        let process = Process()
        process.executableURL = URL(filePath: program)
        process.arguments = Array(words.dropFirst())
        process.environment = ["PATH": directories.joined(separator: ":"), "LC_ALL": "C.UTF-8"]
        process.standardInput = FileHandle.nullDevice
        let output = Pipe()
        process.standardOutput = output
        process.standardError = output
        guard (try? process.run()) != nil else { return nil }
        let told = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        let code = process.terminationStatus
        return ProgramOutcome(code: process.terminationReason == .exit ? code : 128 + code, output: String(decoding: told, as: UTF8.self))
    }

    private static func find(_ name: String) -> String? {
        if name.hasPrefix("/") { return access(name, X_OK) == 0 ? name : nil }
        return directories.map { "\($0)/\(name)" }.first { access($0, X_OK) == 0 }
    }
}
