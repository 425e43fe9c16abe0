import Glibc
import Spool
import TestSupport
import Testing

struct DescriptorLeakTests {
    /// In a process of its own: other tests open and close files meanwhile.
    @Test func noWayThroughTheModuleLeavesADescriptorOpen() async {
        await #expect(processExitsWith: .success) {
            // Once to warm up what the runtime opens for itself.
            try useEverything()
            let before = openDescriptors()
            for _ in 0..<20 { try useEverything() }
            #expect(openDescriptors() == before)
        }
    }
}

private func openDescriptors() -> Int {
    (0..<1024).filter { fcntl($0, F_GETFD) >= 0 }.count
}

/// Each thing that opens a descriptor, by its good ways and by its bad ones.
private func useEverything() throws {
    let scratch = try Scratch()
    let files = SystemFiles()
    let tree = try SpoolTree.create(root: scratch.path + "/spool", steps: ["one"], files: files)
    try tree.createPartner("acme")
    #expect(throws: FileError.self) { try tree.directory("queue/none/deeper") }
    #expect(symlink("/etc", scratch.path + "/spool/done/link") == 0)
    #expect(throws: FileError.self) { try tree.directory("done/link", creating: 0o755) }
    try tree.withDirectory("state") { _ in }
    #expect(rename(scratch.path + "/spool/reports", scratch.path + "/old") == 0)
    #expect(mkdir(scratch.path + "/spool/reports", 0o755) == 0)
    #expect(try tree.revalidate().count == 1)

    let drop = try tree.directory("partners/acme/orders")
    let claimed = try tree.directory("claimed/acme/orders")
    let claimer = Claimer(files: files, maximumSize: 10)
    try claimEachWay(claimer, scratch, drop, claimed)

    try Publisher(files: files).publish([1], in: drop, as: named("p"))
    let failing = RiggedFiles { (call) throws(FileError) in
        if call == "setMode" { throw FileError(call: call, path: "rigged", code: EIO) }
    }
    #expect(throws: FileError.self) { try Publisher(files: failing).publish([1], in: drop, as: named("q"), mode: 0o666) }

    let state = try tree.directory("state")
    let lock = try SpoolLock.take(stateDirectory: state, process: 1, files: files)
    #expect(throws: LockError.self) { try SpoolLock.take(stateDirectory: state, process: 1, files: files) }
    lock.release()
    let watcher = try InotifyWatcher()
    try watcher.watch(path: Path(scratch.path), tag: 1, for: .uploads)
    #expect(throws: WatcherError.self) { try InotifyWatcher() }
    _ = try Wakeup()
    _ = try SignalDescriptor(signals: [SIGHUP])
    // A listing that is given up half way.
    _ = try files.list(scratch.descriptor).next()
    #expect(throws: FileError.self) { try files.readAll(in: drop, named("p"), limit: 0) }
}

private func claimEachWay(_ claimer: Claimer, _ scratch: Scratch, _ drop: Descriptor, _ claimed: Descriptor) throws {
    for (number, text) in ["{}", "longer than ten bytes"].enumerated() {
        for way in ["renamed", "in place", "given up"] {
            let name = named("\(number) \(way)")
            try scratch.write(text, to: name, in: drop)
            let candidate = try scratch.candidate(name, in: drop)
            switch way {
            case "renamed": _ = claimer.claimRenamed(candidate, from: drop, to: claimed)
            case "in place":
                if case .opened(let file) = claimer.openInPlace(candidate, in: drop) {
                    _ = claimer.finishClaim(file, from: drop, to: claimed)
                }
            default: _ = claimer.openInPlace(candidate, in: drop)
            }
        }
    }
    let name = named("busy")
    try scratch.write("", to: name, in: drop)
    let writer = try scratch.files.openForAppending(in: drop, name, mode: 0)
    _ = claimer.openInPlace(try scratch.candidate(name, in: drop), in: drop)
    try scratch.files.close(writer)
    let candidate = try scratch.candidate(name, in: drop)
    try scratch.write("", to: "other", in: drop)
    try scratch.files.rename(from: drop, named("other"), to: drop, name, replacing: true)
    _ = claimer.openInPlace(candidate, in: drop)
    _ = claimer.claimRenamed(candidate, from: drop, to: claimed)
}
