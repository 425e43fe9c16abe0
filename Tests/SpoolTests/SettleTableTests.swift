import Spool
import Testing

struct SettleTableTests {
    private static let second: Int64 = 1_000_000_000
    private var second: Int64 { Self.second }
    private let table = HeldTable(settleNanoseconds: second, capacity: 100)
    private let name = named("order.json")

    private func status(inode: UInt64 = 1, changed: Int64 = 0, size: Int64 = 10) -> FileStatus {
        FileStatus(device: 1, inode: inode, changeTime: changed, size: size)
    }

    @Test func aRenamedFileIsDueAtOnce() {
        #expect(table.sighted(7, name, status: status(), how: .renamed, now: 5))
        #expect(table.nextDeadline == 5)
        let due = table.due(now: 5)
        #expect(due.map(\.name) == [name] && due.map(\.directory) == [7] && due.map(\.how) == [.renamed])
        #expect(table.count == 0 && table.nextDeadline == nil)
    }

    @Test(arguments: [Sighting.closed, .found, .created])
    func anyOtherWaitsTheSettleTime(_ how: Sighting) {
        table.sighted(1, name, status: status(), how: how, now: 0)
        #expect(table.due(now: second - 1).isEmpty)
        #expect(table.nextDeadline == second)
        #expect(table.due(now: second).count == 1)
    }

    @Test func aFileKnownNotToHaveChangedForAWhileWaitsForTheRestOnly() {
        table.sighted(1, name, status: status(), how: .found, unchangedFor: second / 4, now: second)
        #expect(table.due(now: second * 7 / 4 - 1).isEmpty)
        #expect(table.due(now: second * 7 / 4).map(\.unchangedSince) == [second * 3 / 4])
        // However long ago that was, its wait is over now and not before.
        table.sighted(1, name, status: status(), how: .found, unchangedFor: 100 * second, now: second)
        #expect(table.nextDeadline == second && table.due(now: second).map(\.unchangedSince) == [0])
        // A time that lies ahead says nothing.
        table.sighted(1, name, status: status(), how: .found, unchangedFor: -second, now: second)
        #expect(table.nextDeadline == 2 * second)
    }

    @Test func aChangeStartsTheTimeAnew() {
        table.sighted(1, name, status: status(), how: .closed, now: 0)
        table.sighted(1, name, status: status(changed: 1), how: .found, now: second / 2)
        #expect(table.due(now: second).isEmpty)
        let due = table.due(now: second * 3 / 2)
        #expect(due.count == 1)
        // Attributes set after closing take nothing away; the wait began when it was first seen.
        #expect(due.first?.how == .closed && due.first?.firstSeen == 0 && due.first?.unchangedSince == second / 2)
    }

    @Test func whatIsWrittenToAfterItsRenameIsNotWholeAsItCame() {
        // One look finds both events, and the file as it is after both.
        table.sighted(1, name, status: status(changed: 9), how: .renamed, now: 0)
        table.sighted(1, name, status: status(changed: 9), how: .closed, now: 0)
        #expect(table.due(now: second - 1).isEmpty)
        #expect(table.due(now: second).map(\.how) == [.closed])
    }

    @Test func theLogOfTheServerIsTheBestWitnessOfAnUploadInPlace() {
        table.sighted(1, name, status: status(), how: .logged, now: 0)
        table.sighted(1, name, status: status(), how: .closed, now: 0)
        #expect(table.due(now: second - 1).isEmpty)
        #expect(table.due(now: second).map(\.how) == [.logged])
    }

    @Test func anUploadThatBrokeOffIsRememberedUntilItIsFinished() {
        table.brokeOff(1, name, status: status(), now: 0)
        table.sighted(1, name, status: status(), how: .closed, now: 0)
        let broken = table.due(now: second)
        #expect(broken.map(\.isBroken) == [true] && table.count(of: 1) == 0)
        table.postpone(broken[0], until: 600 * second)
        table.sighted(1, name, status: status(changed: 1, size: 20), how: .logged, now: 2 * second)
        #expect(table.count(of: 1) == 1)
        #expect(table.due(now: 3 * second).map(\.isBroken) == [false])
    }

    @Test func theSameSightingAgainDoesNot() {
        table.sighted(1, name, status: status(), how: .closed, now: 0)
        table.sighted(1, name, status: status(), how: .found, now: second - 1)
        table.sighted(1, name, status: status(), how: .closed, now: second - 1)
        #expect(table.due(now: second).count == 1)
    }

    @Test func theNextUploadOfTheNameHasATimeOfItsOwn() {
        table.sighted(1, name, status: status(inode: 1), how: .closed, now: 0)
        table.sighted(1, name, status: status(inode: 2), how: .created, now: second / 2)
        #expect(table.due(now: second).isEmpty)
        let due = table.due(now: second * 2)
        #expect(due.map(\.status.inode) == [2] && due.map(\.how) == [.created] && due.map(\.firstSeen) == [second / 2])
    }

    @Test func aRenameMakesAWaitingFileDue() {
        table.sighted(1, name, status: status(), how: .closed, now: 0)
        table.sighted(1, name, status: status(changed: 1), how: .renamed, now: 10)
        #expect(table.due(now: 10).map(\.how) == [.renamed])
    }

    @Test func aRenamedFileThatIsWrittenToAgainIsNoLongerWhole() {
        table.sighted(1, name, status: status(), how: .renamed, now: 0)
        table.sighted(1, name, status: status(changed: 1, size: 20), how: .closed, now: 1)
        #expect(table.due(now: 1).isEmpty)
        #expect(table.due(now: 1 + second).map(\.how) == [.closed])
    }

    @Test func namesAreKeptApartByDirectory() {
        table.sighted(1, name, status: status(), how: .renamed, now: 0)
        table.sighted(2, name, status: status(inode: 2), how: .renamed, now: 0)
        #expect(table.count == 2)
        table.forget(1)
        #expect(table.due(now: 0).map(\.directory) == [2])
    }

    @Test func theLongestDueComesFirstUpToTheLimit() {
        for number in 0..<10 {
            table.sighted(1, named("\(number)"), status: status(inode: UInt64(number)), how: .closed, now: Int64(10 - number))
        }
        #expect(table.due(now: second * 2, limit: 3).map(\.name.description) == ["9", "8", "7"])
        #expect(table.due(now: second * 2).count == 7)
    }

    @Test func aFullTableRefusesAndRemembers() {
        let table = HeldTable(settleNanoseconds: second, capacity: 2)
        #expect(table.sighted(1, named("a"), status: status(), how: .closed, now: 0))
        #expect(table.sighted(1, named("b"), status: status(), how: .closed, now: 0))
        #expect(!table.overflowed)
        #expect(!table.sighted(1, named("c"), status: status(), how: .closed, now: 0))
        #expect(table.overflowed && table.count == 2)
        // What is in it already is still updated.
        #expect(table.sighted(1, named("a"), status: status(changed: 1), how: .closed, now: 1))
        #expect(table.due(now: second).count == 1)
        #expect(table.sighted(1, named("c"), status: status(), how: .closed, now: 0))
        table.clearOverflow()
        #expect(!table.overflowed)
    }

    @Test func aCandidateIsConfirmedByWhatItIsNow() throws {
        table.sighted(1, name, status: status(), how: .closed, now: 0)
        let candidate = try #require(table.due(now: second).first)
        #expect(table.confirm(candidate, status: status(), now: second))
        #expect(table.count == 0)
        #expect(!table.confirm(candidate, status: status(changed: 9), now: second))
        #expect(table.due(now: second * 2 - 1).isEmpty)
        let again = try #require(table.due(now: second * 2).first)
        #expect(again.how == .closed && again.firstSeen == 0)
        #expect(table.confirm(again, status: status(changed: 9), now: second * 2))
    }

    @Test func aRenamedOneIsConfirmedUnlessItIsAnotherFileOrGrew() throws {
        table.sighted(1, name, status: status(), how: .renamed, now: 0)
        let candidate = try #require(table.due(now: 0).first)
        #expect(table.confirm(candidate, status: status(changed: 5), now: 0))
        #expect(!table.confirm(candidate, status: status(changed: 5, size: 11), now: 0))
        #expect(table.due(now: second).map(\.how) == [.found])
        #expect(!table.confirm(candidate, status: status(inode: 2), now: 0))
    }

    @Test func aPostponedOneWaitsHoweverOftenAScanFindsIt() throws {
        table.sighted(1, name, status: status(), how: .closed, now: 0)
        let candidate = try #require(table.due(now: second).first)
        table.postpone(candidate, until: second * 600)
        table.sighted(1, name, status: status(), how: .found, now: second * 30)
        #expect(table.due(now: second * 599).isEmpty)
        #expect(table.due(now: second * 600).first?.firstSeen == 0)
    }

    @Test func aPostponedOneIsDueSoonerOnceItIsClosedAgain() throws {
        table.sighted(1, name, status: status(), how: .closed, now: 0)
        let candidate = try #require(table.due(now: second).first)
        table.postpone(candidate, until: second * 600)
        table.sighted(1, name, status: status(), how: .closed, now: second * 30)
        #expect(table.nextDeadline == second * 31)
        table.sighted(1, name, status: status(changed: 3, size: 20), how: .closed, now: second * 40)
        #expect(table.due(now: second * 40).isEmpty)
        #expect(table.due(now: second * 41).first?.status.size == 20)
    }

    @Test func ourOwnRenameBackDoesNotCountAsThePartners() throws {
        table.sighted(1, name, status: status(), how: .closed, now: 0)
        let candidate = try #require(table.due(now: second).first)
        table.postpone(candidate, until: second * 2, status: status(changed: 1), returned: true)
        table.sighted(1, name, status: status(changed: 2), how: .renamed, now: second)
        #expect(table.due(now: second).isEmpty)
        let again = try #require(table.due(now: second * 2).first)
        #expect(again.how == .closed)
        #expect(!table.confirm(again, status: status(changed: 2), now: second * 2))
        // The next rename is the partner's again.
        table.sighted(1, name, status: status(changed: 3), how: .renamed, now: second * 2)
        #expect(table.due(now: second * 2).map(\.how) == [.renamed])
    }

    @Test func whatIsForgottenIsNeverDue() {
        table.sighted(1, name, status: status(), how: .closed, now: 0)
        table.sighted(1, named("b"), status: status(), how: .closed, now: 1)
        table.forget(1, name)
        #expect(table.nextDeadline == second + 1)
        #expect(table.due(now: second * 9).map(\.name) == [named("b")])
        table.forget(1, name)
    }

    @Test func manySightingsOfOneFileTakeNoMoreRoomOrTime() {
        for step in 0..<100_000 {
            table.sighted(1, name, status: status(changed: Int64(step)), how: .closed, now: Int64(step))
        }
        #expect(table.count == 1)
        #expect(table.due(now: second * 2).count == 1)
        #expect(table.nextDeadline == nil)
    }

    @Test func deadlinesComeInOrderThroughAnyHistory() {
        let table = HeldTable(settleNanoseconds: 1_000, capacity: 500)
        var generator = Repeatable(state: 42)
        var lastDue: [FileName: Int64] = [:]
        for now in stride(from: Int64(0), to: 200_000, by: 10) {
            let name = named("\(generator.next() % 300)")
            switch generator.next() % 10 {
            case 0: table.forget(1, name)
            case 1: table.sighted(1, name, status: status(inode: generator.next() % 3), how: .renamed, now: now)
            default: table.sighted(1, name, status: status(changed: Int64(generator.next() % 4)), how: .closed, now: now)
            }
            if let next = table.nextDeadline, next <= now {
                let due = table.due(now: now, limit: 2)
                #expect(!due.isEmpty)
                for candidate in due { lastDue[candidate.name] = now }
            }
        }
        #expect(lastDue.count == 300)
        #expect(table.due(now: .max).count + table.count <= 500)
        #expect(table.count == 0 && table.nextDeadline == nil)
    }
}

/// A series of numbers that is the same each time.
private struct Repeatable: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return state >> 33
    }
}

/// A table that a test can ask inside an expectation, where nothing may be changed but by reference.
private final class HeldTable {
    private var table: SettleTable

    init(settleNanoseconds: Int64, capacity: Int) {
        table = SettleTable(settleNanoseconds: settleNanoseconds, capacity: capacity)
    }

    var count: Int { table.count }
    var nextDeadline: Int64? { table.nextDeadline }
    var overflowed: Bool { table.overflowed }
    func clearOverflow() { table.clearOverflow() }

    @discardableResult
    func sighted(
        _ directory: WatchedDirectory, _ name: FileName, status: FileStatus, how: Sighting, unchangedFor: Int64 = 0, now: Int64
    ) -> Bool {
        table.sighted(directory, name, status: status, how: how, unchangedFor: unchangedFor, now: now)
    }

    func brokeOff(_ directory: WatchedDirectory, _ name: FileName, status: FileStatus, now: Int64) {
        table.brokeOff(directory, name, status: status, now: now)
    }

    func count(of directory: WatchedDirectory) -> Int { table.count(of: directory) }
    func due(now: Int64, limit: Int = .max) -> [Candidate] { table.due(now: now, limit: limit) }
    func confirm(_ candidate: Candidate, status: FileStatus, now: Int64) -> Bool { table.confirm(candidate, status: status, now: now) }

    func postpone(_ candidate: Candidate, until deadline: Int64, status: FileStatus? = nil, returned: Bool = false) {
        table.postpone(candidate, until: deadline, status: status, returned: returned)
    }

    func forget(_ directory: WatchedDirectory, _ name: FileName) { table.forget(directory, name) }
    func forget(_ directory: WatchedDirectory) { table.forget(directory) }
}
