import Orders

/// The wall clock.
extension DoctorCheck {
    static let clock: [DoctorCheck] = [
        DoctorCheck("clock.synchronised", .installation, "the kernel's clock is kept in step with a time source") { examination in
            guard examination.machine.isClockSynchronised() == false else { return [] }
            return [
                DoctorFinding(
                    weight: examination.isContainer ? .note : .drift, subject: "the clock", found: "not synchronised",
                    expected: "synchronised",
                    why: "times in receipts drift from the partner's; retries after a restart and days of done/ go by the wall clock",
                    mend: examination.isContainer ? [] : [["timedatectl", "set-ntp", "true"]],
                    advice: examination.isContainer
                        ? "only the container's host can mend it" : "needs systemd-timesyncd or chrony: apt-get install systemd-timesyncd",
                    isSafe: false)
            ]
        },
        DoctorCheck("clock.behind", .anySpool, "the wall clock, with the last event of the journal") { examination in
            guard let last = examination.facts?.lastEvent, last.milliseconds > examination.machine.now + 2000 else { return [] }
            let now = Timestamp(milliseconds: examination.machine.now)
            return [
                DoctorFinding(
                    subject: "the clock", found: now.rfc3339, expected: "later than the last event, \(last.rfc3339)",
                    why: "until it catches up all events get the time of the last one, and deferred orders wait longer",
                    mend: [["timedatectl", "set-ntp", "true"]], advice: "or set it by hand: date -s", isSafe: false)
            ]
        },
    ]
}
