import Orders

/// The rules as they are configured: what is bad, how long it must last, what is run.
struct AlertRules: Equatable, Sendable {
    var timing: AlertTiming
    /// Between two looks, in milliseconds.
    var interval: Int64
    /// Empty where none is to be run.
    var command: String
    /// How long the command may take, in milliseconds.
    var commandTimeout: Int64

    // Limits: 0 switches a rule off. Times in milliseconds.
    var waiting: Int64
    var inbox: Int64
    var person: Int64
    /// In percent.
    var errors: Int64
    /// In percent.
    var refused: Int64
    var receipt: Int64
    var target: Int64
    /// In bytes.
    var disk: Int64
    var intake: Bool
    var silence: Int64
    /// Over which time shares are counted.
    var window: Int64
    /// Below this much free space intake pauses, in bytes.
    var diskReserve: Int64

    init(_ configuration: Configuration) {
        func milliseconds(_ key: ConfigurationKey<Duration>) -> Int64 { configuration[key].inMilliseconds }
        timing = AlertTiming(delay: milliseconds(Keys.Alerts.delay), keep: milliseconds(Keys.Alerts.keep))
        interval = milliseconds(Keys.Alerts.interval)
        command = configuration[Keys.Alerts.command]
        commandTimeout = milliseconds(Keys.Alerts.commandTimeout)
        waiting = milliseconds(Keys.Alerts.waiting)
        inbox = milliseconds(Keys.Alerts.inbox)
        person = milliseconds(Keys.Alerts.person)
        errors = Int64(configuration[Keys.Alerts.errors])
        refused = Int64(configuration[Keys.Alerts.refused])
        receipt = milliseconds(Keys.Alerts.receipt)
        target = milliseconds(Keys.Alerts.target)
        disk = configuration[Keys.Alerts.disk]
        intake = configuration[Keys.Alerts.intake]
        silence = milliseconds(Keys.Alerts.silence)
        window = milliseconds(Keys.Alerts.window)
        diskReserve = configuration[Keys.Intake.diskReserve]
    }

    /// Whether any rule is on.
    var isOn: Bool {
        [waiting, inbox, person, errors, refused, receipt, target, disk, silence].contains { $0 > 0 } || intake
    }
}
