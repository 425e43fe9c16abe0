import Foundation
import Testing

/// Runs the program `simulate`, which lies beside the test bundle.
enum SimulationRuns {
    struct Result {
        let code: Int32
        let text: String
    }

    /// The program, as this build has made it.
    static func program() throws -> String {
        var folder = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
        for _ in 0..<4 {
            let program = folder.appendingPathComponent("simulate").path
            if FileManager.default.isExecutableFile(atPath: program) { return program }
            folder = folder.deletingLastPathComponent()
        }
        // Where the test runner is another program, the bundle's own path is among its arguments.
        for argument in CommandLine.arguments where argument.hasSuffix(".xctest") {
            let program = URL(fileURLWithPath: argument).deletingLastPathComponent().appendingPathComponent("simulate").path
            if FileManager.default.isExecutableFile(atPath: program) { return program }
        }
        return try #require(nil as String?, "simulate was not built beside \(CommandLine.arguments[0])")
    }

    static func run(_ arguments: String...) throws -> Result {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: try program())
        process.arguments = arguments
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        let bytes = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return Result(code: process.terminationStatus, text: String(decoding: bytes, as: UTF8.self))
    }
}
