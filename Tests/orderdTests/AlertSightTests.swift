import Ledger
import Orders
import Testing

@testable import orderd

/// What each rule makes of what is seen, at its limit and one beyond.
@Suite struct AlertSightTests {
    static let now = Timestamp(milliseconds: 1_772_409_000_000)

    private static func rules(_ settings: String...) throws -> AlertRules {
        let off = ["waiting=0s", "inbox=0s", "person=0s", "errors=0", "receipt=0s", "target=0s", "disk=0B", "intake=false"].map {
            "alerts.\($0)"
        }
        let overrides = off.filter { rule in !settings.contains { $0.prefix { $0 != "=" } == rule.prefix { $0 != "=" } } } + settings
        return AlertRules(try Configuration.load(path: "/dev/null", environment: [:], overrides: overrides))
    }

    private static func ago(_ milliseconds: Int64) -> Timestamp { Timestamp(milliseconds: now.milliseconds - milliseconds) }

    private func isBad(_ sight: AlertSight, _ rules: AlertRules) -> Bool? {
        let found = sight.conditions(rules, now: Self.now)
        #expect(found.count == 1)
        return found.values.first.flatMap { $0 }?.isBad
    }

    @Test func withEveryRuleOffThereIsNothing() throws {
        let rules = try Self.rules()
        #expect(!rules.isOn && AlertSight().conditions(rules, now: Self.now).isEmpty)
    }

    @Test func anOrderMayBeUnderWayForSoLong() throws {
        let rules = try Self.rules("alerts.waiting=15m")
        var sight = AlertSight()
        #expect(isBad(sight, rules) == false)
        sight.oldestWaiting = (Self.ago(900_000), "charge")
        #expect(isBad(sight, rules) == false)
        sight.oldestWaiting = (Self.ago(900_001), "charge")
        #expect(isBad(sight, rules) == true)
        #expect(sight.conditions(rules, now: Self.now)[.waiting]??.message == "an order at charge was accepted 15 min ago")
    }

    @Test func aFileMayWaitToBeTakenForSoLong() throws {
        let rules = try Self.rules("alerts.inbox=15m")
        var sight = AlertSight()
        #expect(isBad(sight, rules) == false)
        sight.oldestFile = InboxLook.Found(since: Self.ago(900_000), directory: "partners/acme/orders/")
        #expect(isBad(sight, rules) == false)
        sight.oldestFile = InboxLook.Found(since: Self.ago(900_001), directory: "partners/acme/orders/")
        #expect(isBad(sight, rules) == true)
        #expect(sight.conditions(rules, now: Self.now)[.inbox]??.message == "a file has been in partners/acme/orders/ for 15 min")
    }

    @Test func anOrderMayWaitForAPersonForSoLong() throws {
        let rules = try Self.rules("alerts.person=24h")
        var sight = AlertSight()
        sight.forPerson = (3, Self.ago(86_400_000))
        #expect(isBad(sight, rules) == false)
        sight.forPerson = (3, Self.ago(86_400_001))
        #expect(isBad(sight, rules) == true)
        #expect(sight.conditions(rules, now: Self.now)[.person]??.message == "3 orders held or failed, the first 24 h ago")
    }

    @Test(
        arguments: [
            (1, 100, false), (2, 100, true), (1, 99, true), (9, 9, false), (0, 0, false), (10, 10, true),
        ] as [(Int64, Int64, Bool)])
    func aShareIsCountedOfEnoughOrders(part: Int64, all: Int64, bad: Bool) throws {
        var sight = AlertSight()
        (sight.flow.failed, sight.flow.accepted) = (part, all)
        #expect(isBad(sight, try Self.rules("alerts.errors=1")) == bad)
        sight = AlertSight()
        sight.refused = (all, part)
        #expect(isBad(sight, try Self.rules("alerts.refused=1")) == bad)
        sight = AlertSight()
        (sight.flow.late, sight.flow.completed) = (part, all)
        #expect(isBad(sight, try Self.rules("alerts.target=30s")) == bad)
        sight = AlertSight()
        (sight.flow.lateFiles, sight.flow.files) = (part, all)
        #expect(isBad(sight, try Self.rules("alerts.receipt=3s")) == bad)
    }

    @Test func aDiskThatCannotBeLookedAtSaysNothing() throws {
        let rules = try Self.rules("alerts.disk=1GiB")
        var sight = AlertSight()
        #expect(isBad(sight, rules) == nil)
        sight.free = 1 << 30
        #expect(isBad(sight, rules) == false)
        sight.free = (1 << 30) - 1
        #expect(isBad(sight, rules) == true)
    }

    @Test func intakeMayBePausedByHandOrByTheDisk() throws {
        let rules = try Self.rules("alerts.intake=true", "intake.diskReserve=512MiB")
        var sight = AlertSight()
        sight.free = 512 << 20
        #expect(isBad(sight, rules) == false)
        sight.free = (512 << 20) - 1
        #expect(isBad(sight, rules) == true)
        sight.free = nil
        #expect(isBad(sight, rules) == false)
        sight.isIntakePaused = true
        #expect(isBad(sight, rules) == true)
    }

    @Test func silenceBeginsWithTheLastOrder() throws {
        let rules = try Self.rules("alerts.silence=4h")
        var sight = AlertSight()
        #expect(isBad(sight, rules) == false)
        sight.lastAcceptance = Self.ago(14_400_000)
        #expect(isBad(sight, rules) == false)
        sight.lastAcceptance = Self.ago(14_400_001)
        #expect(isBad(sight, rules) == true)
    }
}
