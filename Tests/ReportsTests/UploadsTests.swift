import Foundation
import Orders
import Spool
import Synchronization
import TestSupport
import Testing

@testable import Reports

/// `status/uploads.json`, by clocks that stand still.
@Suite struct UploadsTests {
    private final class HeldClock: Clock {
        private let now = Mutex<Int64>(0)
        func wallMilliseconds() -> Int64 { now.withLock { $0 / 1_000_000 } }
        func bootNanoseconds() -> Int64 { now.withLock { $0 } }
        func pass(seconds: Int64) { now.withLock { $0 += seconds * 1_000_000_000 } }
    }

    private final class Flag: Sendable {
        private let value = Mutex(false)
        var isOn: Bool { value.withLock { $0 } }
        func set(_ isOn: Bool) { value.withLock { $0 = isOn } }
    }

    private static let path = "partners/acme/status/uploads.json"

    private func waiting(_ names: [UInt8]..., fate: WaitingUpload.Fate = .refused) throws -> WaitingUploads {
        WaitingUploads(
            try names.map { name in
                WaitingUpload(
                    directory: "orders", name: try #require(FileName(bytes: name)), size: 20, since: 1_772_409_000_000,
                    until: 1_772_409_600_000, fate: fate)
            })
    }

    private func exists(_ rig: PublishRig) -> Bool { FileManager.default.fileExists(atPath: rig.root + "/" + Self.path) }

    @Test func aPartnerIsToldWhatWaitsUntilWhenAndWhatToDo() throws {
        let rig = try PublishRig()
        let follower = UploadsFollower(tree: rig.tree, clock: HeldClock(), grace: 0)
        follower.note("acme", try waiting(Array("a.json".utf8)))
        #expect(follower.write().isEmpty && follower.nextDeadline == nil)
        let file = try rig.json(Self.path)
        #expect(file["version"]?.integer == 1 && file["partner"]?.text == "acme" && file["count"]?.integer == 1)
        let upload = try #require(file["uploads"]?.items?.first)
        #expect(upload["directory"]?.text == "orders" && upload["file"]?.text == "a.json" && upload["size"]?.integer == 20)
        #expect(upload["state"]?.text == "INCOMPLETE" && upload["since"]?.text == "2026-03-01T23:50:00.000Z")
        #expect(upload["until"]?.text == "2026-03-02T00:00:00.000Z")
        #expect(upload["then"]?.text == "refused")
        let message = try #require(upload["message"]?.text)
        #expect(message.contains("resume it, or upload the whole file again") && message.contains("refused as incomplete"))
        let mode = try FileManager.default.attributesOfItem(atPath: rig.root + "/" + Self.path)[.posixPermissions] as? Int
        #expect(mode == 0o640)
        follower.note("acme", .none)
        #expect(follower.write().isEmpty && !exists(rig))
        #expect(try rig.names("partners/acme/status").isEmpty)
    }

    @Test func aNameOfAnyBytesIsToldAndBreaksNothing() throws {
        let rig = try PublishRig()
        let follower = UploadsFollower(tree: rig.tree, clock: HeldClock(), grace: 0)
        let names: [[UInt8]] = [Array("a\n\"b\\.json".utf8), [0xFF, 0xFE] + Array(".json".utf8)]
        follower.note("acme", try waiting(names[0], names[1], fate: .takenAsFarAsItGoes))
        #expect(follower.write().isEmpty)
        let text = try rig.text(Self.path)
        #expect(text.count { $0 == "\n" } == 1 && text.hasSuffix("\n"))
        let uploads = try #require(try rig.json(Self.path)["uploads"]?.items)
        #expect(uploads.map { $0["file"]?.text } == ["a\n\"b\\.json", "\u{fffd}\u{fffd}.json"])
        #expect(uploads.map { $0["fileBase64"]?.text } == [nil, Data(names[1]).base64EncodedString()])
        #expect(uploads.allSatisfy { $0["message"]?.text?.contains("whole lines are taken") == true })
    }

    @Test func whatAnEarlierDaemonLeftStaysUntilThisOneHasLooked() throws {
        let rig = try PublishRig()
        let clock = HeldClock()
        try Data("{}".utf8).write(to: URL(fileURLWithPath: rig.root + "/" + Self.path))
        try Data("{".utf8).write(to: URL(fileURLWithPath: rig.root + "/partners/acme/status/.~orderd.tmp"))
        let follower = UploadsFollower(tree: rig.tree, clock: clock, grace: 3_000_000_000)
        follower.note("acme", .none)
        clock.pass(seconds: 2)
        #expect(follower.write().isEmpty && exists(rig))
        #expect(follower.nextDeadline == 3_000_000_000)
        clock.pass(seconds: 1)
        #expect(follower.write().isEmpty && follower.nextDeadline == nil)
        #expect(try rig.names("partners/acme/status").isEmpty)
    }

    @Test func whatWaitsEndsTheGraceAndAStopToo() throws {
        let rig = try PublishRig()
        try Data("{}".utf8).write(to: URL(fileURLWithPath: rig.root + "/" + Self.path))
        let follower = UploadsFollower(tree: rig.tree, clock: HeldClock(), grace: 3_000_000_000)
        follower.note("acme", .none)
        follower.note("acme", try waiting(Array("a.json".utf8)))
        #expect(follower.write().isEmpty)
        #expect(try rig.json(Self.path)["count"]?.integer == 1)
        let next = UploadsFollower(tree: rig.tree, clock: HeldClock(), grace: 3_000_000_000)
        next.note("acme", .none)
        #expect(next.write(isLast: true).isEmpty && !exists(rig))
    }

    @Test func aDeletedFileComesBackWhenItIsToldAgainAndAWholeOneStays() throws {
        let rig = try PublishRig()
        let follower = UploadsFollower(tree: rig.tree, clock: HeldClock(), grace: 0)
        func inode() throws -> Int? {
            try FileManager.default.attributesOfItem(atPath: rig.root + "/" + Self.path)[.systemFileNumber] as? Int
        }
        func tell() throws {
            follower.note("acme", try waiting(Array("a.json".utf8)))
            #expect(follower.write().isEmpty)
        }
        try tell()
        let first = try inode()
        try tell()
        #expect(try inode() == first, "nothing has changed, nothing is written")
        try FileManager.default.removeItem(atPath: rig.root + "/" + Self.path)
        try tell()
        #expect(exists(rig))
    }

    @Test func aDirectoryThatIsGoneIsTriedEverMoreSeldomAndNobodyWaits() throws {
        let rig = try PublishRig()
        let clock = HeldClock()
        let follower = UploadsFollower(tree: rig.tree, clock: clock, grace: 0)
        let directory = rig.root + "/partners/acme/status"
        try FileManager.default.removeItem(atPath: directory)
        follower.note("acme", try waiting(Array("a.json".utf8)))
        follower.note("warehouse", try waiting(Array("w.json".utf8)))
        #expect(follower.write().map { "\($0.follower) \($0.subject)" } == ["uploads acme"])
        #expect(try rig.names("partners/warehouse/status") == ["uploads.json"])
        #expect(follower.nextDeadline == 1_000_000_000)
        follower.note("acme", try waiting(Array("a.json".utf8), Array("b.json".utf8)))
        #expect(follower.nextDeadline == 1_000_000_000, "a change makes it no easier")
        clock.pass(seconds: 1)
        #expect(follower.write().isEmpty && follower.nextDeadline == 3_000_000_000, "told once")
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        _ = try rig.tree.revalidate()
        clock.pass(seconds: 2)
        #expect(follower.write().isEmpty && follower.nextDeadline == nil)
        #expect(try rig.json(Self.path)["count"]?.integer == 2)
    }

    @Test func whereNothingWaitsADirectoryThatIsGoneIsNoTrouble() throws {
        let rig = try PublishRig()
        let follower = UploadsFollower(tree: rig.tree, clock: HeldClock(), grace: 0)
        try FileManager.default.removeItem(atPath: rig.root + "/partners/acme")
        follower.note("acme", .none)
        #expect(follower.write().isEmpty && follower.nextDeadline == nil)
    }

    @Test func afterAFullDiskTheFileIsAsBeforeUntilThereIsRoom() throws {
        let rig = try PublishRig()
        let isFull = Flag()
        let files = RiggedFiles { (call) throws(FileError) in
            if call == "write", isFull.isOn { throw FileError(call: call, path: "rigged", code: 28) }
        }
        let clock = HeldClock()
        let follower = UploadsFollower(tree: try SpoolTree(root: rig.root, files: files), clock: clock, grace: 0)
        follower.note("acme", try waiting(Array("a.json".utf8)))
        #expect(follower.write().isEmpty)
        isFull.set(true)
        follower.note("acme", try waiting(Array("b.json".utf8)))
        #expect(follower.write().count == 1)
        #expect(try rig.names("partners/acme/status") == ["uploads.json"])
        #expect(try rig.text(Self.path).contains("a.json"))
        isFull.set(false)
        clock.pass(seconds: 1)
        #expect(follower.write().isEmpty)
        #expect(try rig.text(Self.path).contains("b.json"))
    }
}
