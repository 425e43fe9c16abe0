import Glibc
import Spool
import TestSupport
import Testing

/// Claiming what was written in place: opened first, looked at, then renamed.
struct ClaimerInPlaceTests {
    private let scratch: Scratch
    private let files = SystemFiles()
    private let drop: Directory
    private let claimed: Directory
    private let name = named("order.json")
    private let claimer = Claimer(files: SystemFiles())

    init() throws {
        scratch = try Scratch()
        drop = try scratch.directory("orders")
        claimed = try scratch.directory("claimed")
        try scratch.write("{}", to: name, in: drop.descriptor)
    }

    private func open() throws -> OpenedFile {
        let outcome = claimer.openInPlace(try scratch.candidate(name, in: drop.descriptor, how: .closed), in: drop.descriptor)
        guard case .opened(let file) = outcome else {
            throw FileError(call: "openInPlace", path: "\(outcome)", code: 0)
        }
        return file
    }

    private func finish(_ file: OpenedFile, by claimer: Claimer = Claimer(files: SystemFiles())) -> ClaimOutcome {
        claimer.finishClaim(file, from: drop.descriptor, to: claimed.descriptor)
    }

    private func isPutBack() throws -> Bool {
        try scratch.names(in: drop.descriptor) == [name] && scratch.names(in: claimed.descriptor).isEmpty
    }

    @Test func aFileIsReadWhereItLiesThenClaimedByTheSameDescriptor() throws {
        let opened = try open()
        #expect(opened.leased == leasesWork)
        #expect(try scratch.names(in: drop.descriptor) == [name])
        #expect(try files.readAll(opened.descriptor) == Array("{}".utf8))
        guard case .claimed(let file) = finish(opened) else {
            Issue.record("not claimed")
            return
        }
        #expect(file.descriptor == opened.descriptor)
        #expect(file.leased == leasesWork)
        #expect(try scratch.names(in: drop.descriptor) == [])
        #expect(try scratch.names(in: claimed.descriptor) == [name])
    }

    @Test(.enabled(if: leasesWork, "this file system has no leases"))
    func aFileBeingWrittenIsBusyAndStays() throws {
        let writer = try files.openForAppending(in: drop.descriptor, name, mode: 0)
        defer { try? files.close(writer) }
        guard case .busy = claimer.openInPlace(try scratch.candidate(name, in: drop.descriptor), in: drop.descriptor) else {
            Issue.record("a writer was not noticed")
            return
        }
        #expect(try isPutBack())
    }

    @Test(.enabled(if: leasesWork, "this file system has no leases"))
    func aWriterThatOpensInsideTheLeaseGetsTheFileBack() throws {
        let opened = try open()
        let (files, directory, name) = (files, drop.descriptor, name)
        let writer = Background { (try? files.openForAppending(in: directory, name, mode: 0)) ?? -1 }
        #expect(eventually { !files.leaseHeld(opened.descriptor) })
        guard case .busy(.dropDirectory, _) = finish(opened) else {
            Issue.record("a writer that waits was not noticed")
            return
        }
        #expect(try isPutBack())
        opened.close()
        let descriptor = try #require(writer.join())
        try files.write(descriptor, Array("resumed".utf8))
        try files.close(descriptor)
        #expect(try scratch.read(name, in: drop.descriptor) == "{}resumed")
    }

    @Test(.enabled(if: leasesWork, "this file system has no leases"))
    func aFileStaysClaimedWhereItsNameIsTakenByThen() throws {
        let opened = try open()
        let (files, directory, name) = (files, drop.descriptor, name)
        let writer = Background { (try? files.openForAppending(in: directory, name, mode: 0)) ?? -1 }
        #expect(eventually { !files.leaseHeld(opened.descriptor) })
        let renames = Locked(0)
        let scratch = scratch
        let rig = RiggedFiles { (call) throws(FileError) in
            // Between our rename and the attempt to undo it, the partner drops the next file of the name.
            if call == "leaseHeld" { try? scratch.write("next", to: name, in: directory) }
            if call == "rename" { renames.value += 1 }
        }
        guard case .busy(.claimed, _) = finish(opened, by: Claimer(files: rig)) else {
            Issue.record("not told as busy and claimed")
            return
        }
        // The opened file asks the real operations about its lease; the claimer asks the rig.
        #expect(renames.value == 2)
        #expect(try scratch.read(name, in: drop.descriptor) == "next")
        #expect(try scratch.read(name, in: claimed.descriptor) == "{}")
        opened.close()
        try files.close(try #require(writer.join()))
    }

    @Test func anotherFileUnderTheNameIsPutBack() throws {
        let opened = try open()
        try scratch.write("other", to: "new", in: drop.descriptor)
        try files.rename(from: drop.descriptor, named("new"), to: drop.descriptor, name, replacing: true)
        guard case .changed(.dropDirectory, let status) = finish(opened) else {
            Issue.record("the exchange was not noticed")
            return
        }
        #expect(status.size == 5)
        #expect(try isPutBack())
    }

    @Test(arguments: ["{} ", "[]"])
    func withoutALeaseAChangedFileIsPutBack(_ content: String) throws {
        let rig = RiggedFiles { (call) throws(FileError) in
            if call == "takeReadLease" { throw FileError(call: call, path: "rigged", code: EACCES) }
        }
        let outcome = Claimer(files: rig).openInPlace(try scratch.candidate(name, in: drop.descriptor), in: drop.descriptor)
        guard case .opened(let opened) = outcome else {
            Issue.record("not opened: \(outcome)")
            return
        }
        #expect(opened.lease == .unsupported(EACCES))
        let writer = try files.openForUpdating(in: drop.descriptor, name, mode: 0)
        try files.write(writer, Array(content.utf8))
        try files.close(writer)
        // The kernel's clock for files may not have ticked since the first write.
        try files.setModifyTime(in: drop.descriptor, name, to: opened.status.modifyTime + 1_000_000)
        guard case .changed(.dropDirectory, _) = finish(opened, by: Claimer(files: rig)) else {
            Issue.record("the change was not noticed")
            return
        }
        #expect(try isPutBack())
    }

    @Test func aSecondNameIsRefusedBeforeAndAfter() throws {
        let opened = try open()
        try files.link(from: drop.descriptor, name, to: scratch.descriptor, named("other"))
        guard case .refused(.linked(2), _) = claimer.openInPlace(try scratch.candidate(name, in: drop.descriptor), in: drop.descriptor)
        else {
            Issue.record("two names were not noticed in place")
            return
        }
        guard case .refused(.linked(2), .claimed, _) = finish(opened) else {
            Issue.record("two names were not noticed in the claim")
            return
        }
    }

    @Test func anEarlierDropOfTheNameIsNeverReplaced() throws {
        try scratch.write("first", to: name, in: claimed.descriptor)
        guard case .nameTaken = finish(try open()) else {
            Issue.record("the name was not found taken")
            return
        }
        #expect(try scratch.read(name, in: claimed.descriptor) == "first")
        #expect(try scratch.read(name, in: drop.descriptor) == "{}")
    }

    @Test func whatIsGoneOrExchangedCannotBeOpened() throws {
        let candidate = try scratch.candidate(name, in: drop.descriptor)
        try scratch.write("[]", to: "new", in: drop.descriptor)
        try files.rename(from: drop.descriptor, named("new"), to: drop.descriptor, name, replacing: true)
        guard case .changed = claimer.openInPlace(candidate, in: drop.descriptor) else {
            Issue.record("the exchange was not noticed")
            return
        }
        try files.remove(in: drop.descriptor, name)
        guard case .gone = claimer.openInPlace(candidate, in: drop.descriptor) else {
            Issue.record("opened what is not there")
            return
        }
    }

    @Test func anOldStyleRenameIsClaimedOnceItHasOneName() throws {
        try files.link(from: drop.descriptor, name, to: drop.descriptor, named("final.json"))
        let candidate = try scratch.candidate(named("final.json"), in: drop.descriptor, how: .created)
        guard case .refused(.linked(2), _) = claimer.openInPlace(candidate, in: drop.descriptor) else {
            Issue.record("two names were not noticed")
            return
        }
        try files.remove(in: drop.descriptor, name)
        let outcome = claimer.openInPlace(candidate, in: drop.descriptor)
        guard case .opened(let opened) = outcome, case .claimed = finish(opened) else {
            Issue.record("not claimed: \(outcome)")
            return
        }
        #expect(try scratch.names(in: claimed.descriptor) == [named("final.json")])
    }
}
