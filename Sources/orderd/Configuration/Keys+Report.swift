extension Keys {
    /// The report for people.
    enum Report {
        static let interval = ConfigurationKey(
            "report.interval", .duration(.zero ... .seconds(86_400)), default: .seconds(60), reloads: false,
            """
            The shortest time between two versions of reports/index.html and the pages beside it. They are written only when something has \
            changed. 0s means that the daemon writes none; orderd report does at any time.
            """)

        static let templates = ConfigurationKey(
            "report.templates", .path(optional: true), default: "/etc/orderd/templates", reloads: false,
            """
            A directory with templates of your own for the report, such as index.mustache or style.mustache. What is not there is made with \
            the ones that come with orderd; etc/templates has these to copy from.
            """)

        static let monthlyCost = ConfigurationKey(
            "report.monthlyCost", .amountOrZero, default: DecimalAmount(tenThousandths: 0), reloads: false,
            """
            What the machine costs a month, with all that belongs to it. The report divides it by the orders of the last 30 days. 0.00 means \
            that it is not known, and no cost is shown.
            """)

        static let partnerPage = ConfigurationKey(
            "report.partnerPage", .flag, default: false, reloads: false, perPartner: true,
            """
            Whether a partner finds a page with its own figures, and nobody else's, as status/report.html in its tree.
            """)
    }
}
