extension Keys {
    /// What happens where the outside fails for a while.
    enum Retry {
        static let limit = ConfigurationKey(
            "retry.limit", .integer(1...1000, unit: "attempts"), default: 8, reloads: true,
            """
            How often one step of one order is tried before the order goes to failed/. Attempts that an open circuit breaker prevented do \
            not count.
            """)

        static let base = ConfigurationKey(
            "retry.base", .duration(.milliseconds(10) ... .seconds(3600)), default: .seconds(5), reloads: true,
            """
            The longest pause after the first failure. Each further failure doubles it, up to retry.cap; the actual pause is drawn evenly \
            between nothing and that, so that orders which failed together do not come back together.
            """)

        static let cap = ConfigurationKey(
            "retry.cap", .duration(.milliseconds(10) ... .seconds(86_400)), default: .seconds(900), reloads: true,
            """
            The longest pause between two attempts, however many have failed.
            """)

        static let breakerThreshold = ConfigurationKey(
            "retry.breakerThreshold", .integer(1...1000, unit: "failures"), default: 5, reloads: true,
            """
            After this many failures in a row an outside service is taken to be down, and its orders are deferred without a call.
            """)

        static let breakerPause = ConfigurationKey(
            "retry.breakerPause", .duration(.milliseconds(10) ... .seconds(3600)), default: .seconds(30), reloads: true,
            """
            How long a service that is taken to be down is left alone before one order tries it again.
            """)
    }

    /// Receipts, status files and metrics.
    enum Publish {
        static let metricsInterval = ConfigurationKey(
            "publish.metricsInterval", .duration(.milliseconds(100) ... .seconds(60)), default: .seconds(5), reloads: false,
            """
            The shortest time between two versions of metrics/orderd.prom. It is written only when a value has changed.
            """)

        static let metricsPartners = ConfigurationKey(
            "publish.metricsPartners", .integer(0...10_000, unit: "partners"), default: 50, reloads: false,
            """
            How many partners have a label of their own in the metrics. What is beyond that is added up under "_other", so that the number of \
            time series stays bounded; each partner is some thirty.
            """)
    }

    /// Files for analytics.
    enum Export {
        static let interval = ConfigurationKey(
            "export.interval", .duration(.zero ... .seconds(86_400)), default: .seconds(900), reloads: false,
            """
            How often reports/exports is brought up to date with what happened since. With 0s only orderd export writes it. However short, the \
            exports take at most a twentieth of one processor's time.
            """)
    }

    /// What the daemon says of itself.
    enum Log {
        static let format = ConfigurationKey(
            "log.format", .choice, default: LogFormat.auto, reloads: false,
            """
            text is one line of key=value an event, json one object a line. auto is text, with journald priorities under systemd.
            """)

        static let level = ConfigurationKey(
            "log.level", .choice, default: LogLevel.info, reloads: true,
            """
            The least severe level that is logged.
            """)
    }

    /// What all partners have in common. What one has of its own stands under its name beside these.
    enum Partners {
        static let accountPrefix = ConfigurationKey(
            "partners.accountPrefix", .accountPrefix, default: "", reloads: false,
            """
            What the name of a partner's account on this machine begins with, before the partner's name. Set it before the first partner is \
            added, where partners may have names that accounts of this machine have: with "sftp-" the partner mail logs in as sftp-mail.
            """)
    }
}
