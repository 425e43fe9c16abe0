import Ledger
import Orders
import Testing

@testable import orderd

/// The screens of `orderd top`, as a person sees them, from a spool that stands still.
@Suite struct TopScreenTests {
    static let now = Timestamp(milliseconds: 1_795_368_958_123)

    static func view(partners: Int = 3) throws -> TopView {
        var view = TopView(now: now, root: "/var/spool/orderd")
        func ago(_ seconds: Int64) -> Timestamp { Timestamp(milliseconds: now.milliseconds - seconds * 1000) }
        view.daemon = .runs(process: 4711, since: ago(11_000))
        view.unpublished = 17
        view.free = 13_314_398_617
        view.pauses = ["charge since 12 min, by uid 0: the gateway is looked after"]
        var minute = FlowCounts()
        (minute.files, minute.accepted, minute.completed, minute.deferred, minute.held, minute.failed) = (960, 1000, 998, 12, 1, 1)
        var more = FlowCounts()
        (more.files, more.accepted, more.completed, more.declined) = (20, 23, 22, 1)
        view.flow = [(1, minute), (5, minute + more), (15, minute + more + more)]
        view.stages = [
            ("validate", 0, nil), ("reserve", 0, nil), ("charge", 12_345, 2), ("fulfil", 0, nil), ("notify", 0, nil),
            ("compensate", 1, 300), ("deferred", 3, 119), ("hold", 2, 400_000), ("failed", 1, 9000),
        ].map { TopView.StageRow(name: $0.0, orders: Int64($0.1), oldest: $0.2.map { ago(Int64($0)) }) }
        for number in 1...partners {
            var row = TopView.PartnerRow(name: number == 2 ? "a-partner-with-a-name-of-31-char" : "partner-\(number)")
            (row.files, row.moving, row.done) = (number, Int64(1000 / number), 1_234_567)
            if number == 1 { (row.deferred, row.held, row.failed) = (3, 2, 1) }
            view.partners.append(row)
        }
        let ids = ["ord_01m82amzv4es0rp7jay2kx59mm", "ord_01m82ax9a3f28t1mwkvhkfwmba", "ord_01m82ax9a3f28t1mwkvhkfwmbb"]
        view.slowest = [
            WaitingOrder(
                id: try #require(OrderID(ids[0])), stage: Stage("compensate"), partner: "a-partner-with-a-name-of-31-char",
                reference: "PO-1", reason: nil, attempts: 0, created: ago(300)),
            WaitingOrder(
                id: try #require(OrderID(ids[1])), stage: .deferred, partner: "partner-1", reference: "PO-2\u{1B}[2J",
                reason: "payment-breaker-open", attempts: 7, created: ago(119)),
            WaitingOrder(
                id: try #require(OrderID(ids[2])), stage: Stage("charge"), partner: "partner-3", reference: nil, reason: nil, attempts: 0,
                created: ago(2)),
        ]
        return view
    }

    @Test func at80ColumnsItFits() throws {
        let screen = TopScreen(try Self.view(), terminal: Terminal(width: 80, height: 30), height: 30)
        #expect(screen.lines.joined(separator: "\n") == Self.narrow)
        #expect(screen.lines.allSatisfy { columnCount($0) <= 80 })
    }

    @Test func at200ColumnsItShowsMore() throws {
        let screen = TopScreen(try Self.view(), terminal: Terminal(width: 200, height: 50), height: 50)
        #expect(screen.lines.joined(separator: "\n") == Self.wide)
    }

    @Test(arguments: [1, 5, 10, 24, 60]) func noScreenIsHigherOrWiderThanItsTerminal(height: Int) throws {
        for width in [1, 20, 79, 80, 132, 300] {
            let lines = TopScreen(try Self.view(partners: 40), terminal: Terminal(width: width, height: height), height: height).lines
            #expect(lines.count <= height)
            #expect(lines.allSatisfy { columnCount($0) <= width })
        }
    }

    @Test func partnersThatDoNotFitAreCounted() throws {
        let lines = TopScreen(try Self.view(partners: 40), terminal: Terminal(width: 80, height: 30), height: 30).lines
        #expect(lines.count <= 30)
        #expect(lines.contains { $0.hasPrefix("and ") && $0.hasSuffix(" more partners") })
        #expect(lines.contains { $0.hasPrefix("SLOWEST ORDER") } && lines.contains { $0.hasPrefix("ord_01m82amzv4es0rp7jay2kx59mm") })
    }

    @Test func whatIsWrongStandsOutWithAndWithoutColour() throws {
        var view = try Self.view()
        (view.daemon, view.isDiskLow, view.isBreakerOpen) = (.none, true, true)
        let plain = TopScreen(view, terminal: Terminal(width: 80, height: 40), height: 40).lines
        let coloured = TopScreen(view, terminal: Terminal(width: 80, height: 40, hasColour: true), height: 40).lines
        for line in [
            "no daemon runs on this spool", "intake is paused: the disk is nearly full",
            "calls to the payment gateway are held back: it fails",
        ] {
            #expect(plain.contains(line))
            #expect(coloured.contains("\u{1B}[31m\(line)\u{1B}[0m"))
        }
        #expect(!plain.contains { $0.contains("\u{1B}") })
        #expect(coloured.map { $0.replacing(/\u{1B}\[\d+m/, with: "") } == plain)
    }

    @Test(
        arguments: [(0, 1, "0"), (1, 15, "0.1"), (1497, 15, "99.8"), (1500, 15, "100"), (59_999, 1, "59999")] as [(Int64, Int64, String)]
    )
    func ratesAreAMinute(count: Int64, minutes: Int64, text: String) { #expect(TopScreen.rate(count, minutes) == text) }

    @Test func flowIsCountedByTheTimeOfEvents() {
        var window = FlowWindow(length: 900_000, stretch: 1000)
        var one = FlowCounts()
        one.accepted = 1
        func at(_ seconds: Int64) -> Timestamp { Timestamp(milliseconds: seconds * 1000 + 999) }
        window.take([(1000, one), (1001, one)], now: at(1001))
        window.take([(1001, one), (1050, one)], now: at(1050))
        #expect(window.sum(over: 60_000, now: at(1050)).accepted == 4)
        #expect(window.sum(over: 60_000, now: at(1060)).accepted == 3)
        #expect(window.sum(over: 60_000, now: at(1061)).accepted == 1)
        window.take([], now: at(1901))
        #expect(window.sum(over: 900_000, now: at(1050)).accepted == 3)
    }

    static let narrow = """
        orderd top  /var/spool/orderd                               2026-11-22T17:35:58Z
        daemon 4711 is up 3 h, 6 files waiting, 17 events to publish, 12.4 GiB free
        paused: charge since 12 min, by uid 0: the gateway is looked after

        A MINUTE     FILES  ACCEPTED  COMPLETED  DEFERRED  HELD  FAILED  REFUSED
        over 1 min     960      1000        998      12.0   1.0     1.0        0
        over 5 min     196       205        204       2.4   0.2     0.2      0.2
        over 15 min   66.7      69.7       69.5       0.8   0.1     0.1      0.1

               validate reserve charge fulfil notify compensate deferred hold failed
        orders        0       0  12345      0      0          1        3    2      1
        oldest        -       -     2s      -      -         5m     119s   4d     2h

        PARTNER                        FILES  UNDER WAY  DEFERRED  HELD  FAILED     DONE
        partner-1                          1       1000         3     2       1  1234567
        a-partner-with-a-name-of-31-…      2        500         0     0       0  1234567
        partner-3                          3        333         0     0       0  1234567

        SLOWEST ORDER                   WAITS  STAGE       PARTNER     TRIES  REASON
        ord_01m82amzv4es0rp7jay2kx59mm  5m     compensate  a-partner…  0      -
        ord_01m82ax9a3f28t1mwkvhkfwmba  119s   deferred    partner-1   7      payment-b…
        ord_01m82ax9a3f28t1mwkvhkfwmbb  2s     charge      partner-3   0      -
        """

    static let wide = """
        orderd top  /var/spool/orderd\(String(repeating: " ", count: 151))2026-11-22T17:35:58Z
        daemon 4711 is up 3 h, 6 files waiting, 17 events to publish, 12.4 GiB free
        paused: charge since 12 min, by uid 0: the gateway is looked after

        A MINUTE     FILES  ACCEPTED  COMPLETED  DEFERRED  HELD  FAILED  REFUSED
        over 1 min     960      1000        998      12.0   1.0     1.0        0
        over 5 min     196       205        204       2.4   0.2     0.2      0.2
        over 15 min   66.7      69.7       69.5       0.8   0.1     0.1      0.1

               validate reserve charge fulfil notify compensate deferred hold failed
        orders        0       0  12345      0      0          1        3    2      1
        oldest        -       -     2s      -      -         5m     119s   4d     2h

        PARTNER                           FILES  UNDER WAY  DEFERRED  HELD  FAILED     DONE
        partner-1                             1       1000         3     2       1  1234567
        a-partner-with-a-name-of-31-char      2        500         0     0       0  1234567
        partner-3                             3        333         0     0       0  1234567

        SLOWEST ORDER                   WAITS  STAGE       PARTNER                           TRIES  REASON                REFERENCE
        ord_01m82amzv4es0rp7jay2kx59mm  5m     compensate  a-partner-with-a-name-of-31-char  0      -                     PO-1
        ord_01m82ax9a3f28t1mwkvhkfwmba  119s   deferred    partner-1                         7      payment-breaker-open  PO-2\\u{1B}[2J
        ord_01m82ax9a3f28t1mwkvhkfwmbb  2s     charge      partner-3                         0      -                     -
        """
}
