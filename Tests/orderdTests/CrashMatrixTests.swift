import Foundation
import Testing

/// Some points of the crash matrix; `make faults` runs them all.
@Suite struct CrashMatrixTests {
    /// Killed before some calls of every scenario, killed again in some recoveries, and some calls that fail.
    @Test(.enabled(if: Self.canTrace, "no python3 here, or a program may not trace another, or this is not x86-64 Linux"))
    func killedBeforeAnyCallNothingIsLostDoubledOrChanged() async throws {
        let program = try Child.binary()
        let (code, told) = try await Self.matrix(
            "--orderd", program, "--sample", "2", "--pairs", "6", "--errors", "EIO", "--lasting", "ENOSPC", "--errors-of", "single,refund",
            "--seed", "11", "--no-controls", "--parallel", "2")
        #expect(code == 0, "\(told)")
        #expect(told.contains(", 0 failures, "))
    }

    /// The rig notices what was doctored behind the program's back: it exits with 1 where it does not.
    @Test(.enabled(if: Self.canTrace, "no python3 here, or a program may not trace another, or this is not x86-64 Linux"))
    func uploadsThatAreDeletedAfterAKillAreMissed() async throws {
        let program = try Child.binary()
        let (code, told) = try await Self.matrix("--orderd", program, "--only", "single", "--at", "pipeline:write:1", "--doctor", "claimed")
        #expect(code == 1, "\(told)")
        #expect(told.contains("orders: expected"))
    }

    private static let canTrace: Bool = {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        guard let script = try? script() else { return false }
        process.arguments = ["python3", script, "--probe"]
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return false }
        process.waitUntilExit()
        return process.terminationStatus == 0
    }()

    private static func script() throws -> String { try packageRoot().appending(path: "Tests/faults/crash-matrix.py").path }

    /// Runs it on a thread of its own, for it blocks for long: its exit code and what it printed.
    private static func matrix(_ arguments: String...) async throws -> (Int32, String) {
        let words = ["python3", try script()] + arguments
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
