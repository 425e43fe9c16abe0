import Glibc
import Spool
import Testing

/// The tests' file system must have leases for some of these.
let leasesWork: Bool = {
    guard let scratch = try? Scratch(), (try? scratch.write("", to: "f", in: scratch.descriptor)) != nil,
        let file = try? scratch.files.openForReading(in: scratch.descriptor, named("f"))
    else { return false }
    defer { try? scratch.files.close(file) }
    return scratch.files.takeReadLease(file) == .granted
}()

@Suite(.enabled(if: leasesWork, "this file system has no leases"))
struct LeaseTests {
    private let scratch: Scratch
    private let files = SystemFiles()
    private var here: Descriptor { scratch.descriptor }

    init() throws {
        scratch = try Scratch()
        try scratch.write("content", to: "f", in: here)
    }

    @Test func aLeaseIsRefusedWhileAWriterHasTheFileOpen() throws {
        let reader = try files.openForReading(in: here, named("f"))
        defer { try? files.close(reader) }
        let writer = try files.openForAppending(in: here, named("f"), mode: 0)
        #expect(files.takeReadLease(reader) == .busy)
        #expect(!files.leaseHeld(reader))
        try files.close(writer)
        #expect(files.takeReadLease(reader) == .granted)
        #expect(files.leaseHeld(reader))
        files.dropLease(reader)
        #expect(!files.leaseHeld(reader))
    }

    @Test func aLeaseIsRefusedWhileASharedMappingCanWrite() throws {
        let writer = try files.openForUpdating(in: here, named("f"), mode: 0)
        let mapping = mmap(nil, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, writer, 0)
        try files.close(writer)
        let reader = try files.openForReading(in: here, named("f"))
        defer { try? files.close(reader) }
        #expect(files.takeReadLease(reader) == .busy)
        munmap(mapping, 4096)
        #expect(files.takeReadLease(reader) == .granted)
    }

    @Test func anotherReaderDoesNotBreakALease() throws {
        let reader = try files.openForReading(in: here, named("f"))
        defer { try? files.close(reader) }
        #expect(files.takeReadLease(reader) == .granted)
        #expect(try scratch.read(named("f"), in: here) == "content")
        #expect(files.leaseHeld(reader))
    }

    @Test func aWriterThatOpensInsideTheLeaseWaitsAndIsNoticed() throws {
        let reader = try files.openForReading(in: here, named("f"))
        defer { try? files.close(reader) }
        #expect(files.takeReadLease(reader) == .granted)
        let (files, here) = (files, here)
        let writer = Background { (try? files.openForAppending(in: here, named("f"), mode: 0)) ?? -1 }
        // Without SIGIO ignored, the process would end here.
        #expect(eventually { !files.leaseHeld(reader) })
        #expect(!writer.isDone)
        files.dropLease(reader)
        let opened = try #require(writer.join())
        #expect(opened >= 0)
        #expect(files.takeReadLease(reader) == .busy)
        try files.close(opened)
    }

    @Test func whatCannotHaveLeasesIsUnsupportedNotBusy() throws {
        var ends: [Descriptor] = [0, 0]
        #expect(pipe(&ends) == 0)
        defer { for end in ends { try? files.close(end) } }
        guard case .unsupported(let code) = files.takeReadLease(ends[0]) else {
            Issue.record("a pipe got a lease")
            return
        }
        #expect(code == EINVAL)
    }
}
