import Orders
import Testing

@testable import orderd

/// How alerts change, with a clock that the tests hold.
@Suite struct AlertBoardTests {
    /// Looks every ten seconds, with five minutes before an alert fires and ten before it is resolved.
    struct Held {
        var board = AlertBoard()
        var now = Timestamp(milliseconds: 1_772_409_000_000)
        var timing = AlertTiming(delay: 300_000, keep: 600_000)
        var told: [String] = []
        var isFirst = true

        /// Looks so many seconds after the look before.
        mutating func look(_ isBad: Bool?, after seconds: Int64 = 10, tells: Bool = true) {
            now = Timestamp(milliseconds: now.milliseconds + seconds * 1000)
            let condition = isBad.map { AlertCondition(isBad: $0, message: $0 ? "bad" : "good") }
            let changed = board.look(
                [.waiting: condition], now: now, elapsed: isFirst ? 0 : seconds * 1000, timing: timing, tells: tells)
            isFirst = false
            told += changed.map { "\($0.rule.rawValue) \($0.state.rawValue)" }
        }

        mutating func looks(_ count: Int, _ isBad: Bool) { for _ in 0..<count { look(isBad) } }

        /// As the next daemon begins: with what is in the file, and no idea how long nobody looked.
        mutating func restart(after seconds: Int64) throws {
            board = try #require(AlertFile.board(AlertFile.bytes(board, updated: now)))
            now = Timestamp(milliseconds: now.milliseconds + seconds * 1000)
            isFirst = true
        }

        var state: Alert.State? { board.alerts[.waiting]?.state }
    }

    @Test func itFiresAfterForAndIsResolvedAfterKeep() {
        var held = Held()
        held.look(true)
        let since = held.now
        held.looks(29, true)
        #expect(held.state == .pending && held.told == [])
        held.look(true)
        #expect(held.state == .firing && held.told == ["waiting firing"])
        #expect(held.board.alerts[.waiting]?.since == since && held.board.alerts[.waiting]?.firedAt == held.now)
        held.looks(100, true)
        held.looks(60, false)
        #expect(held.state == .firing && held.told == ["waiting firing"])
        held.look(false)
        #expect(held.state == .resolved && held.told == ["waiting firing", "waiting resolved"])
        #expect(held.board.alerts[.waiting]?.resolvedAt == held.now)
        held.looks(1000, false)
        #expect(held.told.count == 2)
    }

    @Test func aHundredTogglesWithinForTellNobody() {
        var held = Held()
        for _ in 0..<100 {
            held.looks(29, true)
            held.look(false)
        }
        #expect(held.told == [] && held.board.nextDue == nil && held.state == nil)
    }

    @Test func aHundredTogglesWithinKeepTellNobodyASecondTime() {
        var held = Held()
        held.looks(31, true)
        for _ in 0..<100 {
            held.looks(59, false)
            held.look(true)
        }
        #expect(held.told == ["waiting firing"] && held.state == .firing)
    }

    @Test func withoutForAndKeepItIsAtOnce() {
        var held = Held()
        held.timing = AlertTiming(delay: 0, keep: 0)
        for _ in 0..<3 {
            held.look(true)
            held.look(false)
        }
        #expect(held.told == Array(repeating: ["waiting firing", "waiting resolved"], count: 3).flatMap { $0 })
    }

    @Test func aRestartForgetsNothing() throws {
        var held = Held()
        held.looks(20, true)
        try held.restart(after: 7)
        #expect(held.state == .pending)
        held.looks(11, true)
        #expect(held.told == [])
        held.look(true)
        #expect(held.told == ["waiting firing"])
        try held.restart(after: 86_400)
        held.looks(100, true)
        #expect(held.told == ["waiting firing"] && held.state == .firing)
        held.looks(30, false)
        try held.restart(after: 7)
        held.looks(31, false)
        #expect(held.told == ["waiting firing"])
        held.look(false)
        #expect(held.told == ["waiting firing", "waiting resolved"])
        try held.restart(after: 7)
        held.looks(100, false)
        #expect(held.told.count == 2 && held.state == .resolved)
    }

    /// Nobody looked for a day: what was pending has not lasted for a day.
    @Test func theTimeInWhichNobodyLookedDoesNotCount() throws {
        var held = Held()
        held.looks(2, true)
        try held.restart(after: 86_400)
        held.look(true)
        #expect(held.state == .pending)
    }

    @Test func aWallClockThatJumpsChangesNothing() {
        var held = Held()
        held.looks(15, true)
        held.now = Timestamp(milliseconds: held.now.milliseconds - 86_400_000)
        held.looks(15, true)
        #expect(held.state == .pending)
        held.now = Timestamp(milliseconds: held.now.milliseconds + 5 * 86_400_000)
        held.look(true)
        #expect(held.told == ["waiting firing"])
    }

    @Test func aLookThatFailedCountsForNothing() {
        var held = Held()
        held.looks(30, true)
        held.look(nil, after: 1000)
        #expect(held.state == .pending)
        held.look(true)
        #expect(held.state == .firing)
        held.look(nil, after: 10_000)
        #expect(held.state == .firing)
    }

    @Test func aRuleThatIsSwitchedOffIsResolved() {
        var held = Held()
        held.looks(31, true)
        _ = held.board.look([:], now: held.now, elapsed: 10_000, timing: held.timing, tells: true)
        #expect(held.state == .resolved && held.board.alerts[.waiting]?.message == "the rule is switched off")
        #expect(held.board.alerts[.waiting]?.notices.map(\.about) == [.firing, .resolved])
    }

    @Test func eachNoticeIsGivenOnce() throws {
        var held = Held()
        held.looks(31, true)
        let first = try #require(held.board.nextDue)
        #expect(first.notice.about == .firing && first.notice.message == "bad")
        held.board.mark(.waiting, first.notice, .started)
        #expect(held.board.nextDue == nil)
        // The daemon is killed while the command runs.
        try held.restart(after: 7)
        #expect(held.board.giveUpWhatWasStarted().map(\.notice.about) == [.firing])
        #expect(held.board.nextDue == nil && held.board.giveUpWhatWasStarted().isEmpty)
        held.looks(62, false)
        let second = try #require(held.board.nextDue)
        #expect(second.notice.about == .resolved && second.notice.message == "good")
        // It is killed before the command was started: the next one does it.
        try held.restart(after: 7)
        #expect(held.board.nextDue?.notice == second.notice)
        held.board.mark(.waiting, second.notice, .ended)
        #expect(held.board.nextDue == nil)
        // Not all of history is kept.
        for _ in 0..<10 {
            held.looks(31, true)
            held.looks(62, false)
            while let due = held.board.nextDue { held.board.mark(.waiting, due.notice, .ended) }
        }
        #expect(held.board.alerts[.waiting]?.notices.count == 2)
    }

    @Test func whatTheFileSaysComesBackAndWhatIsUnknownIsLeftOut() throws {
        var held = Held()
        held.looks(31, true)
        held.looks(5, false)
        let bytes = AlertFile.bytes(held.board, updated: held.now)
        #expect(AlertFile.board(bytes) == held.board)
        let newer = #"{"version":1,"more":1,"alerts":[{"alert":"moon","state":"firing","since":"2026-03-01T23:50:00.000Z"}]}"#
        #expect(AlertFile.board(Array(newer.utf8)) == AlertBoard())
        #expect(AlertFile.board(Array("{\"version\":2}".utf8)) == nil)
        #expect(AlertFile.board(Array("no file of ours".utf8)) == nil)
    }
}
