import Foundation
import Glibc
import Ledger
import Orders
import Spool
import Testing

@testable import Stages

/// What is dropped and can never be an order file gets a verdict of its own, and never stops the rest.
@Suite struct StrangeFileTests {
    private func code(_ drop: DropRecord) throws -> String? { try JSONValue.parse(drop.faults).items?.first?["code"]?.text }

    /// Makes a thing in the drop directory, and does all that is to be done with it.
    private func judged(_ rig: Rig, _ name: String, into drop: String = "orders", _ make: (String) throws -> Void) async throws
        -> DropRecord
    {
        try make("\(rig.root)/partners/acme/\(drop)/\(name)")
        try rig.rescan()
        for _ in 0..<5 { try await rig.pass(milliseconds: 1500) }
        return try rig.lastDrop()
    }

    @Test func pipeIsRefused() async throws {
        let rig = try Rig()
        let drop = try await judged(rig, "a.json") { #expect(mkfifo($0, 0o644) == 0) }
        #expect(try drop.verdict == .rejected && code(drop) == "not-a-file")
        #expect(rig.exists("rejected/2026-11-22/\(drop.id.text)"))
        #expect(try await rig.take(order("A")).stage == .done)
        try rig.check()
    }

    @Test func symbolicLinkIsRefusedAndNotFollowed() async throws {
        let rig = try Rig()
        try rig.write(order("secret"), to: "state/elsewhere.json")
        let drop = try await judged(rig, "a.json") {
            try FileManager.default.createSymbolicLink(atPath: $0, withDestinationPath: rig.root + "/state/elsewhere.json")
        }
        #expect(try drop.verdict == .rejected && code(drop) == "not-a-file")
        #expect(try rig.orders().isEmpty)
        #expect(rig.exists("state/elsewhere.json"))
        try rig.check()
    }

    @Test func fileWithTwoNamesIsRefusedOnceItStaysSo() async throws {
        let rig = try Rig()
        try rig.write(order("A"), to: "state/mine.json")
        let drop = try await judged(rig, "a.json") {
            try FileManager.default.linkItem(atPath: rig.root + "/state/mine.json", toPath: $0)
        }
        #expect(try drop.verdict == .rejected && code(drop) == "hard-link")
        #expect(try rig.orders().isEmpty)
        try rig.check()
    }

    @Test func renameOfTheOldStyleIsTakenOnceTheFirstNameIsGone() async throws {
        let rig = try Rig()
        try rig.write(order("A"), to: "partners/acme/orders/a.json.tmp")
        let directory = rig.root + "/partners/acme/orders/"
        try FileManager.default.linkItem(atPath: directory + "a.json.tmp", toPath: directory + "a.json")
        try rig.rescan()
        try await rig.pass(milliseconds: 1000)
        #expect(try rig.drops().isEmpty)
        try FileManager.default.removeItem(atPath: directory + "a.json.tmp")
        for _ in 0..<3 { try await rig.pass(milliseconds: 1000) }
        #expect(try rig.order("A").stage == .done)
        try rig.check()
    }

    @Test func directoryIsRefused() async throws {
        let rig = try Rig()
        let drop = try await judged(rig, "a.json") {
            try FileManager.default.createDirectory(atPath: $0, withIntermediateDirectories: false)
            try Data(order("A").utf8).write(to: URL(fileURLWithPath: $0 + "/inner.json"))
        }
        #expect(try drop.verdict == .rejected && code(drop) == "not-a-file")
        #expect(try rig.orders().isEmpty)
        try rig.check()
    }

    @Test(arguments: ["order.xml", "order", "order.json.gz", "README.txt"])
    func nameOfNoKindIsRefused(_ name: String) async throws {
        let rig = try Rig()
        let drop = try await judged(rig, name) { try Data(order("A").utf8).write(to: URL(fileURLWithPath: $0)) }
        #expect(try drop.verdict == .rejected && code(drop) == "not-an-order-file")
        #expect(rig.exists("rejected/2026-11-22/\(drop.id.text)"))
        try rig.check()
    }

    @Test(arguments: ["requests", "stock", "shipments", "questions"])
    func directoryThatIsNotBuiltYetSaysSo(_ directory: String) async throws {
        let rig = try Rig()
        let drop = try await judged(rig, "a.json", into: directory) { try Data(order("A").utf8).write(to: URL(fileURLWithPath: $0)) }
        #expect(try drop.verdict == .rejected && code(drop) == "not-built-yet" && drop.facts.directory == directory)
        #expect(try rig.orders().isEmpty)
        try rig.check()
    }

    @Test func fileThatIsTooLargeIsRefused() async throws {
        let rig = try Rig { $0.maximumFileSize = 100 }
        let drop = try await judged(rig, "a.json") { try Data(order("A").utf8).write(to: URL(fileURLWithPath: $0)) }
        #expect(try drop.verdict == .rejected && code(drop) == "file-too-large")
        try rig.check()
    }

    @Test func emptyFileIsRejectedAtTheResumeDeadline() async throws {
        let rig = try Rig()
        let drop = try await judged(rig, "a.json") {
            try Data().write(to: URL(fileURLWithPath: $0))
            rig.clock.advance(milliseconds: 1)
            try rig.rescan()
            rig.clock.advance(milliseconds: 600_000)
        }
        #expect(drop.verdict == .rejected)
        try rig.check()
    }
}
