import Glibc
import Spool
import Testing

struct DirectoryReaderTests {
    private let scratch: Scratch
    private let files = SystemFiles()
    private var here: Descriptor { scratch.descriptor }

    init() throws { scratch = try Scratch() }

    @Test func twentyThousandNamesAreEachListedOnceInBoundedBatches() throws {
        for number in 0..<20_000 {
            try files.close(try files.create(in: here, named("order-\(number).json"), mode: 0o600, exclusive: true, truncate: false))
        }
        var seen: Set<FileName> = []
        var largest = 0
        var count = 0
        let reader = try files.list(here)
        while let batch = try reader.next() {
            #expect(!batch.isEmpty)
            largest = max(largest, batch.count)
            count += batch.count
            seen.formUnion(batch.map(\.name))
        }
        #expect(count == 20_000 && seen.count == 20_000)
        #expect(largest <= 2_000)
        #expect(seen.contains(named("order-19999.json")))
        #expect(try reader.next() == nil)
    }

    @Test func namesOfAnyBytesAreListedWithTheirKinds() throws {
        let names = [
            named(String(repeating: "n", count: 255)), named("two\nlines"), try #require(FileName(bytes: [0xFF, 0xFE])), named(".hidden"),
            named("..."),
        ]
        for name in names { try scratch.write("", to: name, in: here) }
        _ = try scratch.directory("directory")
        #expect(mkfifo(scratch.path + "/fifo", 0o600) == 0)
        #expect(symlink("x", scratch.path + "/symlink") == 0)
        var kinds: [FileName: FileKind?] = [:]
        try files.list(here).visit { entry in
            kinds[entry.name] = entry.kind
            return true
        }
        #expect(Set(kinds.keys) == Set(names + [named("directory"), named("fifo"), named("symlink")]))
        // A file system may leave kinds out; one that tells them tells the truth.
        for (name, kind) in kinds {
            #expect(try kind == nil || kind == files.status(in: here, name)?.kind)
        }
    }

    @Test func twoListingsOfOneDescriptorDoNotDisturbEachOther() throws {
        for number in 0..<3_000 { try scratch.write("", to: "\(number)", in: here) }
        let one = try files.list(here)
        let first = try #require(try one.next())
        #expect(try scratch.names(in: here).count == 3_000)
        var rest = 0
        while let batch = try one.next() { rest += batch.count }
        #expect(first.count + rest == 3_000)
    }

    @Test func anEmptyOrRemovedDirectoryListsNothing() throws {
        let directory = try scratch.directory("d")
        #expect(try files.list(directory.descriptor).next() == nil)
        let reader = try files.list(directory.descriptor)
        try files.removeDirectory(in: here, named("d"))
        #expect(try reader.next() == nil)
    }

    @Test func aListingStopsWhenTold() throws {
        for number in 0..<10 { try scratch.write("", to: "\(number)", in: here) }
        var count = 0
        try files.list(here).visit { _ in
            count += 1
            return count < 3
        }
        #expect(count == 3)
    }
}
