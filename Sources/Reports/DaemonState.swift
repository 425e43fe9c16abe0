import Ledger
public import Orders
public import Spool

/// The daemon's own state, for people and scripts: `state/status.json`.
public struct DaemonState: Sendable {
    /// The version of the format; members are only added while it stays.
    public static let version = 1

    /// `running`, `draining` or `stopped`.
    public var state: String
    /// The daemon's process id.
    public var process: Int32
    /// When it started.
    public var started: Timestamp
    /// When this was written.
    public var updated: Timestamp
    /// orderd's version.
    public var software: String
    /// Numbers that only the pipeline knows.
    public var gauges: [Gauge]

    /// A state of these parts.
    public init(
        state: String, process: Int32, started: Timestamp, updated: Timestamp, software: String,
        gauges: [Gauge]
    ) {
        self.state = state
        self.process = process
        self.started = started
        self.updated = updated
        self.software = software
        self.gauges = gauges
    }

    func bytes(_ queries: Queries, published: Int64) throws(LedgerError) -> [UInt8] {
        var writer = JSONWriter(reserving: 1024)
        writer.beginObject()
        writer.member("version", Self.version)
        writer.member("software", software)
        writer.member("state", state)
        writer.member("pid", Int(process))
        writer.member("startedAt", started)
        writer.member("updatedAt", updated)
        writer.member("lastEvent", try queries.head().seq)
        writer.member("publishedEvent", published)
        var stages: [String: Int64] = [:]
        for count in try queries.stageCounts() { stages[count.stage.name, default: 0] += count.orders }
        writer.key("orders")
        writer.beginObject()
        for (stage, count) in stages.sorted(by: { $0.key < $1.key }) {
            writer.key(stage)
            writer.value(count)
        }
        writer.endObject()
        writer.key("paused")
        writer.beginArray()
        for pause in try queries.pauses() {
            writer.beginObject()
            writer.member("what", pause.pause.what)
            writer.member("since", pause.since)
            writer.member("by", pause.pause.by)
            writer.member("reason", pause.pause.reason)
            writer.endObject()
        }
        writer.endArray()
        for gauge in gauges where gauge.partner == nil {
            writer.key(gauge.name)
            writer.value(gauge.value)
        }
        let partners = Set(gauges.compactMap(\.partner)).sorted()
        writer.key("partners")
        writer.beginObject()
        for partner in partners {
            writer.key(partner)
            writer.beginObject()
            for gauge in gauges where gauge.partner == partner {
                writer.key(gauge.name)
                writer.value(gauge.value)
            }
            writer.endObject()
        }
        writer.endObject()
        writer.endObject()
        return writer.bytes + [10]
    }
}
