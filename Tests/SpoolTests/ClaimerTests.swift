import Glibc
import Spool
import TestSupport
import Testing

/// Claiming what was renamed into place.
struct ClaimerTests {
    private let scratch: Scratch
    private let files = SystemFiles()
    private let drop: Directory
    private let claimed: Directory
    private let name = named("order.json")

    init() throws {
        scratch = try Scratch()
        drop = try scratch.directory("orders")
        claimed = try scratch.directory("claimed")
    }

    private func claim(_ candidate: Candidate, by claimer: Claimer = Claimer(files: SystemFiles())) -> ClaimOutcome {
        claimer.claimRenamed(candidate, from: drop.descriptor, to: claimed.descriptor)
    }

    private func names() throws -> (drop: [FileName], claimed: [FileName]) {
        (try scratch.names(in: drop.descriptor), try scratch.names(in: claimed.descriptor))
    }

    @Test func anUploadIsMovedAndOpenForReading() throws {
        try scratch.write("{}", to: name, in: drop.descriptor)
        let candidate = try scratch.candidate(name, in: drop.descriptor)
        guard case .claimed(let file) = claim(candidate) else {
            Issue.record("not claimed")
            return
        }
        #expect(file.name == name)
        #expect(file.status.isSameFile(as: candidate.status) && file.status.size == 2)
        #expect(file.leased == leasesWork)
        #expect(try files.readAll(file.descriptor) == Array("{}".utf8))
        #expect(try names() == ([], [name]))
        file.dropLease()
        #expect(!files.leaseHeld(file.descriptor))
        file.close()
        file.close()
    }

    @Test func anUploadThatIsWrittenOverJustBeforeTheClaimIsPutBack() throws {
        try scratch.write("{\"whole\":true}", to: name, in: drop.descriptor)
        let candidate = try scratch.candidate(name, in: drop.descriptor)
        try scratch.write("{\"wh", to: name, in: drop.descriptor)
        guard case .changed(.dropDirectory, let status) = claim(candidate) else {
            Issue.record("not put back")
            return
        }
        #expect(status.size == 4 && candidate.foundAnew().how <= .found)
        #expect(try names() == ([name], []))
    }

    @Test(arguments: [
        Array(repeating: UInt8(ascii: "n"), count: 255), Array("two\nlines.json".utf8), [0xFF, 0xFE, 0x2E], Array("-rf *".utf8),
    ])
    func namesOfAnyBytesAreClaimed(_ bytes: [UInt8]) throws {
        let name = try #require(FileName(bytes: bytes))
        try scratch.write("{}", to: name, in: drop.descriptor)
        guard case .claimed(let file) = claim(try scratch.candidate(name, in: drop.descriptor)) else {
            Issue.record("not claimed")
            return
        }
        #expect(file.name == name)
        #expect(try names() == ([], [name]))
    }

    @Test func anEarlierDropOfTheNameIsNeverReplaced() throws {
        try scratch.write("first", to: name, in: claimed.descriptor)
        try scratch.write("second", to: name, in: drop.descriptor)
        guard case .nameTaken = claim(try scratch.candidate(name, in: drop.descriptor)) else {
            Issue.record("the name was not found taken")
            return
        }
        #expect(try scratch.read(name, in: claimed.descriptor) == "first")
        #expect(try scratch.read(name, in: drop.descriptor) == "second")
    }

    @Test func whatIsGoneIsGone() throws {
        try scratch.write("{}", to: name, in: drop.descriptor)
        let candidate = try scratch.candidate(name, in: drop.descriptor)
        try files.remove(in: drop.descriptor, name)
        guard case .gone = claim(candidate) else {
            Issue.record("claimed what is not there")
            return
        }
    }

    @Test func anotherFileOfTheNameIsPutBackForALaterLook() throws {
        try scratch.write("{}", to: name, in: drop.descriptor)
        let candidate = try scratch.candidate(name, in: drop.descriptor)
        try scratch.write("[]  ", to: "next", in: drop.descriptor)
        try files.rename(from: drop.descriptor, named("next"), to: drop.descriptor, name, replacing: true)
        guard case .changed(.dropDirectory, let status) = claim(candidate) else {
            Issue.record("not noticed")
            return
        }
        #expect(status.size == 4)
        #expect(try names() == ([name], []))
    }

    @Test(.enabled(if: leasesWork, "this file system has no leases"))
    func aFileThatAWriterHasOpenIsBusyAndStaysClaimed() throws {
        try scratch.write("{}", to: name, in: drop.descriptor)
        let candidate = try scratch.candidate(name, in: drop.descriptor)
        let writer = try files.openForAppending(in: drop.descriptor, name, mode: 0)
        guard case .busy(.claimed, let status) = claim(candidate) else {
            Issue.record("a writer was not noticed")
            return
        }
        #expect(try names() == ([], [name]))
        try files.close(writer)
        let again = Claimer(files: files).openClaimed(name, in: claimed.descriptor, expecting: status)
        guard case .claimed(let file) = again else {
            Issue.record("not claimed after the writer closed: \(again)")
            return
        }
        #expect(file.leased)
    }

    @Test func aSecondNameOfTheFileIsNoticed() throws {
        try scratch.write("{}", to: name, in: drop.descriptor)
        try files.link(from: drop.descriptor, name, to: drop.descriptor, named("other"))
        guard case .refused(.linked(2), .claimed, _) = claim(try scratch.candidate(name, in: drop.descriptor)) else {
            Issue.record("two names were not noticed")
            return
        }
        // The old-style rename's unlink comes late: now it can be claimed.
        try files.remove(in: drop.descriptor, named("other"))
        guard case .claimed = Claimer(files: files).openClaimed(name, in: claimed.descriptor) else {
            Issue.record("not claimed with one name")
            return
        }
    }

    @Test func aFileLargerThanTheLimitIsRefused() throws {
        try scratch.write("12345", to: name, in: drop.descriptor)
        let claimer = Claimer(files: files, maximumSize: 4)
        guard case .refused(.tooLarge(5), .claimed, _) = claim(try scratch.candidate(name, in: drop.descriptor), by: claimer) else {
            Issue.record("the size was not noticed")
            return
        }
    }

    @Test(arguments: ["fifo", "symlink", "dangling", "directory", "socket"])
    func whatIsNotAFileLeavesTheDropDirectoryAndIsRefused(_ what: String) throws {
        let path = scratch.path + "/orders/order.json"
        var socketDescriptor: Descriptor = -1
        var expected = RefusalReason.symlink
        switch what {
        case "fifo":
            #expect(mkfifo(path, 0o666) == 0)
            expected = .notRegular(.fifo)
        case "symlink": #expect(symlink("/etc/passwd", path) == 0)
        case "dangling": #expect(symlink("none", path) == 0)
        case "directory":
            _ = try files.makeDirectory(in: drop.descriptor, name, mode: 0o755)
            expected = .notRegular(.directory)
        default:
            socketDescriptor = try bindSocket("socket", in: scratch)
            try files.rename(from: scratch.descriptor, named("socket"), to: drop.descriptor, name, replacing: false)
            expected = .notRegular(.socket)
        }
        defer { if socketDescriptor >= 0 { close(socketDescriptor) } }
        let candidate = try scratch.candidate(name, in: drop.descriptor)
        let opened = Claimer(files: files).openInPlace(candidate, in: drop.descriptor)
        guard case .refused(expected, _) = opened else {
            Issue.record("opened in place: \(opened)")
            return
        }
        let outcome = claim(candidate)
        guard case .refused(expected, .claimed, let status) = outcome else {
            Issue.record("not refused: \(outcome)")
            return
        }
        #expect(status?.isSameFile(as: candidate.status) == true)
        #expect(try names() == ([], [name]))
    }

    @Test(arguments: ["fifo", "symlink", "directory"])
    func aFileThatIsExchangedForAnotherThingIsRefusedAllTheSame(_ what: String) throws {
        try scratch.write("{}", to: name, in: drop.descriptor)
        let candidate = try scratch.candidate(name, in: drop.descriptor)
        try files.remove(in: drop.descriptor, name)
        let path = scratch.path + "/orders/order.json"
        switch what {
        case "fifo": #expect(mkfifo(path, 0o666) == 0)
        case "symlink": #expect(symlink("/etc/passwd", path) == 0)
        default: _ = try files.makeDirectory(in: drop.descriptor, name, mode: 0o755)
        }
        switch claim(candidate) {
        case .refused, .changed: break
        case let outcome: Issue.record("neither refused nor told as changed: \(outcome)")
        }
    }

    @Test(.enabled(if: geteuid() != 0, "root may read any file"))
    func aFileThatMayNotBeReadIsRefused() throws {
        try scratch.write("{}", to: name, in: drop.descriptor)
        #expect(chmod(scratch.path + "/orders/order.json", 0) == 0)
        guard case .refused(.unreadable(EACCES), .claimed, _) = claim(try scratch.candidate(name, in: drop.descriptor)) else {
            Issue.record("not refused")
            return
        }
    }

    @Test(arguments: [
        ("openForReading", EACCES, "unreadable"), ("openForReading", EMFILE, "failed"), ("rename", ENOSPC, "failed in drop"),
        ("rename", EXDEV, "failed in drop"), ("status", EIO, "failed"),
    ])
    func anErrorIsAValueThatTellsWhereTheFileLies(_ call: String, _ code: Int32, _ expected: String) throws {
        try scratch.write("{}", to: name, in: drop.descriptor)
        let rig = RiggedFiles { (called) throws(FileError) in
            if called == call { throw FileError(call: call, path: "rigged", code: code) }
        }
        let outcome = claim(try scratch.candidate(name, in: drop.descriptor), by: Claimer(files: rig))
        switch (outcome, expected) {
        case (.refused(.unreadable(code), .claimed, _), "unreadable"): #expect(try names() == ([], [name]))
        case (.failed(let error, .claimed), "failed"):
            #expect(error.code == code)
            #expect(try names() == ([], [name]))
        case (.failed(let error, .dropDirectory), "failed in drop"):
            #expect(error.code == code)
            #expect(try names() == ([name], []))
        default: Issue.record("\(outcome)")
        }
    }

    @Test(arguments: [EACCES, ELOOP, ENXIO])
    func aFileThatCannotEvenBeLookedAtIsNotRefused(_ code: Int32) throws {
        try scratch.write("{}", to: name, in: drop.descriptor)
        let candidate = try scratch.candidate(name, in: drop.descriptor)
        try files.rename(from: drop.descriptor, name, to: claimed.descriptor, name, replacing: false)
        // Nothing tells then which upload that is: found again later, it would be another.
        let rig = RiggedFiles { (called) throws(FileError) in
            if called == "openForReading" { throw FileError(call: called, path: "rigged", code: code) }
            if called == "status" { throw FileError(call: called, path: "rigged", code: EACCES) }
        }
        for expected in [candidate.status, nil] {
            let outcome = Claimer(files: rig).openClaimed(name, in: claimed.descriptor, expecting: expected)
            guard case .failed(_, .claimed) = outcome else {
                Issue.record("\(outcome)")
                continue
            }
        }
        #expect(try names() == ([], [name]))
    }

    @Test func withoutLeasesAFileIsClaimedAndSaysSo() throws {
        try scratch.write("{}", to: name, in: drop.descriptor)
        let rig = RiggedFiles { (call) throws(FileError) in
            if call == "takeReadLease" { throw FileError(call: call, path: "rigged", code: EACCES) }
        }
        guard case .claimed(let file) = claim(try scratch.candidate(name, in: drop.descriptor), by: Claimer(files: rig)) else {
            Issue.record("not claimed")
            return
        }
        #expect(!file.leased)
    }
}

/// Makes a socket with a name; its descriptor is the caller's to close.
private func bindSocket(_ name: String, in scratch: Scratch) throws -> Descriptor {
    let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    // A socket's path holds 107 bytes; by the directory's descriptor it is always short enough.
    let path = Array("/proc/self/fd/\(scratch.descriptor)/\(name)".utf8)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path) }
    let size = socklen_t(MemoryLayout<sockaddr_un>.size)
    let result = withUnsafePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, size) }
    }
    guard result == 0 else { throw FileError(call: "bind", path: name, code: errno) }
    return descriptor
}
