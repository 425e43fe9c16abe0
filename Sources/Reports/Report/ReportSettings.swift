public import Orders

/// What a report needs to know beside the ledger.
public struct ReportSettings: Sendable {
    /// What a set-up is held to. The defaults are the project's own.
    public struct Targets: Sendable {
        /// From a whole upload to its receipt, 99 of 100, in milliseconds.
        public var receipt: Int64 = 3000
        /// From a whole upload to a completed order, 99 of 100, in milliseconds.
        public var completed: Int64 = 30_000
        /// Orders that failed, per ten thousand accepted ones.
        public var errors: Int64 = 100
        /// Files answered in time, per ten thousand.
        public var availability: Int64 = 9950
        /// Orders a minute.
        public var throughput: Int64 = 1000
        /// An order, in ten-thousandths of the currency that costs are told in.
        public var cost: Int64 = 1000

        /// The project's targets.
        public init() {}
    }

    /// The steps in their order, for the table of directories.
    public var steps: [String]
    /// orderd's version.
    public var software: String
    /// What the machine costs a month, in ten-thousandths; nil where nobody has said.
    public var monthlyCost: Int64?
    /// The command that starts the daemon.
    public var startCommand: String
    /// The targets.
    public var targets = Targets()
    /// Whether a partner's page is placed in its own tree too.
    public var placesPage: @Sendable (String) -> Bool

    /// Settings of these parts.
    public init(
        steps: [String], software: String, startCommand: String = "systemctl start orderd", monthlyCost: Int64? = nil,
        placesPage: @escaping @Sendable (String) -> Bool = { _ in false }
    ) {
        self.steps = steps
        self.software = software
        self.startCommand = startCommand
        self.monthlyCost = monthlyCost
        self.placesPage = placesPage
    }
}

/// How the daemon is, as far as whoever makes a report can tell.
public struct DaemonCondition: Sendable {
    /// Whether one runs; nil where that cannot be told.
    public var isRunning: Bool?
    /// Intake is stopped since the disk is nearly full.
    public var isDiskLow: Bool
    /// Files that were dropped and not taken yet.
    public var filesWaiting: Int64
    /// The dropped file that waits longest: since when, and in which directory below the spool's root.
    public var oldestFile: (since: Timestamp, directory: String)?
    /// When this was so.
    public var asOf: Timestamp?

    /// A daemon in this condition.
    public init(
        isRunning: Bool?, isDiskLow: Bool = false, filesWaiting: Int64 = 0, oldestFile: (since: Timestamp, directory: String)? = nil,
        asOf: Timestamp? = nil
    ) {
        self.isRunning = isRunning
        self.isDiskLow = isDiskLow
        self.filesWaiting = filesWaiting
        self.oldestFile = oldestFile
        self.asOf = asOf
    }
}
