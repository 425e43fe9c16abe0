import Foundation
import Glibc
import Orders
import Spool
import TestSupport
import Testing

@testable import orderd

/// Which of the dropped files has lain longest, and what it costs to know.
@Suite struct InboxLookTests {
    /// Files become a millisecond older than each other at least: a file's last change is counted in the ticks of some kernels.
    private func drop(_ spool: CommandSpool, _ name: String, partner: String = "acme", in directory: String = "orders") throws -> Int64 {
        let path = "\(spool.root)/partners/\(partner)/\(directory)/\(name)"
        try Data("{}".utf8).write(to: URL(fileURLWithPath: path))
        let probe = "\(spool.folder)/probe"
        let changed = try changeTime(path)
        try #require(
            waitUntil {
                try Data().write(to: URL(fileURLWithPath: probe))
                return try changeTime(probe) / 1_000_000 > changed / 1_000_000
            })
        return changed
    }

    private func changeTime(_ path: String) throws -> Int64 {
        try #require(try SystemFiles().status(at: nil, path: Path(path))).changeTime
    }

    @Test func theOldestFileOfAllDirectoriesIsFound() throws {
        let spool = try CommandSpool.withAcme()
        try spool.must("partner", "add", "bolt")
        let look = InboxLook(try SpoolTree(root: spool.root, files: SystemFiles()))
        #expect(look.oldest(of: ["acme", "bolt", "nobody"]) == nil)
        // Names that are never taken wait for nobody.
        _ = try drop(spool, ".hidden.json")
        _ = try drop(spool, "half.json.filepart")
        let first = try drop(spool, "1.json", partner: "bolt", in: "requests")
        let second = try drop(spool, "2.json")
        _ = try drop(spool, "3.json")
        func found(_ partners: String...) -> InboxLook.Found? { InboxLook(look.tree).oldest(of: partners) }
        #expect(
            found("acme", "bolt")
                == InboxLook.Found(since: Timestamp(milliseconds: first / 1_000_000), directory: "partners/bolt/requests/", files: 3))
        #expect(
            found("acme")
                == InboxLook.Found(since: Timestamp(milliseconds: second / 1_000_000), directory: "partners/acme/orders/", files: 2))
        // A rename changes a file, and whoever has just renamed it has just dropped it.
        try #require(rename("\(spool.root)/partners/acme/orders/2.json", "\(spool.root)/partners/acme/orders/4.json") == 0)
        #expect(try #require(found("acme")).since > Timestamp(milliseconds: second / 1_000_000))
    }

    /// With a hundred partners, or a million files, a look takes long: then it is taken the less often.
    @Test func lookingTakesASmallPartOfTheTime() throws {
        let spool = try CommandSpool.withAcme()
        let clock = HeldClock()
        let files = RiggedFiles { call throws(FileError) in if call == "list" { clock.advance(milliseconds: 100) } }
        let look = InboxLook(try SpoolTree(root: spool.root, files: files), clock: clock)
        _ = try drop(spool, "1.json")
        let found = try #require(look.oldest(of: ["acme"]))
        try FileManager.default.removeItem(atPath: "\(spool.root)/partners/acme/orders/1.json")
        // Five directories, so half a second; for fifty times as long what it has found must do.
        #expect(SpoolTree.dropDirectories.count == 5)
        clock.advance(milliseconds: 24_999)
        #expect(look.oldest(of: ["acme"]) == found)
        clock.advance(milliseconds: 1)
        #expect(look.oldest(of: ["acme"]) == nil)
    }
}
