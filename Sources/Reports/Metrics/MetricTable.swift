/// What `metrics/orderd.prom` holds: the contract of docs/metrics.md, which is written from it.
public struct MetricDefinition: Sendable {
    /// Prometheus' types.
    public enum Kind: String, Sendable {
        /// Goes up and down.
        case gauge
        /// Only goes up; begins anew with a restart where it is no figure of the ledger's.
        case counter
        /// Counts by size.
        case histogram
    }

    /// Its name.
    public let name: String
    /// Its type.
    public let kind: Kind
    /// The names of its labels.
    public let labels: [String]
    /// What its number is in.
    public let unit: String
    /// What it says, in a sentence.
    public let help: String

    private init(_ name: String, _ kind: Kind, _ labels: [String] = [], unit: String, _ help: String) {
        self.name = name
        self.kind = kind
        self.labels = labels
        self.unit = unit
        self.help = help
    }

    /// The definition of a name.
    static func named(_ name: String) -> MetricDefinition? { byName[name] }

    private static let byName = Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0) })

    /// Every metric, in the order of the page.
    public static let all: [MetricDefinition] = [
        // Orders and files.
        .init("orderd_orders", .gauge, ["stage", "partner"], unit: "orders", "Orders by stage and partner."),
        .init(
            "orderd_oldest_order_timestamp_seconds", .gauge, ["stage"], unit: "Unix time",
            "When the order that has been longest at a stage last changed."),
        .init("orderd_drops_total", .counter, ["partner", "verdict"], unit: "files", "Dropped files by partner and verdict."),
        .init(
            "orderd_entries_total", .counter, ["partner", "verdict"], unit: "orders",
            "Orders read from dropped files, by partner and verdict."),
        .init("orderd_received_bytes_total", .counter, ["partner"], unit: "bytes", "Bytes of dropped files by partner, since the start."),
        .init(
            "orderd_received_files_total", .counter, ["completeness"], unit: "files",
            "Dropped files by how they were known to be complete, since the start."),
        .init("orderd_moves_total", .counter, ["step", "kind"], unit: "moves", "Moves of orders by step and kind, since the start."),
        // Times.
        .init(
            "orderd_receipt_seconds", .histogram, unit: "seconds", "From a dropped file being taken to its receipt being on disk."),
        .init(
            "orderd_drop_to_receipt_seconds", .histogram, unit: "seconds",
            "From an upload being whole to its receipt being on disk, whatever was in the way: what the target of 3 s is about."),
        .init("orderd_completion_seconds", .histogram, unit: "seconds", "From an order being accepted to its completion."),
        .init("orderd_step_seconds", .histogram, ["step"], unit: "seconds", "How long a step took for a batch of orders."),
        .init("orderd_commit_seconds", .histogram, unit: "seconds", "How long a commit took, ledger and journal."),
        .init("orderd_commit_events", .histogram, unit: "events", "How many events a commit had."),
        .init("orderd_publish_seconds", .histogram, unit: "seconds", "How long it took to publish a batch of receipts and status files."),
        // Followers and ledger.
        .init("orderd_event_seq", .gauge, unit: "event number", "The number of the last event."),
        .init("orderd_published_seq", .gauge, unit: "event number", "The last event that receipts and status files show."),
        .init("orderd_deliveries_waiting", .gauge, unit: "files", "Files that could not be published and are tried again."),
        .init(
            "orderd_publish_failures_total", .counter, ["follower"], unit: "attempts", "Attempts to publish that failed, since the start."),
        .init("orderd_ledger_bytes", .gauge, unit: "bytes", "Size of the ledger's database."),
        .init("orderd_ledger_log_bytes", .gauge, unit: "bytes", "Size of the ledger's write-ahead log."),
        // Intake.
        .init("orderd_inbox_candidates", .gauge, unit: "files", "Dropped files found and not taken yet."),
        .init(
            "orderd_inbox_waiting_for_resume", .gauge, unit: "files", "Uploads that ended too soon and wait for their resume."),
        .init(
            "orderd_polled_directories", .gauge, unit: "directories", "Drop directories without events, which are looked through instead."),
        .init("orderd_watch_overflows_total", .counter, unit: "times", "Times that the kernel lost events, since the start."),
        .init("orderd_rescans_total", .counter, unit: "times", "Times that everything was looked through, since the start."),
        .init(
            "orderd_rate_limited", .gauge, ["partner"], unit: "0 or 1", "1 while files of a partner wait for its intake.rateLimit."),
        .init(
            "orderd_rate_limit_waiting", .gauge, ["partner"], unit: "files",
            "Files of a partner with a limit that were found and not taken yet."),
        .init("orderd_paused", .gauge, ["what"], unit: "1", "1 for what is paused by hand: intake or a step."),
        // The outside.
        .init("orderd_calls_in_flight", .gauge, unit: "calls", "Calls to the payment gateway without an answer yet."),
        .init(
            "orderd_payment_answers_total", .counter, ["effect", "answer"], unit: "answers",
            "Answers of the payment gateway, since the start."),
        .init("orderd_payment_answer_seconds", .histogram, unit: "seconds", "How long the payment gateway took to answer."),
        .init("orderd_payment_breaker_open", .gauge, unit: "0 or 1", "1 while calls to the payment gateway are held back."),
        // The machine.
        .init("orderd_disk_low", .gauge, unit: "0 or 1", "1 while intake is paused for lack of disk space."),
        .init("orderd_disk_free_bytes", .gauge, unit: "bytes", "Free space of the spool's file system."),
        .init("orderd_disk_free_inodes", .gauge, unit: "inodes", "Free inodes of the spool's file system."),
        .init("orderd_written_timestamp_seconds", .gauge, unit: "Unix time", "When this file was written."),
    ]
}
