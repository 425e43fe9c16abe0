import Ledger
import Orders
import Spool

/// What monitoring reads: `metrics/orderd.prom`, in the text format of Prometheus (version 0.0.4).
struct Metrics {
    /// Samples by metric, in the order of the table; others behind.
    private var lines: [String: [String]] = [:]
    private var order: [(name: String, kind: String, help: String)] = []

    /// Takes in samples. Those whose labels come out the same, as partners beyond the cap do, are added up.
    mutating func add(_ samples: [Sample], partners: inout PartnerCap) {
        var sums: [String: Int64] = [:]
        var keys: [(name: String, labels: String)] = []
        for sample in samples {
            let labels = Self.text(sample.labels.map { ($0.name, $0.name == "partner" ? partners.label($0.value) : $0.value) })
            switch sample.value {
            case .number(let value):
                if sums[sample.name + labels] == nil { keys.append((sample.name, labels)) }
                sums[sample.name + labels, default: 0] += value
            case .durations(let histogram): add(sample.name, labels, histogram, unit: 1_000_000_000)
            case .sizes(let histogram): add(sample.name, labels, histogram, unit: 1)
            }
        }
        for key in keys { lines[key.name, default: []].append("\(key.name)\(key.labels) \(sums[key.name + key.labels] ?? 0)") }
    }

    /// Takes in numbers whose metric says itself what it is.
    mutating func add(_ gauges: [Gauge], partners: inout PartnerCap) {
        add(gauges.map { Sample($0.name, $0.partner.map { [("partner", $0)] } ?? [], .number($0.value)) }, partners: &partners)
        var told: Set<String> = []
        for gauge in gauges where MetricDefinition.named(gauge.name) == nil && told.insert(gauge.name).inserted {
            order.append((gauge.name, "gauge", gauge.help))
        }
    }

    /// The file. Each metric of the table is there, without a line where there is nothing to say.
    var bytes: [UInt8] {
        var text = ""
        for (name, kind, help) in MetricDefinition.all.map({ ($0.name, $0.kind.rawValue, $0.help) }) + order {
            text += "# HELP \(name) \(help)\n# TYPE \(name) \(kind)\n"
            for line in lines[name] ?? [] { text += line + "\n" }
        }
        return Array(text.utf8)
    }

    private mutating func add(_ name: String, _ labels: String, _ histogram: Histogram, unit: Int64) {
        var count: Int64 = 0
        let inner = labels.isEmpty ? "" : labels.dropFirst().dropLast() + ","
        for (bound, number) in zip(histogram.bounds, histogram.counts) {
            count += number
            lines[name, default: []].append("\(name)_bucket{\(inner)le=\"\(Self.decimal(bound, unit))\"} \(count)")
        }
        lines[name, default: []].append("\(name)_bucket{\(inner)le=\"+Inf\"} \(histogram.count)")
        lines[name, default: []].append("\(name)_sum\(labels) \(Self.decimal(histogram.sum, unit))")
        lines[name, default: []].append("\(name)_count\(labels) \(histogram.count)")
    }

    /// A number of parts of a unit as decimal text, without zeros at its end.
    private static func decimal(_ value: Int64, _ unit: Int64) -> String {
        var text = decimalText(value, digits: unit == 1 ? 0 : 9)
        guard unit != 1 else { return text }
        while text.hasSuffix("0") { text.removeLast() }
        if text.hasSuffix(".") { text.removeLast() }
        return text
    }

    private static func text(_ labels: [(String, String)]) -> String {
        labels.isEmpty ? "" : "{" + labels.map { "\($0.0)=\"\(escape($0.1))\"" }.joined(separator: ",") + "}"
    }

    private static func escape(_ value: String) -> String {
        var escaped = ""
        for character in value {
            switch character {
            case "\\": escaped += "\\\\"
            case "\"": escaped += "\\\""
            case "\n": escaped += "\\n"
            default: escaped.append(character)
            }
        }
        return escaped
    }
}

/// Keeps the number of time series bounded: partners beyond a number share one label. Who has a label of its own keeps it until the next start.
struct PartnerCap {
    /// The label of all others. No partner can have this name.
    static let others = "_other"

    private let limit: Int
    private var known: Set<String> = []

    init(limit: Int) { self.limit = limit }

    mutating func label(_ partner: String) -> String {
        if known.contains(partner) { return partner }
        guard known.count < limit else { return Self.others }
        known.insert(partner)
        return partner
    }
}
