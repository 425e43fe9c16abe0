import Glibc
import Spool
import TestSupport
import Testing

struct PublisherTests {
    private let scratch: Scratch
    private let files = SystemFiles()
    private let publisher = Publisher(owner: "test", files: SystemFiles())
    private let name = named("status.json")
    private var here: Descriptor { scratch.descriptor }

    init() throws { scratch = try Scratch() }

    @Test func aFileIsPublishedWithItsModeWhateverTheUmask() throws {
        try publisher.publish(Array("one".utf8), in: here, as: name, mode: 0o666)
        #expect(try scratch.read(name, in: here) == "one")
        #expect(try files.status(in: here, name)?.permissions == 0o666)
        try publisher.publish([], in: here, as: name, mode: 0o600)
        #expect(try scratch.read(name, in: here) == "")
        #expect(try files.status(in: here, name)?.permissions == 0o600)
        #expect(try scratch.names(in: here) == [name])
    }

    @Test func noReaderEverSeesAHalf() throws {
        let (publisher, here, name) = (publisher, here, name)
        let first = [UInt8](repeating: 0, count: 50_000)
        try publisher.publish(first, in: here, as: name)
        let writer = Background { () -> String? in
            for round in 1...1_000 {
                let content = [UInt8](repeating: UInt8(round % 251), count: 50_000 - round)
                do { try publisher.publish(content, in: here, as: name) } catch { return "\(error)" }
            }
            return nil
        }
        var reads = 0
        while !writer.isDone || reads == 0 {
            let content = try #require(try files.readAll(in: here, name))
            let round = 50_000 - content.count
            let whole = (0...1_000).contains(round) && content.allSatisfy { $0 == UInt8(round % 251) }
            #expect(whole)
            guard whole else { break }
            reads += 1
        }
        #expect(try #require(writer.join()) == nil)
        #expect(try scratch.names(in: here) == [name])
    }

    @Test func aNameOfAnyLengthAndBytesIsPublished() throws {
        for bytes in [Array(repeating: UInt8(ascii: "n"), count: 255), [0xFF, 0x0A, 0x20]] {
            let name = try #require(FileName(bytes: bytes))
            try publisher.publish([1], in: here, as: name)
            #expect(try files.status(in: here, name)?.size == 1)
            try files.remove(in: here, name)
        }
        #expect(try scratch.names(in: here) == [])
    }

    @Test func whatACrashLeftIsOverwrittenByTheNextPublishing() throws {
        let rig = RiggedFiles { (call) throws(FileError) in
            if ["rename", "remove"].contains(call) { throw FileError(call: call, path: "rigged", code: EIO) }
        }
        #expect(throws: FileError.self) { try Publisher(owner: "test", files: rig).publish([1, 2], in: here, as: name) }
        let left = try #require(try scratch.names(in: here).first)
        #expect(left.isHidden && judgeName(left) == .hidden)
        try publisher.publish([3], in: here, as: name)
        #expect(try scratch.names(in: here) == [name])
        #expect(try files.readAll(in: here, name) == [3])
    }

    @Test func leftoversOfOthersAreRemovedOnRequest() throws {
        let rig = RiggedFiles { (call) throws(FileError) in
            if ["rename", "remove"].contains(call) { throw FileError(call: call, path: "rigged", code: EIO) }
        }
        for number in 0..<3 {
            #expect(throws: FileError.self) {
                try Publisher(owner: "p\(number)", files: rig).publish([1], in: here, as: named("\(number)"))
            }
        }
        try scratch.write("kept", to: ".profile", in: here)
        try scratch.write("kept", to: "a.tmp", in: here)
        #expect(try publisher.removeLeftovers(in: here) == 3)
        #expect(try scratch.names(in: here) == [named(".profile"), named("a.tmp")])
    }

    @Test func aLinkUnderTheTemporaryNameIsNotWrittenThrough() throws {
        let rig = RiggedFiles { (call) throws(FileError) in
            if ["rename", "remove"].contains(call) { throw FileError(call: call, path: "rigged", code: EIO) }
        }
        #expect(throws: FileError.self) { try Publisher(owner: "test", files: rig).publish([1, 2], in: here, as: name) }
        let temporary = try #require(try scratch.names(in: here).first)
        try files.remove(in: here, temporary)
        try scratch.write("precious", to: "victim", in: here)
        #expect(symlink("victim", scratch.path + "/" + temporary.description) == 0)
        try publisher.publish([9], in: here, as: name)
        #expect(try scratch.read(named("victim"), in: here) == "precious")
        #expect(try files.status(in: here, name)?.kind == .regular)
        // A hard link would let its other name's owner change what is published.
        try files.link(from: here, named("victim"), to: here, temporary)
        try publisher.publish([8], in: here, as: name)
        #expect(try scratch.read(named("victim"), in: here) == "precious")
        #expect(try files.status(in: here, name)?.links == 1)
    }

    @Test func aLinkUnderTheFinalNameIsReplacedNotFollowed() throws {
        try scratch.write("precious", to: "victim", in: here)
        #expect(symlink("victim", scratch.path + "/status.json") == 0)
        try publisher.publish([1], in: here, as: name)
        #expect(try files.status(in: here, name)?.kind == .regular)
        #expect(try scratch.read(named("victim"), in: here) == "precious")
    }

    @Test func publishingIfAbsentLeavesWhatIsThere() throws {
        #expect(try publisher.publishIfAbsent([1], in: here, as: name))
        #expect(try !publisher.publishIfAbsent([2], in: here, as: name))
        #expect(try files.readAll(in: here, name) == [1])
        #expect(try scratch.names(in: here) == [name])
    }

    @Test(arguments: [("write", ENOSPC), ("setMode", EIO), ("close", EDQUOT), ("rename", EACCES), ("create", EROFS)])
    func afterAnErrorTheNameIsAsBefore(_ call: String, _ code: Int32) throws {
        try publisher.publish([1], in: here, as: name)
        let failed = Locked(false)
        let rig = RiggedFiles { (called) throws(FileError) in
            guard called == call, !failed.value else { return }
            failed.value = true
            throw FileError(call: call, path: "rigged", code: code)
        }
        // A mode that the umask cuts has to be set.
        let error = #expect(throws: FileError.self) {
            try Publisher(owner: "test", files: rig).publish([2], in: here, as: name, mode: 0o666)
        }
        #expect(error?.code == code)
        #expect(try files.readAll(in: here, name) == [1])
        #expect(try scratch.names(in: here) == [name])
    }

    @Test func aModeThatCannotBeLookedAtIsSet() throws {
        let rig = RiggedFiles { (called) throws(FileError) in
            if called == "status" { throw FileError(call: called, path: "rigged", code: EIO) }
        }
        try Publisher(owner: "test", files: rig).publish([1], in: here, as: name, mode: 0o666)
        #expect(try files.status(in: here, name)?.permissions == 0o666)
    }

    @Test func publishersWithOwnersOfTheirOwnDoNotMeet() throws {
        let here = here
        let name = name
        let writers = ["one", "two"].map { owner in
            Background { () -> String? in
                let publisher = Publisher(owner: owner, files: SystemFiles())
                for round in 0..<300 {
                    let content = [UInt8](repeating: UInt8(round % 251), count: 2_000)
                    do { try publisher.publish(content, in: here, as: name) } catch { return "\(error)" }
                }
                return nil
            }
        }
        for writer in writers { #expect(try #require(writer.join()) == nil) }
        #expect(try files.readAll(in: here, name) == [UInt8](repeating: 48, count: 2_000))
    }
}
