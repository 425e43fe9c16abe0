import Foundation
import Glibc
import Ledger
import Orders
import Spool
import Synchronization
import TestSupport
import Testing

@testable import Stages

/// What comes between a stop and the next start.
@Suite struct HandoverTests {
    /// Drops a file that the rig's watcher is not told of.
    private func dropUnseen(_ name: String, _ text: String, _ rig: Rig) throws {
        let directory = rig.root + "/" + SpoolTree.dropDirectory("orders", of: "acme")
        try text.write(toFile: directory + "/.upload.tmp", atomically: false, encoding: .utf8)
        #expect(rename(directory + "/.upload.tmp", directory + "/" + name) == 0)
    }

    @Test func whatIsRenamedIntoPlaceMeanwhileIsTakenAtOnce() throws {
        let rig = try Rig()
        var watch: HandoverWatch? = try rig.pipeline.handOver()
        let kept = dup(try #require(watch?.descriptor))
        watch = nil
        try rig.stop()
        try dropUnseen("whole.json", order("A"), rig)
        try rig.open()
        rig.pipeline.takeOver(HandoverWatch(takingOver: kept))
        try rig.settle()
        let drop = try rig.lastDrop()
        #expect(drop.verdict == .accepted && drop.facts.completeness == "renamed")
        try rig.check()
    }

    @Test func withoutSuchAWatchItWaitsTheSettleTime() async throws {
        let rig = try Rig()
        try rig.stop()
        try dropUnseen("whole.json", order("A"), rig)
        try rig.open()
        rig.pipeline.takeOver(HandoverWatch(takingOver: dup(0)))
        try rig.settle()
        #expect(try rig.drops().isEmpty)
        try await rig.pass(milliseconds: 1000)
        #expect(try rig.lastDrop().facts.completeness == "found")
    }

    /// A rig whose clocks stand at a distance from the machine's time, by which files' change times go.
    private func rig(ahead milliseconds: Int64, files: any FileOperations = SystemFiles()) throws -> Rig {
        let rig = try Rig(files: files)
        rig.clock.jump(milliseconds: SystemClock().wallMilliseconds() + milliseconds - rig.clock.wallMilliseconds())
        try rig.stop()
        try rig.open()
        try rig.settle()
        return rig
    }

    @Test func whatLiesUnchangedForTheSettleTimeIsTakenByTheFirstScan() async throws {
        let rig = try rig(ahead: 60_000)
        try rig.stop()
        try dropUnseen("old.json", order("A"), rig)
        try rig.open()
        try rig.settle()
        #expect(try rig.lastDrop().verdict == .accepted)
        // A wait that is over in part: the machine's time is some milliseconds on by now, at the most a minute.
        let late = try self.rig(ahead: -60_000)
        try late.stop()
        try dropUnseen("new.json", order("A"), late)
        try late.open()
        try late.settle()
        #expect(try late.drops().isEmpty)
        try await late.pass(milliseconds: 1000)
        #expect(try late.lastDrop().verdict == .accepted)
    }

    @Test(arguments: [-86_400_000, 86_400_000, 200, -200] as [Int64])
    func whoSetTheClockMakesItWaitInFull(_ jump: Int64) async throws {
        let rig = try rig(ahead: 172_800_000)
        try rig.stop()
        try dropUnseen("old.json", order("A"), rig)
        rig.clock.jump(milliseconds: jump)
        try rig.open()
        try rig.settle()
        #expect(try rig.drops().isEmpty)
        try await rig.pass(milliseconds: 1000)
        #expect(try rig.lastDrop().verdict == .accepted)
    }

    @Test func afterAnUncleanStopItWaitsInFullToo() async throws {
        let rig = try rig(ahead: 60_000)
        try dropUnseen("old.json", order("A"), rig)
        try rig.crashAndStart()
        try rig.settle()
        #expect(try rig.drops().isEmpty)
        try await rig.pass(milliseconds: 1000)
        #expect(try rig.lastDrop().verdict == .accepted)
    }

    /// Counts how often orderd opens a file to read it.
    private final class Readings: Sendable {
        let count = Atomic(0)
        var files: RiggedFiles {
            RiggedFiles { (call) throws(FileError) in if call == "openForReading" { self.count.add(1, ordering: .relaxed) } }
        }

        func of(_ body: () throws -> Void) rethrows -> Int {
            let before = count.load(ordering: .relaxed)
            try body()
            return count.load(ordering: .relaxed) - before
        }
    }

    @Test func filesThatNobodyTouchedSinceACleanStopAreNotReadAgain() throws {
        let readings = Readings()
        let rig = try rig(ahead: 60_000, files: readings.files)
        try rig.command(.pause("validate"))
        try rig.drop("many.ndjson", (0..<50).map { order("R\($0)") + "\n" }.joined())
        try rig.settle()
        try rig.stop()
        #expect(try readings.of(rig.open) < 50)
        // Nothing is trusted where the clock was set, or after a crash.
        try rig.stop()
        rig.clock.jump(milliseconds: 3_600_000)
        #expect(try readings.of(rig.open) >= 50)
        #expect(try readings.of(rig.crashAndStart) >= 50)
        try rig.check()
    }

    @Test func aFileThatWasChangedAfterACleanStopIsMendedWhateverItsSize() throws {
        // Behind the machine's time by which files' change times go: every change is one after the stop.
        let rig = try rig(ahead: -3_600_000)
        try rig.command(.pause("validate"))
        try rig.drop("one.json", order("A"))
        try rig.settle()
        let path = try rig.path(rig.order("A"))
        try rig.stop()
        try rig.write(String(repeating: "x", count: order("A").utf8.count), to: path)
        try rig.open()
        try rig.check()
    }
}
