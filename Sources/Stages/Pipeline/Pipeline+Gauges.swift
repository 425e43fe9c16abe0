public import Spool

extension Pipeline {
    /// Numbers for metrics that are not in the ledger.
    public var gauges: [Gauge] {
        let boot = clock.bootNanoseconds()
        var gauges = [
            Gauge("orderd_inbox_candidates", "Dropped files found and not taken yet.", Int64(intake.held)),
            Gauge(
                "orderd_inbox_waiting_for_resume", "Uploads that ended too soon and wait for their resume.",
                Int64(intake.unfinished.count)),
            Gauge("orderd_calls_in_flight", "Calls to the payment gateway without an answer yet.", Int64(engine.inFlight.count)),
            Gauge("orderd_disk_low", "1 while intake is paused for lack of disk space.", isDiskLow ? 1 : 0),
            Gauge(
                "orderd_payment_breaker_open", "1 while calls to the payment gateway are held back.", engine.breaker.isTripped ? 1 : 0),
            Gauge(
                "orderd_polled_directories", "Drop directories without events, which are looked through instead.",
                Int64(intake.directories.values.count { $0.isPolled })),
        ]
        for partner in intake.turns.sorted() where policy.rateLimit(for: partner) != nil {
            gauges.append(
                Gauge(
                    "orderd_rate_limited", "1 while files of a partner wait for its intake.rateLimit.", partner: partner,
                    intake.limitedUntil(partner, now: boot) == nil ? 0 : 1))
            gauges.append(
                Gauge(
                    "orderd_rate_limit_waiting", "Files of a partner with a limit that were found and not taken yet.", partner: partner,
                    Int64(intake.held(partner))))
        }
        return gauges
    }

    /// Tells of the gauges where they have changed, which happens without a commit too.
    func tellGauges() {
        let current = gauges
        guard current != lastGauges else { return }
        lastGauges = current
        gaugesChanged(current)
    }
}
