extension Keys {
    /// What orderd tells a person of by itself, without a monitoring system.
    enum Alerts {
        static let command = ConfigurationKey(
            "alerts.command", .path(optional: true), default: "", reloads: true,
            """
            A program that is run once when an alert fires and once when it is resolved, without a shell and without arguments. It is told by \
            environment variables (ORDERD_ALERT, ORDERD_ALERT_STATE, ORDERD_ALERT_SINCE, ORDERD_ALERT_AT, ORDERD_ALERT_MESSAGE, ORDERD_SPOOL) \
            and by a JSON object on standard input. Without one alerts stand in the log and in state/alerts.json only.
            """)

        static let commandTimeout = ConfigurationKey(
            "alerts.commandTimeout", .duration(.milliseconds(100) ... .seconds(600)), default: .seconds(30), reloads: true,
            """
            How long alerts.command may take; then it is ended, with all that it has started. Nothing but other alerts waits for it.
            """)

        static let interval = ConfigurationKey(
            "alerts.interval", .duration(.milliseconds(100) ... .seconds(3600)), default: .seconds(30), reloads: true,
            """
            How often the rules are looked at.
            """)

        static let delay = ConfigurationKey(
            "alerts.for", .duration(.zero ... .seconds(7 * 86_400)), default: .seconds(300), reloads: true,
            """
            How long what is wrong must last before an alert fires. What comes and goes within that time tells nobody.
            """)

        static let keep = ConfigurationKey(
            "alerts.keep", .duration(.zero ... .seconds(7 * 86_400)), default: .seconds(300), reloads: true,
            """
            How long it must be over before the alert is resolved.
            """)

        static let window = ConfigurationKey(
            "alerts.window", .duration(.seconds(1) ... .seconds(86_400)), default: .seconds(3600), reloads: true,
            """
            The time over which alerts.errors, alerts.refused, alerts.receipt and alerts.target count their shares. With fewer than ten orders \
            or files in it they say nothing.
            """)

        static let waiting = ConfigurationKey(
            "alerts.waiting", .duration(.zero ... .seconds(30 * 86_400)), default: .seconds(900), reloads: true,
            """
            An alert where an order is under way or deferred for longer than this since it was accepted. With 0s there is none.
            """)

        static let inbox = ConfigurationKey(
            "alerts.inbox", .duration(.zero ... .seconds(30 * 86_400)), default: .seconds(900), reloads: true,
            """
            An alert where a file lies in a drop directory for longer than this, under a name that is taken: what is more than a partner's \
            intake.rateLimit, an upload that waits for its resume, or one that nobody takes. Keep it above intake.resumeDeadline. With 0s there \
            is none.
            """)

        static let person = ConfigurationKey(
            "alerts.person", .duration(.zero ... .seconds(30 * 86_400)), default: .seconds(86_400), reloads: true,
            """
            An alert where an order waits in hold/ or failed/ for longer than this. With 0s there is none.
            """)

        static let errors = ConfigurationKey(
            "alerts.errors", .integer(0...100, unit: "percent"), default: 1, reloads: true,
            """
            An alert where orders fail, as many as more than this share of those accepted within alerts.window. With 0 there is none.
            """)

        static let refused = ConfigurationKey(
            "alerts.refused", .integer(0...100, unit: "percent"), default: 0, reloads: true,
            """
            An alert where more than this share of the orders that partners dropped within alerts.window was refused at intake, as faulty or in \
            conflict. With 0 there is none. Set it somewhat above what your partners' files are like.
            """)

        static let receipt = ConfigurationKey(
            "alerts.receipt", .duration(.zero ... .seconds(86_400)), default: .seconds(3), reloads: true,
            """
            An alert where more than one of a hundred dropped files that had their verdict within alerts.window had it later than this after \
            their upload was whole, whatever was in the way: a pause, a rate limit, a daemon that was down. With 0s there is none.
            """)

        static let target = ConfigurationKey(
            "alerts.target", .duration(.zero ... .seconds(86_400)), default: .seconds(30), reloads: true,
            """
            An alert where more than one of a hundred orders completed within alerts.window took longer than this from acceptance; those \
            that a person had held do not count. With 0s there is none.
            """)

        static let disk = ConfigurationKey(
            "alerts.disk", .size(0...(1 << 50)), default: 1 << 30, reloads: true,
            """
            An alert where less than this is free in the spool's file system. Keep it above intake.diskReserve, so that there is time to act \
            before intake pauses. With 0B there is none.
            """)

        static let intake = ConfigurationKey(
            "alerts.intake", .flag, default: true, reloads: true,
            """
            Whether paused intake is an alert, by hand or for lack of disk space.
            """)

        static let silence = ConfigurationKey(
            "alerts.silence", .duration(.zero ... .seconds(30 * 86_400)), default: .zero, reloads: true,
            """
            An alert where no order was accepted for this long. With 0s there is none. Set it to more than the longest quiet time of a usual \
            week.
            """)
    }
}
