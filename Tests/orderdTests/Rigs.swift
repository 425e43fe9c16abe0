import Foundation

/// The programs in `Tests/faults/`, as tests run them.
enum Rigs {
    /// Whether a rig, or with `-c` a line of Python, ends with 0; for conditions of tests.
    static func ends(_ script: String, _ arguments: String..., python: String = "python3") -> Bool {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        guard let script = try? path(script) else { return false }
        process.arguments = [python, script] + arguments
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return false }
        process.waitUntilExit()
        return process.terminationStatus == 0
    }

    /// Runs a rig on a thread of its own, for it blocks for long: its exit code and what it printed.
    static func run(_ script: String, _ arguments: String...) async throws -> (Int32, String) {
        let words = ["python3", try path(script)] + arguments
        return try await withCheckedThrowingContinuation { continuation in
            Thread {
                let process = Process()
                process.executableURL = URL(filePath: "/usr/bin/env")
                process.arguments = words
                let output = Pipe()
                process.standardOutput = output
                process.standardError = output
                do { try process.run() } catch {
                    continuation.resume(throwing: error)
                    return
                }
                let told = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
                process.waitUntilExit()
                continuation.resume(returning: (process.terminationStatus, told))
            }.start()
        }
    }

    private static func path(_ script: String) throws -> String {
        script == "-c" ? script : try packageRoot().appending(path: "Tests/faults/\(script)").path
    }
}
