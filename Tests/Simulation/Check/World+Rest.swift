import Ledger
import Orders
import Reports
import Spool
import Stages

/// Looking on while the daemon works, and waiting until everything rests.
extension World {
    /// Looks at what the daemon has just done: new events, and new calls.
    func observe() throws {
        try witness.follow(self)
        guard let daemon, let gateway = daemon.gateway else { return }
        for call in try gateway.calls(daemon.pipeline.callsInFlight - daemon.answered)
        where witness.seenCalls.insert("\(lives) \(call.number)").inserted {
            trace.note("call", call.verb, call.request.key)
            try examine(call, daemon)
        }
    }

    /// A call is made only for an intent that is on disk, and never for an order that rests.
    private func examine(_ call: ParkedCall, _ daemon: DaemonProcess) throws {
        guard let id = OrderID(call.request.orderID), let order = try daemon.ledger.queries.order(id) else {
            throw Violation("a call for \(call.request.orderID), which the ledger does not know")
        }
        guard order.stage == Stage("charge") || order.stage == .compensate else {
            throw Violation("a \(call.verb) for \(id), which is in \(order.stage)")
        }
        guard witness.count(["effect.requested"], with: id.text, self) > 0 else {
            throw Violation("a \(call.verb) for \(id) was made before its intent was on disk")
        }
    }

    // MARK: Rest

    /// Trouble ends, everybody finishes, time passes, until nothing is left to be done.
    func comeToRest() throws {
        isQuiet = true
        faults.clear()
        trace.note("peace")
        files.free = FreeSpace(bytes: 1 << 40, inodes: 1 << 30)
        bringReceiptsBack()
        partnersFinish()
        try startUntilItRuns()
        daemon?.retriesAtOnce = true
        for pause in try daemon?.ledger.queries.pauses() ?? [] { try command(.resume(pause.pause.what)) }
        let began = bootMilliseconds
        // Long enough that the daemon has looked through everything twice.
        let quiet = 2 * profile.policy.rescan / 1_000_000 + 3000
        for round in 0..<1000 {
            try settle()
            try daemonDoes { try $0.publish() }
            try check()
            if let gateway = daemon?.gateway, try !gateway.calls(0).isEmpty {
                try answerSome()
                continue
            }
            let left = try whatIsLeft()
            if left == nil, bootMilliseconds - began > quiet { return }
            let patience = Int64(daemon?.pipeline.patience() ?? 30_000)
            clock.advance(milliseconds: max(1, patience < 0 ? 30_000 : patience) << Int64(max(0, round - 150) / 20))
        }
        throw Violation("it never comes to rest: \(try whatIsLeft() ?? "nothing is left")")
    }

    /// Something that is still to be done, or nil.
    private func whatIsLeft() throws -> String? {
        guard let daemon else { return "the daemon is down" }
        if daemon.pipeline.callsInFlight > 0 { return "calls are out" }
        if !daemon.waiting.isEmpty { return "\(daemon.waiting[0].follower) \(daemon.waiting[0].subject) is not delivered" }
        for order in try daemon.ledger.queries.orders(activeOnly: true, limit: 10_000) where order.stage != .hold && order.stage != .failed
        {
            return "\(order.id) is in \(order.stage)"
        }
        for partner in Self.partners {
            for drop in SpoolTree.dropDirectories {
                let dropped = disk.find("spool/" + SpoolTree.dropDirectory(drop, of: partner))?.entries.keys ?? [:].keys
                if let name = dropped.sorted().first(where: { judgeName($0) == .candidate }) {
                    return "\(name) lies in \(drop) of \(partner)"
                }
                let claimed = disk.find("spool/" + SpoolTree.claimedDirectory(drop, of: partner))?.entries.keys ?? [:].keys
                if let name = claimed.sorted().first { return "\(name) lies in claimed/ of \(partner)" }
            }
            let status = disk.find("spool/" + SpoolTree.readDirectory("status", of: partner))?.entries ?? [:]
            if status.keys.contains(where: { $0.text == UploadsFile.name }) { return "\(partner) is told of uploads, and none waits" }
            if let name = status.keys.sorted().first(where: \.isHidden) { return "\(name) lies in status/ of \(partner)" }
        }
        return nil
    }
}
