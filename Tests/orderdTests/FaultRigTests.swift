import Foundation
import Testing

/// Small runs of the fault rigs in `Tests/faults/`; `make faults` runs them at length. Each says by `--probe` whether this machine can do it.
@Suite struct FaultRigTests {
    @Test(.enabled(if: FaultRig("power-cut").canRun, "no python3, no loop devices with ext4 here, or not root"))
    func aPowerCutLosesNoAcknowledgedOrder() async throws {
        let (code, told) = try await FaultRig("power-cut").run("--cuts", "4", "--small", "--seed", "11", "--no-controls")
        #expect(code == 0, "\(told)")
        #expect(told.contains("; 0 problems"))
    }

    /// The rig notices receipts that were published and never synced.
    @Test(.enabled(if: FaultRig("power-cut", needing: ["cc"]).canRun, "no python3, no C compiler, no loop devices here, or not root"))
    func aPublisherThatDoesNotSyncIsNoticed() async throws {
        let (code, told) = try await FaultRig("power-cut").run("--cuts", "20", "--small", "--seed", "11", "--without", "syncfs")
        #expect(code == 1, "\(told)")
        #expect(told.contains("receipts are gone or changed"), "\(told)")
    }

    /// Retries, settle time, resume deadline, publishing and restarts under a clock that jumps; the rig notices a boot clock that jumps.
    @Test(.enabled(if: FaultRig("clock-jumps").canRun, "no python3 or no C compiler here"))
    func aClockThatJumpsMakesNothingEarlyLateOrLost() async throws {
        let (code, told) = try await FaultRig("clock-jumps").run("--seed", "3")
        #expect(code == 0, "\(told)")
        #expect(told.contains("control retries, the boot clock jumps too: ") && !told.contains("too: nothing"), "\(told)")
    }

    /// Fewer files than `make faults` takes: the kernel's queue is filled with other events.
    @Test(.enabled(if: FaultRig("lost-events").canRun, "no python3 here"))
    func filesWhoseEventsAreLostAreFoundWithinARescan() async throws {
        let (code, told) = try await FaultRig("lost-events").run("--only", "overflow,replaced,watches,instances,behind")
        #expect(code == 0, "\(told)")
        #expect(told.contains("files are not found after"), "the control")
    }

    @Test(.enabled(if: FaultRig("disk-full").canRun, "no python3, no loop devices with ext4 here, or not root"))
    func aFullDiskStopsIntakeAndLosesNothing() async throws {
        let (code, told) = try await FaultRig("disk-full").run("--fills", "3", "--no-controls")
        #expect(code == 0, "\(told)")
    }

    /// Damage inside the database, a lock of another process, and no database at all; the other faults need strace.
    @Test(.enabled(if: FaultRig("sqlite-errors").canRun, "no python3 here"))
    func aDamagedLedgerIsMadeAgainByTheCommandThatItNames() async throws {
        let (code, told) = try await FaultRig("sqlite-errors").run("--only", "busy,page,log,nothing", "--rounds", "1")
        #expect(code == 0, "\(told)")
        #expect(told.contains("busy             goes on: 0 problems") || told.contains("goes on (1): 0 problems"), "\(told)")
    }
}

/// One of the programs in `Tests/faults/`, or in a directory beside it.
struct FaultRig {
    let script: String
    let canRun: Bool

    /// - Parameters:
    ///   - name: the file's, without `.py`.
    ///   - folder: the directory in `Tests/`.
    ///   - options: what it is asked with whether this machine can do it.
    ///   - programs: what a run needs beside what the rig itself looks for.
    init(_ name: String, in folder: String = "faults", needing programs: [String] = [], options: [String] = []) {
        script = (try? packageRoot().appending(path: "Tests/\(folder)/\(name).py").path) ?? ""
        let (code, _) = Self.start("/usr/bin/env", ["python3", script, "--probe"] + options)
        canRun = code == 0 && programs.allSatisfy { Self.start("/usr/bin/env", ["which", $0]).0 == 0 }
    }

    /// Runs it with the program that was built beside the tests, on a thread of its own, for it blocks for long: its exit code and what it
    /// printed.
    func run(_ arguments: String...) async throws -> (Int32, String) {
        let words = ["python3", script, "--orderd", try Child.binary()] + arguments
        return await withCheckedContinuation { continuation in
            Thread { continuation.resume(returning: Self.start("/usr/bin/env", words)) }.start()
        }
    }

    private static func start(_ program: String, _ arguments: [String]) -> (Int32, String) {
        let process = Process()
        process.executableURL = URL(filePath: program)
        process.arguments = arguments
        let output = Pipe()
        process.standardOutput = output
        process.standardError = output
        guard (try? process.run()) != nil else { return (-1, "\(program) cannot be run") }
        let told = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return (process.terminationStatus, told)
    }
}
