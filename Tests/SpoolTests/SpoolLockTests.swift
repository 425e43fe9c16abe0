import Foundation
import Glibc
import Spool
import TestSupport
import Testing

struct SpoolLockTests {
    private let scratch: Scratch
    private let files = SystemFiles()
    private var here: Descriptor { scratch.descriptor }

    init() throws { scratch = try Scratch() }

    private func take(process: Int32 = 123) throws(LockError) -> SpoolLock {
        try SpoolLock.take(stateDirectory: scratch.descriptor, process: process, clock: FixedClock(), files: files)
    }

    @Test func theLockNamesItsHolderAndIsHadOnce() throws {
        let lock = try take()
        #expect(try scratch.read(named("lock"), in: here) == "pid=123 since=2026-02-03T04:05:06Z\n")
        #expect(throws: LockError.held(by: "pid=123 since=2026-02-03T04:05:06Z")) { try take(process: 4) }
        lock.release()
        lock.release()
        let next = try take(process: 7)
        #expect(try scratch.read(named("lock"), in: here)?.hasPrefix("pid=7 ") == true)
        next.release()
        #expect(try scratch.read(named("lock"), in: here) == "")
    }

    @Test func theLockIsLetGoWithItsObject() throws {
        _ = try take()
        #expect(throws: Never.self) { try take().release() }
    }

    @Test(arguments: [false, true])
    func aLockOnARemovedOrReplacedFileIsTakenAnew(_ replaced: Bool) throws {
        let removed = Locked(false)
        let here = here
        let rig = RiggedFiles { (call) throws(FileError) in
            // Between opening the file and locking it, somebody removes it, and perhaps makes another.
            if call == "lock", !removed.value {
                removed.value = true
                let files = SystemFiles()
                try files.remove(in: here, named("lock"))
                if replaced { try files.close(files.openForUpdating(in: here, named("lock"), mode: 0o660)) }
            }
        }
        let lock = try SpoolLock.take(stateDirectory: here, process: 1, clock: FixedClock(), files: rig)
        #expect(throws: LockError.self) { try take() }
        lock.release()
    }

    @Test func aFailedCallIsNotAHeldLock() throws {
        let rig = RiggedFiles { (call) throws(FileError) in
            if call == "write" { throw FileError(call: call, path: "rigged", code: ENOSPC) }
        }
        #expect(throws: LockError.failed(FileError(call: "write", path: "rigged", code: ENOSPC))) {
            try SpoolLock.take(stateDirectory: here, process: 1, clock: FixedClock(), files: rig)
        }
        #expect(throws: Never.self) { try take().release() }
    }

    @Test func whatTheHolderWroteCannotForgeALogLine() throws {
        let lock = try take()
        try scratch.write("pid=1 \u{1B}[2J\nsecond line", to: "lock", in: here)
        #expect(throws: LockError.held(by: #"pid=1 \x1B[2J"#)) { try take() }
        lock.release()
    }

    @Test(.enabled(if: python != nil, "no python3 on the path"))
    func aLockOfAnotherProcessIsRefusedUntilThatEnds() throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: try #require(python))
        process.arguments = [
            "-c",
            """
            import fcntl, os, struct, sys
            f = os.open(sys.argv[1], os.O_RDWR | os.O_CREAT, 0o660)
            fcntl.fcntl(f, 37, struct.pack("hhqqi4x", fcntl.F_WRLCK, 0, 0, 0, 0))
            os.write(f, b"pid=%d since=then\\n" % os.getpid())
            print("held", flush=True)
            sys.stdin.read()
            """,
            scratch.path + "/lock",
        ]
        let input = Pipe()
        let output = Pipe()
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        defer { process.terminate() }
        #expect(output.fileHandleForReading.readData(ofLength: 5) == Data("held\n".utf8))
        #expect(throws: LockError.held(by: "pid=\(process.processIdentifier) since=then")) { try take() }
        // However it ends.
        #expect(kill(process.processIdentifier, SIGKILL) == 0)
        process.waitUntilExit()
        #expect(throws: Never.self) { try take().release() }
    }
}

private struct FixedClock: Spool.Clock {
    func wallMilliseconds() -> Int64 { 1_770_091_506_789 }
    func bootNanoseconds() -> Int64 { 0 }
}

private let python: String? = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
    .map { "\($0)/python3" }.first { access($0, X_OK) == 0 }
