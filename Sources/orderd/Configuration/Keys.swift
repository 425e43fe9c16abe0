/// The table of keys. Reading, checking, `--help`, `docs/configuration.md` and `etc/orderd.yaml` all come from it.
///
/// To add a key: declare it in its section's enum, and list it in `all`. A test counts the declarations, runs every default through its own
/// rule, and compares the two generated pages.
enum Keys {
    /// Every key, in the order of the pages.
    static let all: [AnyConfigurationKey] = [
        AnyConfigurationKey(Spool.directory),
        AnyConfigurationKey(Intake.settle),
        AnyConfigurationKey(Intake.resumeDeadline),
        AnyConfigurationKey(Intake.rescan),
        AnyConfigurationKey(Intake.window),
        AnyConfigurationKey(Intake.sliceOrders),
        AnyConfigurationKey(Intake.maxFileSize),
        AnyConfigurationKey(Intake.maxOrderSize),
        AnyConfigurationKey(Intake.diskReserve),
        AnyConfigurationKey(Intake.rateLimit),
        AnyConfigurationKey(Intake.rateBurst),
        AnyConfigurationKey(Intake.requireReference),
        AnyConfigurationKey(Intake.possibleDuplicate),
        AnyConfigurationKey(Intake.possibleDuplicateWindow),
        AnyConfigurationKey(Order.currency),
        AnyConfigurationKey(Order.maxLines),
        AnyConfigurationKey(Order.totalTolerance),
        AnyConfigurationKey(Order.totalMismatch),
        AnyConfigurationKey(Validate.maxQuantity),
        AnyConfigurationKey(Validate.maxAmount),
        AnyConfigurationKey(Validate.overLimit),
        AnyConfigurationKey(Validate.zeroPrice),
        AnyConfigurationKey(Validate.unknownProduct),
        AnyConfigurationKey(Validate.blockedCustomers),
        AnyConfigurationKey(Stock.unknown),
        AnyConfigurationKey(Stock.short),
        AnyConfigurationKey(Payment.gateway),
        AnyConfigurationKey(Payment.socket),
        AnyConfigurationKey(Payment.timeout),
        AnyConfigurationKey(Payment.concurrency),
        AnyConfigurationKey(Payment.keyLife),
        AnyConfigurationKey(Payment.simulatedDelay),
        AnyConfigurationKey(Fulfil.warehouse),
        AnyConfigurationKey(Retry.limit),
        AnyConfigurationKey(Retry.base),
        AnyConfigurationKey(Retry.cap),
        AnyConfigurationKey(Retry.breakerThreshold),
        AnyConfigurationKey(Retry.breakerPause),
        AnyConfigurationKey(Publish.metricsInterval),
        AnyConfigurationKey(Publish.metricsPartners),
        AnyConfigurationKey(Report.interval),
        AnyConfigurationKey(Report.templates),
        AnyConfigurationKey(Report.monthlyCost),
        AnyConfigurationKey(Report.partnerPage),
        AnyConfigurationKey(Alerts.command),
        AnyConfigurationKey(Alerts.commandTimeout),
        AnyConfigurationKey(Alerts.interval),
        AnyConfigurationKey(Alerts.delay),
        AnyConfigurationKey(Alerts.keep),
        AnyConfigurationKey(Alerts.window),
        AnyConfigurationKey(Alerts.waiting),
        AnyConfigurationKey(Alerts.inbox),
        AnyConfigurationKey(Alerts.person),
        AnyConfigurationKey(Alerts.errors),
        AnyConfigurationKey(Alerts.refused),
        AnyConfigurationKey(Alerts.receipt),
        AnyConfigurationKey(Alerts.target),
        AnyConfigurationKey(Alerts.disk),
        AnyConfigurationKey(Alerts.intake),
        AnyConfigurationKey(Alerts.silence),
        AnyConfigurationKey(Export.interval),
        AnyConfigurationKey(Log.format),
        AnyConfigurationKey(Log.level),
        AnyConfigurationKey(Partners.accountPrefix),
    ]

    /// The keys by path.
    static let byPath: [String: AnyConfigurationKey] = Dictionary(all.map { ($0.path, $0) }) { first, _ in first }

    /// The sections in order, each with a line that says what it is about.
    static let sections: [(name: String, about: String)] = [
        ("spool", "Where the tree lies."),
        ("intake", "How dropped files are found, judged finished and taken."),
        ("order", "How orders are read."),
        ("validate", "The first step: what an order must be to go on."),
        ("stock", "The second step: reserving stock."),
        ("payment", "The third step: charging."),
        ("fulfil", "The fourth step: handing to fulfilment."),
        ("retry", "What happens where the outside fails for a while."),
        ("publish", "Receipts, status files and metrics."),
        ("report", "The report for people, reports/index.html."),
        ("alerts", "What a person is told of, without a monitoring system."),
        ("export", "Files for analytics."),
        ("log", "What the daemon says of itself."),
        (partners, "What all partners have in common, and what one partner has of its own."),
    ]

    /// The key under which a map of partner names stands.
    static let partners = "partners"

    /// Rules that hold between keys. Each gives the key to blame and what is wrong, or nil.
    static let agreements: [@Sendable (Configuration) -> (path: String, message: String)?] = [
        { configuration in
            guard configuration[Payment.gateway] == .socket, configuration[Payment.socket].isEmpty else { return nil }
            return (Payment.socket.path, "is empty, but payment.gateway is socket: set the path of the gateway's socket")
        },
        { configuration in
            let (base, cap) = (configuration[Retry.base], configuration[Retry.cap])
            guard base > cap else { return nil }
            return (
                Retry.base.path,
                "\(base.configurationText) is more than retry.cap, \(cap.configurationText): a pause cannot begin above its own limit"
            )
        },
        { configuration in
            let (order, file) = (configuration[Intake.maxOrderSize], configuration[Intake.maxFileSize])
            guard order > file else { return nil }
            return (
                Intake.maxOrderSize.path,
                "\(byteText(order)) is more than intake.maxFileSize, \(byteText(file)): no order can be larger than its file"
            )
        },
        { configuration in
            let (timeout, life) = (configuration[Payment.timeout], configuration[Payment.keyLife])
            guard timeout > life else { return nil }
            return (
                Payment.timeout.path,
                "\(timeout.configurationText) is more than payment.keyLife, \(life.configurationText): an answer would come after its key has died"
            )
        },
    ]
}
