import Glibc
import Spool
import TestSupport
import Testing

struct AccessControlListTests {
    private let files = SystemFiles()

    @Test func aListHasTheKernelsForm() {
        let list = AccessControlList(mode: 0o2770, users: [903: 7])
        #expect(list.mask == 7)
        #expect(
            list.bytes == [
                2, 0, 0, 0, 0x01, 0, 7, 0, 255, 255, 255, 255, 0x02, 0, 7, 0, 0x87, 3, 0, 0, 0x04, 0, 7, 0, 255, 255, 255, 255,
                0x10, 0, 7, 0, 255, 255, 255, 255, 0x20, 0, 0, 0, 255, 255, 255, 255,
            ])
        #expect(AccessControlList(bytes: list.bytes) == list)
        #expect(AccessControlList(mode: 0o750).mask == nil)
    }

    @Test func whatIsNoListIsRefused() {
        #expect(AccessControlList(bytes: []) == nil)
        #expect(AccessControlList(bytes: [1, 0, 0, 0]) == nil)
        #expect(AccessControlList(bytes: [2, 0, 0, 0]) == nil)
        #expect(AccessControlList(bytes: [2, 0, 0, 0, 0x03, 0, 7, 0, 255, 255, 255, 255]) == nil)
        #expect(AccessControlList(bytes: Array(AccessControlList(mode: 0o750).bytes.dropLast())) == nil)
    }

    @Test func aDirectoryWithoutAListHasWhatItsModeSays() throws {
        let scratch = try Scratch()
        let directory = try Directory(path: Path(scratch.path), files: files)
        try files.setMode(directory.descriptor, to: 0o750)
        #expect(try files.accessControlList(directory.descriptor) == AccessControlList(mode: 0o750))
    }

    @Test func whatIsSetIsRead() throws {
        let scratch = try Scratch()
        let directory = try Directory(path: Path(scratch.path), files: files)
        let list = AccessControlList(mode: 0o700, users: [getuid(): 7, 64_321: 5])
        do {
            try files.setAccessControlList(directory.descriptor, to: list)
        } catch {
            // A file system without lists says so, and the hint tells what to do.
            #expect(error.code == EOPNOTSUPP && error.hint.contains("file system"))
            return
        }
        #expect(try files.accessControlList(directory.descriptor) == list)
        // The mask stands in the group's place.
        #expect(try files.status(directory.descriptor).permissions & 0o777 == 0o770)
        try files.setAccessControlList(directory.descriptor, to: AccessControlList(mode: 0o700))
        #expect(try files.accessControlList(directory.descriptor) == AccessControlList(mode: 0o700))
    }
}
