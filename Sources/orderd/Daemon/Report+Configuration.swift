import Foundation
import Orders
import Reports
import Spool
import Stages

extension ReportSettings {
    /// The report's view of the configuration, of the spool in a directory.
    init(_ configuration: Configuration, root: String) {
        let cost = configuration[Keys.Report.monthlyCost].tenThousandths
        self.init(
            steps: Steps.standard.map(\.name), software: orderdVersion,
            startCommand: root == "/var/spool/orderd" ? "systemctl start orderd" : "orderd run --spool \(root)",
            monthlyCost: cost > 0 ? cost : nil,
            placesPage: { configuration[Keys.Report.partnerPage, partner: $0] })
    }
}

extension ReportTemplates {
    /// The templates that come with orderd, those of the configured directory in their place.
    ///
    /// - Throws: where one is none, or cannot be read.
    init(_ configuration: Configuration) throws {
        let directory = configuration[Keys.Report.templates]
        var own: [String: String] = [:]
        let names = directory.isEmpty ? [] : (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
        for name in names where name.hasSuffix(".mustache") && !name.hasPrefix(".") {
            own[String(name.dropLast(".mustache".count))] = try String(contentsOfFile: "\(directory)/\(name)", encoding: .utf8)
        }
        try self.init(replacing: own)
    }
}

extension DaemonCondition {
    /// As a daemon knows itself.
    init(isRunning: Bool?, _ gauges: [Gauge], oldestFile: InboxLook.Found?, asOf: Timestamp?) {
        func value(_ name: String) -> Int64 { gauges.first { $0.name == name && $0.partner == nil }?.value ?? 0 }
        self.init(
            isRunning: isRunning, isDiskLow: value("orderd_disk_low") > 0, filesWaiting: value("orderd_inbox_candidates"),
            oldestFile: oldestFile.map { ($0.since, $0.directory) }, asOf: asOf)
    }

    /// As its last state file says, and as who asks can tell.
    init(isRunning: Bool?, stateOf tree: SpoolTree, oldestFile: InboxLook.Found?) {
        let bytes = FileName("status.json").flatMap { name in
            (try? tree.files.readAll(in: tree.directory(SpoolTree.state), name)) ?? nil
        }
        let state = bytes.flatMap { try? JSONValue.parse($0) }
        self.init(
            isRunning: isRunning, isDiskLow: isRunning != false && state?["orderd_disk_low"]?.integer == 1,
            // What no daemon takes is counted where it lies.
            filesWaiting: isRunning != false ? state?["orderd_inbox_candidates"]?.integer ?? 0 : oldestFile?.files ?? 0,
            oldestFile: oldestFile.map { ($0.since, $0.directory) }, asOf: state?["updatedAt"]?.text.flatMap { Timestamp.parse($0) })
    }
}
