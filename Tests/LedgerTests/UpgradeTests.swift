import Foundation
import Glibc
import Orders
import Spool
import TestSupport
import Testing

@testable import Ledger

/// A ledger that an older orderd wrote, brought up to date: what is told meanwhile, and a kill in the middle of it.
@Suite struct UpgradeTests {
    /// A closed ledger of the first version with a few thousand events; and what its tables hold once it is up to date.
    private func old(orders: Int) throws -> (scratch: LedgerScratch, expected: [String: [[[UInt8]]]], events: Int64) {
        let scratch = try LedgerScratch()
        let (ledger, _) = try scratch.open()
        let story = Story(ledger)
        story.finishes = false
        try story.partner("acme")
        for number in 0..<orders {
            let id = try story.order("o\(number)")
            try story.validated(id)
            try story.reserved(id, [])
            try story.charged(id)
            try story.completed(id, [])
        }
        try ledger.commit()
        let events = ledger.committed.seq
        ledger.close()
        let expected = try Dictionary(uniqueKeysWithValues: Schema.derived.map { ($0.name, try scratch.rows($0.name, $0.key)) })
        try scratch.makeFirstVersion()
        return (scratch, expected, events)
    }

    @Test func whatIsDoneAndHowFarItHasComeIsTold() throws {
        let (scratch, _, events) = try old(orders: 300)
        var told: [Ledger.Upgrade] = []
        try scratch.open { told.append($0) }.ledger.close()
        #expect(told.first == .begins(orders: 300, events: events) && told.last == .ended)
        #expect(events > 2048)
        #expect(told.dropFirst().dropLast() == [1024, 2048, events].map { .at(event: $0, of: events) })
        // Once.
        told = []
        try scratch.open { told.append($0) }.ledger.close()
        #expect(told == [])
    }

    /// Before anything was made, in the middle of it, before what was made is copied, and when all is done.
    @Test(arguments: [Int64(0), 1024, 2048, .max - 1, .max]) func killedInTheMiddleTheNextStartDoesItAgain(moment: Int64) async throws {
        let (scratch, expected, _) = try old(orders: 300)
        await #expect(processExitsWith: .signal(SIGKILL)) { [root = scratch.root as String, moment] in
            let journal = try SystemFiles().openDirectory(at: nil, path: Path(root + "/journal"))
            let opened = try Ledger.open(
                path: root + "/ledger.sqlite", journal: journal, files: SystemFiles(), random: SeededRandom(7), now: Story.start,
                hasHistory: true
            ) { news in
                let isNow =
                    switch news {
                    case .begins: moment == 0
                    case .at(let event, let all): moment == event || (moment == .max - 1 && event == all)
                    case .ended: moment == .max
                    }
                if isNow { kill(getpid(), SIGKILL) }
            }
            opened.ledger.close()
        }
        let isDone = moment == .max
        #expect(try scratch.reader().queries.hasSummaries() == isDone)
        var told: [Ledger.Upgrade] = []
        try scratch.open { told.append($0) }.ledger.close()
        #expect(told.isEmpty == isDone)
        for table in Schema.derived { #expect(try scratch.rows(table.name, table.key) == expected[table.name], "\(table.name)") }
        let left = try FileManager.default.contentsOfDirectory(atPath: scratch.root)
        #expect(!left.contains { $0.contains("summaries") })
    }
}
