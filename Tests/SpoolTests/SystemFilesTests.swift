import Glibc
import Spool
import Testing

struct SystemFilesTests {
    private let scratch: Scratch
    private let files = SystemFiles()
    private var here: Descriptor { scratch.descriptor }

    init() throws { scratch = try Scratch() }

    @Test func whatIsWrittenIsRead() throws {
        let file = try files.create(in: here, named("f"), mode: 0o600, exclusive: true, truncate: false)
        try files.write(file, Array("hello, world".utf8))
        try files.truncate(file, to: 5)
        try files.syncData(file)
        try files.syncAll(file)
        try files.syncFileSystem(file)
        try files.close(file)
        #expect(try scratch.read(named("f"), in: here) == "hello")
        #expect(try files.status(in: here, named("f"))?.size == 5)
    }

    @Test func writingBackLeavesTheContentAndReportsNothing() throws {
        try scratch.write("hello", to: "f", in: here)
        let file = try files.openForReading(in: here, named("f"))
        let ranges: [(offset: Int64, count: Int64)] = [(0, 5), (0, 0), (3, 100), (-1, 1)]
        for range in ranges { files.writeBack(file, offset: range.offset, count: range.count) }
        try files.close(file)
        files.writeBack(file, offset: 0, count: 5)
        #expect(try scratch.read(named("f"), in: here) == "hello")
    }

    @Test func appendingWritesBehindTheEnd() throws {
        for text in ["one", "two"] {
            let file = try files.openForAppending(in: here, named("log"), mode: 0o600)
            try files.write(file, Array(text.utf8))
            try files.close(file)
        }
        #expect(try scratch.read(named("log"), in: here) == "onetwo")
    }

    @Test func readingPastTheEndGivesWhatIsThere() throws {
        try scratch.write("abc", to: "f", in: here)
        let file = try files.openForReading(in: here, named("f"))
        defer { try? files.close(file) }
        var buffer = [UInt8](repeating: 0, count: 10)
        #expect(try buffer.withUnsafeMutableBytes { (bytes) throws(FileError) in try files.read(file, into: bytes, at: 1) } == 2)
        #expect(buffer.prefix(2) == [0x62, 0x63])
        #expect(try buffer.withUnsafeMutableBytes { (bytes) throws(FileError) in try files.read(file, into: bytes, at: 3) } == 0)
    }

    @Test(arguments: [0, 1, 511, 512, 513, 70_000])
    func aWholeFileIsReadUpToTheLimit(_ size: Int) throws {
        try scratch.write(String(repeating: "x", count: size), to: "f", in: here)
        #expect(try files.readAll(in: here, named("f"), limit: size)?.count == size)
        #expect(try files.readAll(in: here, named("none")) == nil)
        if size > 0 {
            let error = #expect(throws: FileError.self) { try files.readAll(in: here, named("f"), limit: size - 1) }
            #expect(error?.code == EFBIG)
        }
    }

    @Test func exclusiveCreationRefusesATakenName() throws {
        try scratch.write("a", to: "f", in: here)
        #expect(symlink("target", scratch.path + "/link") == 0)
        for name in ["f", "link"] {
            let error = #expect(throws: FileError.self) {
                try files.create(in: here, named(name), mode: 0o600, exclusive: true, truncate: true)
            }
            #expect(error?.isTaken == true)
        }
        #expect(try scratch.read(named("f"), in: here) == "a")
    }

    @Test func noCallFollowsASymbolicLinkBelowADirectory() throws {
        try scratch.write("secret", to: "target", in: here)
        #expect(symlink("target", scratch.path + "/link") == 0)
        #expect(symlink(".", scratch.path + "/here") == 0)
        let link = named("link")
        for attempt in [
            { try files.openForReading(in: here, link) }, { try files.openForAppending(in: here, link, mode: 0o600) },
            { try files.openForUpdating(in: here, link, mode: 0o600) },
            { try files.create(in: here, link, mode: 0o600, exclusive: false, truncate: true) },
        ] {
            let error = #expect(throws: FileError.self) { try attempt() }
            #expect(error?.code == ELOOP)
        }
        let error = #expect(throws: FileError.self) { try files.openDirectory(at: here, path: "here") }
        #expect(error?.isNotDirectory == true)
        #expect(try files.status(in: here, link)?.kind == .symlink)
        try files.setModifyTime(in: here, link, to: 0)
        #expect(try files.status(in: here, named("target"))?.modifyTime != 0)
        #expect(try scratch.read(named("target"), in: here) == "secret")
    }

    @Test func everyDescriptorClosesOnExec() throws {
        let opened = [
            try files.openDirectory(at: nil, path: Path(scratch.path)), try files.openDirectory(at: here, path: "."),
            try files.create(in: here, named("f"), mode: 0o600, exclusive: true, truncate: false),
            try files.openForReading(in: here, named("f")), try files.openForUpdating(in: here, named("f"), mode: 0o600),
            try files.openForAppending(in: here, named("f"), mode: 0o600),
        ]
        for descriptor in opened {
            #expect(fcntl(descriptor, F_GETFD) & FD_CLOEXEC != 0)
            try files.close(descriptor)
        }
    }

    @Test func renamingReplacesOnlyWhenAsked() throws {
        try scratch.write("a", to: "a", in: here)
        try scratch.write("b", to: "b", in: here)
        let error = #expect(throws: FileError.self) {
            try files.rename(from: here, named("a"), to: here, named("b"), replacing: false)
        }
        #expect(error?.isTaken == true)
        #expect(error?.description.contains("\(scratch.path)/a -> \(scratch.path)/b") == true)
        try files.rename(from: here, named("a"), to: here, named("b"), replacing: true)
        #expect(try scratch.read(named("b"), in: here) == "a")
        #expect(try scratch.names(in: here) == [named("b")])
    }

    @Test func anErrorNamesCallPlaceReasonAndRemedy() throws {
        let error = try #require(throws: FileError.self) { try files.remove(in: here, named("no\nsuch")) }
        #expect(error.isMissing)
        #expect(error.call == "unlinkat")
        #expect(error.description.hasPrefix("unlinkat \(scratch.path)/no\\x0Asuch: No such file or directory (errno 2); "))
        #expect(try !files.removeIfPresent(in: here, named("none")))
    }

    @Test(arguments: [ENOSPC, EDQUOT, EACCES, EPERM, EROFS, EIO, EMFILE, ENFILE, EXDEV, ELOOP, ENOTDIR, ENOMEM, 9999])
    func everyErrorHasARemedy(_ code: Int32) {
        #expect(!FileError(call: "openat", path: "p", code: code).hint.isEmpty)
        let full = FileError(call: "inotify_add_watch", path: "p", code: ENOSPC)
        #expect(full.hint.contains("max_user_watches"))
    }

    @Test(arguments: [0, 1, 1_700_000_000_123_456_789, -1, -1_500_000_000, 999_999_999] as [Int64])
    func aModificationTimeIsKeptToTheNanosecond(_ time: Int64) throws {
        try scratch.write("", to: "f", in: here)
        try files.setModifyTime(in: here, named("f"), to: time)
        #expect(try files.status(in: here, named("f"))?.modifyTime == time)
    }

    @Test func aTimeBeyondTheYear2262Saturates() throws {
        try scratch.write("", to: "f", in: here)
        var times = [timespec(tv_sec: 15_000_000_000, tv_nsec: 0), timespec(tv_sec: 15_000_000_000, tv_nsec: 0)]
        #expect(utimensat(here, "f", &times, 0) == 0)
        let status = try #require(try files.status(in: here, named("f")))
        // A file system that cannot keep so late a time keeps its own latest.
        #expect(status.modifyTime > 4_000_000_000_000_000_000)
    }

    @Test func aStatusTellsAKindAndAnIdentity() throws {
        try scratch.write("abc", to: "f", in: here)
        try files.link(from: here, named("f"), to: here, named("g"))
        #expect(mkfifo(scratch.path + "/pipe", 0o600) == 0)
        let one = try #require(try files.status(in: here, named("f")))
        let other = try #require(try files.status(in: here, named("g")))
        #expect(one.kind == .regular && one.links == 2 && one.size == 3 && one.owner == geteuid())
        #expect(one.isUnchanged(since: other))
        #expect(try files.status(in: here, named("pipe"))?.kind == .fifo)
        #expect(try files.status(here).kind == .directory)
        #expect(try files.status(in: here, named("none")) == nil)
        #expect(try files.status(at: here, path: "f/g") == nil)
        #expect(try files.status(at: nil, path: Path(scratch.path + "/f")) == one)
    }

    @Test func aModeIsSetWhateverTheUmask() throws {
        #expect(try files.makeDirectory(in: here, named("d"), mode: 0o700))
        #expect(try !files.makeDirectory(in: here, named("d"), mode: 0o700))
        let directory = try Directory(at: here, path: "d", files: files)
        try files.setMode(directory.descriptor, to: 0o2775)
        #expect(try files.status(in: here, named("d"))?.permissions == 0o2775)
        try files.removeDirectory(in: here, named("d"))
        #expect(try scratch.names(in: here) == [])
    }

    @Test func replacingADescriptorKeepsItsNumber() throws {
        let one = try scratch.directory("one")
        let two = try scratch.directory("two")
        try files.replace(one.descriptor, with: two.descriptor)
        #expect(try files.status(one.descriptor).isSameFile(as: try files.status(two.descriptor)))
        #expect(fcntl(one.descriptor, F_GETFD) & FD_CLOEXEC != 0)
    }

    @Test func freeSpaceIsMoreThanNone() throws {
        let space = try files.freeSpace(here)
        #expect(space.bytes > 0 && space.inodes > 0)
    }
}
