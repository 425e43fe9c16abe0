import Ledger
import Logging
import Orders
public import Spool

/// From one daemon to the next: what comes while none runs waits no longer than it must.
extension Pipeline {
    /// Where a clean stop leaves the distance between the two clocks.
    private static let clockMark = "stop.clock"
    /// And the wall clock.
    private static let timeMark = "stop.time"
    /// By how many milliseconds the distance may change, while time servers draw the wall clock along, and still be called the same.
    private static let clockTolerance: Int64 = 100

    /// Watches the drop directories for the time between this daemon and the next, by a watch to be kept by somebody until then.
    ///
    /// Events before this call must still be taken from the watcher: the next turn does.
    ///
    /// - Throws: where such a watch cannot be had. Nothing is lost then: what comes meanwhile is found, and waits its settle time.
    public func handOver() throws(FileError) -> HandoverWatch {
        let watch = try HandoverWatch()
        for directory in intake.directories.values where !directory.isPolled {
            try watch.watch(try tree.directory(directory.path), tag: directory.tag)
        }
        return watch
    }

    /// Takes note of what was seen by a watch that an earlier daemon handed over. To be called after ``start(_:)``, before the first turn.
    public func takeOver(_ watch: HandoverWatch) {
        do throws(FileError) {
            for directory in intake.directories.values { try watch.watch(try tree.directory(directory.path), tag: directory.tag) }
        } catch {
            log.warning("what came while no daemon ran is found by looking", metadata: ["error": "\(error)"])
            return
        }
        watch.drain { note($0) }
    }

    /// Milliseconds between the wall clock and the boot clock. While it stays the same, nobody has set the wall clock.
    private var clockDistance: Int64 { clock.wallMilliseconds() - clock.bootNanoseconds() / 1_000_000 }

    func noteClocks() {
        ledger.setMark(Self.clockMark, to: "\(clockDistance)")
        ledger.setMark(Self.timeMark, to: "\(clock.wallMilliseconds())")
    }

    /// Learns how far the clocks were apart at the last stop, where that was clean, and forgets it in the ledger.
    func recallClocks(wasClean: Bool) throws(LedgerError) {
        distanceAtStop = wasClean ? try ledger.queries.mark(Self.clockMark).flatMap { Int64($0) } : nil
        let stoppedAt = wasClean ? try ledger.queries.mark(Self.timeMark).flatMap { Int64($0) } : nil
        for mark in [Self.clockMark, Self.timeMark] { ledger.setMark(mark, to: "") }
        guard let stoppedAt, changeTimeClock != nil else { return }
        // Change times are those of the kernel's last tick, some milliseconds behind the clock; a second is far more than that.
        unchangedBefore = (min(stoppedAt, ledger.committed.at.milliseconds) - 1000) * 1_000_000
    }

    /// The wall clock in nanoseconds, as far as a file's change time can be compared with it: nobody has set it since before the last clean
    /// stop, and the machine was not started anew. What a scan finds then counts its settle time from its last change. Else `nil`, and the
    /// settle time is counted on the boot clock alone, from when the file was found.
    var changeTimeClock: Int64? {
        guard let distanceAtStop, abs(clockDistance - distanceAtStop) <= Self.clockTolerance else { return nil }
        return clock.wallMilliseconds() * 1_000_000
    }
}
