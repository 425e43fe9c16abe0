import Foundation
import Ledger
import Orders
import Spool
import Testing

@testable import Stages

/// What a partner is told of an upload that ended too soon.
@Suite struct UnfinishedUploadTests {
    private static let path = "partners/acme/orders/a.json"

    /// What the pipeline has told, in order.
    private final class Told {
        var all: [(partner: String, uploads: WaitingUploads)] = []
        var last: WaitingUploads? { all.last?.uploads }
    }

    private func listen(to rig: Rig) -> Told {
        let told = Told()
        rig.pipeline.uploadsChanged = { [unowned told] in told.all.append(($0, $1)) }
        return told
    }

    /// Half of an order lies there, and has been looked at.
    private func half(_ rig: Rig, _ text: String = String(order("A-1").prefix(20)), at path: String = Self.path) async throws {
        try rig.write(text, to: path)
        try rig.rescan()
        try await rig.pass(milliseconds: 1000)
    }

    @Test func itIsToldWithItsDeadlineByTheWallClock() async throws {
        let rig = try Rig()
        let told = listen(to: rig)
        let found = rig.clock.wallMilliseconds()
        try await half(rig)
        let upload = try #require(told.last?.uploads.first)
        #expect(told.all.last?.partner == "acme" && told.last?.count == 1)
        #expect(try upload.directory == "orders" && upload.name == named("a.json") && upload.size == 20 && upload.fate == .refused)
        #expect(upload.since == found && upload.until == found + 600_000)
        #expect(rig.pipeline.gauges.contains { $0.name == "orderd_inbox_waiting_for_resume" && $0.value == 1 })
    }

    @Test func resumedItIsToldToBeGone() async throws {
        let rig = try Rig()
        let told = listen(to: rig)
        try await half(rig)
        try await half(rig, order("A-1"))
        try await rig.pass(milliseconds: 1000)
        #expect(try rig.lastDrop().verdict == .accepted)
        #expect(told.last == WaitingUploads.none)
    }

    @Test func replacedByARenameItIsToldToBeGone() async throws {
        let rig = try Rig()
        let told = listen(to: rig)
        try await half(rig)
        try rig.drop("a.json", order("A-1"))
        try await rig.run()
        try await rig.pass(milliseconds: 1000)
        #expect(try rig.lastDrop().verdict == .accepted)
        #expect(told.last == WaitingUploads.none)
        #expect(rig.pipeline.gauges.contains { $0.name == "orderd_inbox_waiting_for_resume" && $0.value == 0 })
    }

    @Test func atTheDeadlineItIsToldToBeGoneAndRefused() async throws {
        let rig = try Rig()
        let told = listen(to: rig)
        try await half(rig)
        let until = try #require(told.last?.uploads.first?.until)
        try await rig.pass(milliseconds: until - rig.clock.wallMilliseconds() - 1)
        #expect(try rig.drops().isEmpty && told.last?.count == 1)
        try await rig.pass(milliseconds: 1)
        #expect(try rig.lastDrop().verdict == .rejected && rig.lastDrop().facts.received.milliseconds == until)
        // The last rescan has told of it, perhaps less than a second ago.
        try await rig.pass(milliseconds: 1000)
        #expect(told.last == WaitingUploads.none)
        try rig.check()
    }

    @Test func aFileOfLinesIsTakenAsFarAsItGoes() async throws {
        let rig = try Rig()
        let told = listen(to: rig)
        try await half(rig, order("A-1") + "\n" + order("A-2").prefix(20), at: "partners/acme/orders/a.ndjson")
        #expect(told.last?.uploads.first?.fate == .takenAsFarAsItGoes)
        try await rig.pass(milliseconds: 600_000)
        #expect(try rig.lastDrop().verdict == .partial && told.last == WaitingUploads.none)
    }

    @Test func aLargeOneIsToldToo() async throws {
        let rig = try Rig()
        let told = listen(to: rig)
        let text = "[" + order("A-1", extra: ",\"notes\":\"\(String(repeating: "x", count: 100_000))\"")
        try await half(rig, text)
        #expect(told.last?.uploads.first?.size == Int64(text.utf8.count))
        try await half(rig, text + "]")
        try await rig.pass(milliseconds: 1000)
        #expect(try rig.drops().count == 1 && told.last == WaitingUploads.none)
    }

    @Test func onesThatAPartnerDeletesAreMissedByTheRescan() async throws {
        let rig = try Rig()
        let told = listen(to: rig)
        try await half(rig)
        try rig.remove(Self.path)
        try await rig.pass(milliseconds: rig.policy.rescan / 1_000_000)
        #expect(told.last == WaitingUploads.none)
        try await rig.pass(milliseconds: 600_000)
        #expect(try rig.drops().isEmpty)
    }

    @Test func aRescanTellsAgainWhatWaitsInTheSameWords() async throws {
        let rig = try Rig()
        let told = listen(to: rig)
        try await half(rig)
        let first = told.last
        rig.clock.jump(milliseconds: 3_600_000)
        let count = told.all.count
        try await rig.pass(milliseconds: rig.policy.rescan / 1_000_000)
        #expect(told.all.count == count + 1 && told.last == first)
    }

    @Test func whatIsOfNoPartnerAnyMoreIsToldToBeGone() async throws {
        let rig = try Rig()
        let told = listen(to: rig)
        try await half(rig)
        try rig.command(.partner(PartnerChange(name: "acme", role: "shop", state: "disabled")))
        try await rig.pass(milliseconds: 1000)
        #expect(told.all.last?.partner == "acme" && told.last == WaitingUploads.none)
    }

    @Test func theFirstTurnTellsOfEveryPartnerAndNothingIsToldAtRest() async throws {
        let rig = try Rig(partners: ["acme", "zenith"])
        try rig.crashAndStart()
        let told = listen(to: rig)
        try await rig.run()
        #expect(told.all.map(\.partner) == ["acme", "zenith"] && told.all.allSatisfy { $0.uploads.isEmpty })
        #expect(Int64(rig.pipeline.patience()) == rig.policy.rescan / 1_000_000, "nothing but the rescan wakes it")
        for _ in 0..<10 { try await rig.pass(milliseconds: rig.policy.rescan / 1_000_000) }
        #expect(told.all.count == 2)
    }

    @Test func whileNothingIsTakenNothingIsSaidOfWhatAnEarlierDaemonTold() async throws {
        let rig = try Rig()
        try rig.command(.pause("intake"))
        try rig.crashAndStart()
        let told = listen(to: rig)
        try await rig.pass(milliseconds: 60_000)
        #expect(told.all.isEmpty)
        try rig.command(.resume("intake"))
        try await rig.run()
        #expect(told.all.count == 1)
    }

    @Test func aThousandChangesAreToldOnceASecond() async throws {
        let rig = try Rig { $0.settle = 0 }
        let told = listen(to: rig)
        try await rig.pass(milliseconds: 1000)
        let before = told.all.count
        for number in 0..<1000 {
            let name = "a\(number).json"
            try rig.write("[", to: "partners/acme/orders/" + name)
            try rig.watcher.tell(.closedAfterWriting, named(name), in: rig.tree.directory("partners/acme/orders"))
            try await rig.pass(milliseconds: 2)
            let isTold = told.last?.count == number + 1
            #expect(isTold || rig.pipeline.patience() <= 1000, "what is not told yet is told within a second")
        }
        try await rig.pass(milliseconds: 1000)
        #expect(told.all.count - before <= 4, "\(told.all.count - before)")
        #expect(told.last?.count == 1000 && told.last?.uploads.count == WaitingUploads.listed)
    }

    @Test func whatIsListedIsTheSameHoweverItCame() throws {
        let uploads = try (0..<200).map {
            WaitingUpload(directory: "orders", name: try named("\($0).json"), size: 1, since: 0, until: Int64($0 % 7), fate: .refused)
        }
        let list = WaitingUploads(uploads)
        #expect(list == WaitingUploads(uploads.reversed()) && list.count == 200 && list.uploads.count == 100)
        #expect(list.uploads.map(\.until) == list.uploads.map(\.until).sorted())
    }
}
