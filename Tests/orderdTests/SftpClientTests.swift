import Foundation
import Testing

/// Some cells of the table of SFTP clients; `make faults` runs them all.
@Suite struct SftpClientTests {
    /// Each client that is installed uploads, keeps times, overwrites, breaks off and resumes.
    @Test(.enabled(if: Self.canRun, "not root, or no sshd, or no namespaces here"))
    func realClientsMeetNoErrorAndNoHalfIsJudged() async throws {
        let (code, told) = try await Self.clients("--actions", "plain,rename-old,times,overwrite,resumed", "--deadline", "8", "--jobs", "8")
        #expect(code == 0, "\(told)")
        #expect(told.contains(" 0 halves judged,"))
        #expect(told.contains(" 0 client errors, 0 files left, 0 failures,"))
    }

    /// The rig notices clients that meet errors: files that are taken at once are gone when a client looks at what it sent.
    @Test(.enabled(if: Self.canRun && Self.hasParamiko, "not root, or no sshd, or no namespaces, or no paramiko here"))
    func withoutASettleTimeClientsMeetErrors() async throws {
        let (code, told) = try await Self.clients("--control", "--clients", "paramiko", "--actions", "times,chmod")
        #expect(code == 1, "\(told)")
        #expect(told.contains("paramiko chmod: the client: exit 1"))
    }

    private static let canRun = ends(try? script(), "--probe")
    private static let hasParamiko = ends("-c", "import paramiko") || ends("/usr/bin/python3", "-c", "import paramiko", program: "/usr/bin/env")

    private static func script() throws -> String { try packageRoot().appending(path: "Tests/faults/sftp-clients.py").path }

    /// Whether python3 (or another program) ends with 0.
    private static func ends(_ arguments: String?..., program: String? = nil) -> Bool {
        let words = arguments.compactMap(\.self)
        guard words.count == arguments.count else { return false }
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = program == nil ? ["python3"] + words : words
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return false }
        process.waitUntilExit()
        return process.terminationStatus == 0
    }

    /// Runs it on a thread of its own, for it blocks for long: its exit code and what it printed.
    private static func clients(_ arguments: String...) async throws -> (Int32, String) {
        let words = ["python3", try script(), "--orderd", try Child.binary()] + arguments
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
}
