import Glibc
import Spool
import TestSupport
import Testing

struct SpoolTreeTests {
    private static let steps = ["validate", "reserve", "charge", "fulfil", "notify"]
    private let scratch: Scratch
    private let files = SystemFiles()
    private let tree: SpoolTree
    private let root: String

    init() throws {
        scratch = try Scratch()
        root = scratch.path + "/spool"
        tree = try SpoolTree.create(root: root, steps: Self.steps, files: files)
    }

    private func mode(_ relative: String) throws -> FileMode? {
        try files.status(at: tree.rootDescriptor, path: Path(relative))?.permissions
    }

    @Test func aSpoolHasADirectoryForEachStepAndRest() throws {
        let queue = try scratch.names(in: tree.directory("queue")).map(\.description)
        #expect(
            queue == ["1-validate", "2-reserve", "3-charge", "4-fulfil", "5-notify", "compensate", "deferred", "failed", "hold"])
        let top = try scratch.names(in: tree.rootDescriptor).map(\.description)
        #expect(
            top == ["cancelled", "claimed", "done", "journal", "metrics", "partners", "queue", "rejected", "reports", "state"])
        #expect(SpoolTree.stepDirectory(3, "charge") == "queue/3-charge")
        #expect(try mode("") == nil && mode(".") == 0o755 && mode("partners") == 0o755)
        #expect(try mode("claimed") == 0o700 && mode("journal") == 0o700)
        #expect(try mode("queue") == 0o750 && mode("queue/3-charge") == 0o750 && mode("state") == 0o750)
    }

    @Test func aTreeThatIsWholeIsNotMadeAgain() throws {
        try tree.createPartner("acme")
        let unmade = RiggedFiles { (call) throws(FileError) in
            if call == "makeDirectory" { throw FileError(call: "mkdirat", path: "", code: ENOSPC) }
        }
        let again = try SpoolTree.create(root: root, steps: Self.steps, files: unmade)
        try again.createPartner("acme")
        #expect(throws: FileError.self) { try again.createPartner("zenith") }
    }

    @Test func aPartnerHasDropAndReadDirectories() throws {
        try tree.createPartner("acme")
        for drop in SpoolTree.dropDirectories {
            #expect(try mode(SpoolTree.dropDirectory(drop, of: "acme")) == 0o755)
            #expect(try mode("partners/acme/receipts/\(drop)") == 0o755)
            #expect(try mode("claimed/acme/\(drop)") == 0o700)
        }
        let names = try scratch.names(in: tree.directory("partners/acme")).map(\.description)
        #expect(names == ["answers", "orders", "pick", "questions", "receipts", "requests", "shipments", "status", "stock"])
    }

    /// The daemon makes a directory of a day, or one of receipts that went missing, where administrators or a partner read.
    @Test func whatIsMadeInADirectoryThatHandsItsGroupOnDoesSoToo() throws {
        try tree.createPartner("acme")
        try files.setMode(tree.directory("done"), to: 0o2770)
        try files.setMode(tree.directory("partners/acme/receipts"), to: 0o2750)
        try files.removeDirectory(in: tree.directory("partners/acme/receipts"), #require(FileName("orders")))
        tree.forget("partners/acme/receipts/orders")
        _ = try tree.directory("done/2026-11-24", creating: SpoolTree.sharedMode)
        try tree.createPartner("acme")
        // The umask is the process's, and another test may set it: what counts is that nothing sets a mode, which could lose the bit.
        let quiet = RiggedFiles { (call) throws(FileError) in
            if call == "setMode" { throw FileError(call: "fchmod", path: "", code: EPERM) }
        }
        _ = try SpoolTree(root: root, files: quiet).directory("done/2026-11-25", creating: SpoolTree.sharedMode)
        for path in ["done/2026-11-24", "done/2026-11-25", "partners/acme/receipts/orders"] {
            #expect(try #require(try mode(path)) & 0o2700 == 0o2700)
        }
    }

    /// A developer's spool may lie in a directory of a team's: what is the daemon's alone stays so.
    @Test func aRootThatHandsItsGroupOnChangesNothing() throws {
        try files.setMode(tree.rootDescriptor, to: 0o2775)
        try files.removeDirectory(in: tree.rootDescriptor, #require(FileName("claimed")))
        tree.forget("claimed")
        _ = try SpoolTree.create(root: root, steps: Self.steps, files: files)
        #expect(try mode("claimed") == 0o700)
    }

    @Test func makingASpoolAgainChangesNothingThatIsThere() throws {
        try tree.createPartner("acme")
        let orders = try tree.directory("partners/acme/orders")
        try files.setMode(orders, to: 0o2770)
        try scratch.write("{}", to: "a.json", in: orders)
        let again = try SpoolTree.create(root: root, steps: Self.steps, files: files)
        try again.createPartner("acme")
        #expect(try mode("partners/acme/orders") == 0o2770)
        #expect(try scratch.names(in: again.directory("partners/acme/orders")) == [named("a.json")])
    }

    @Test func aSpoolIsMadeUnderAnyNameOfItsDirectory() throws {
        let path = Path(bytes: Array(scratch.path.utf8) + [0x2F, 0xFF, 0xFE, 0x2F])
        try SpoolTree.create(root: path, steps: ["only"], files: files)
        let tree = try SpoolTree(root: path, files: files)
        #expect(try scratch.names(in: tree.directory("queue/1-only")) == [])
        #expect(throws: FileError.self) { try SpoolTree.create(root: scratch.path + "/no/such", steps: [], files: files) }
    }

    @Test func aDirectoryIsOpenedOnceAndMadeOnDemand() throws {
        let error = #expect(throws: FileError.self) { try tree.directory("done/2026-01-02") }
        #expect(error?.isMissing == true)
        let made = try tree.directory("done/2026-01-02/files", creating: 0o750)
        #expect(try tree.directory("done/2026-01-02/files") == made)
        #expect(try tree.directory("done/2026-01-02/files", creating: 0o700) == made)
        #expect(try mode("done/2026-01-02") == 0o750)
        #expect(try tree.directory("") == tree.rootDescriptor)
        tree.forget("done/2026-01-02")
        let status = try files.status(try tree.directory("done/2026-01-02/files"))
        #expect(try status == files.status(at: tree.rootDescriptor, path: "done/2026-01-02/files"))
    }

    @Test func aSymbolicLinkInThePlaceOfADirectoryIsRefused() throws {
        try tree.createPartner("acme")
        #expect(symlink("/etc", root + "/partners/evil") == 0)
        #expect(symlink("orders", root + "/partners/acme/link") == 0)
        for path in ["partners/evil", "partners/evil/ssl", "partners/acme/link"] {
            let error = #expect(throws: FileError.self) { try tree.directory(path) }
            #expect(error?.isNotDirectory == true)
            #expect(throws: FileError.self) { try tree.directory(path, creating: 0o755) }
        }
    }

    @Test(arguments: ["..", "queue/../..", "queue/..", "./queue", "a\0b"])
    func noPathLeadsOutOfTheSpool(_ path: String) throws {
        let error = #expect(throws: FileError.self) { try tree.directory(path, creating: 0o755) }
        #expect(error?.code == EINVAL)
    }

    @Test func aReplacedDirectoryIsOpenedAnewUnderItsNumber() throws {
        let hold = try tree.directory("queue/hold")
        let charge = try tree.directory("queue/3-charge")
        #expect(try tree.revalidate() == [])
        #expect(rename(root + "/queue/hold", root + "/queue/old") == 0)
        #expect(try tree.revalidate() == [StaleDirectory(path: "queue/hold", isMissing: true)])
        #expect(mkdir(root + "/queue/hold", 0o755) == 0)
        #expect(try tree.revalidate() == [StaleDirectory(path: "queue/hold", isMissing: false)])
        #expect(try tree.revalidate() == [])
        #expect(try tree.directory("queue/hold") == hold && tree.directory("queue/3-charge") == charge)
        try scratch.write("{}", to: "a", in: hold)
        #expect(try files.status(at: nil, path: Path(root + "/queue/hold/a")) != nil)
    }

    @Test func aDirectoryThatBecameALinkIsMissing() throws {
        _ = try tree.directory("queue/hold")
        #expect(rename(root + "/queue/hold", root + "/queue/old") == 0)
        #expect(symlink("/etc", root + "/queue/hold") == 0)
        #expect(try tree.revalidate() == [StaleDirectory(path: "queue/hold", isMissing: true)])
    }

    @Test func aReplacedRootIsNoticedWithAllBelow() throws {
        _ = try tree.directory("state")
        #expect(rename(root, root + ".old") == 0)
        #expect(try tree.revalidate().first == StaleDirectory(path: "", isMissing: true))
        try SpoolTree.create(root: root, steps: Self.steps, files: files)
        let stale = try tree.revalidate()
        #expect(stale.first?.path == "" && stale.contains(StaleDirectory(path: "state", isMissing: false)))
        #expect(!stale.contains { $0.isMissing })
        #expect(try tree.revalidate() == [])
    }

    @Test func dropAndClaimDirectoriesAreOnOneMount() throws {
        #expect(try tree.sameFileSystemAndMount())
        let proc = try files.openDirectory(at: nil, path: "/proc")
        let other = try files.status(proc)
        try files.close(proc)
        #expect(try other.device != files.status(tree.rootDescriptor).device)
    }

    @Test func aDirectoryUsedOnceIsNotKept() throws {
        let one = try tree.withDirectory("state") { (directory) throws(FileError) in try files.status(directory) }
        #expect(try one == files.status(tree.directory("state")))
        #expect(try tree.withDirectory("") { (directory) throws(FileError) in directory } == tree.rootDescriptor)
    }

    @Test func manyThreadsShareATree() throws {
        let tree = tree
        let readers = (0..<8).map { _ in
            Background { () -> Set<Descriptor> in
                Set((0..<200).compactMap { try? tree.directory("done/\($0 % 20)", creating: 0o750) })
            }
        }
        var all: Set<Descriptor> = []
        for reader in readers { all.formUnion(try #require(reader.join())) }
        #expect(all.count == 20)
    }
}
