import Orders
import Spool

/// `state/alerts.json`: how it stands with every alert. It lies in `state/`, with the rest that a start reads back, and not in `reports/`,
/// which holds only what can be made anew.
enum AlertFile {
    /// The version of the format; members are only added while it stays.
    static let version = 1
    static let name = "alerts.json"

    static func bytes(_ board: AlertBoard, updated: Timestamp) -> [UInt8] {
        var writer = JSONWriter(reserving: 1024)
        writer.beginObject()
        writer.member("version", version)
        writer.member("updatedAt", updated)
        writer.key("alerts")
        writer.beginArray()
        for alert in board.all { write(alert, &writer) }
        writer.endArray()
        writer.endObject()
        return writer.bytes + [10]
    }

    /// One alert as an object, in the file and in what `orderd alerts --json` prints.
    static func write(_ alert: Alert, _ writer: inout JSONWriter) {
        writer.beginObject()
        members(alert, &writer)
        writer.endObject()
    }

    static func members(_ alert: Alert, _ writer: inout JSONWriter) {
        writer.member("alert", alert.rule.rawValue)
        writer.member("state", alert.state.rawValue)
        writer.member("since", alert.since)
        if let time = alert.firedAt { writer.member("firedAt", time) }
        if let time = alert.resolvedAt { writer.member("resolvedAt", time) }
        writer.member("message", alert.message)
        writer.member("lasted", alert.lasted)
        writer.member("clear", alert.isClear)
        writer.key("notices")
        writer.beginArray()
        for notice in alert.notices {
            writer.beginObject()
            writer.member("about", notice.about.rawValue)
            writer.member("at", notice.at)
            writer.member("message", notice.message)
            writer.member("progress", notice.progress.rawValue)
            writer.endObject()
        }
        writer.endArray()
    }

    /// The alerts that such a file names; what is unknown in it, as from a newer version, is left out.
    ///
    /// - Returns: nil where it is no such file.
    static func board(_ bytes: [UInt8]) -> AlertBoard? {
        guard let tree = try? JSONValue.parse(bytes), tree["version"]?.integer == Int64(version), let items = tree["alerts"]?.items else {
            return nil
        }
        return AlertBoard(items.compactMap(alert))
    }

    private static func alert(_ item: JSONValue) -> Alert? {
        guard let rule = item["alert"]?.text.flatMap(AlertRule.init), let state = item["state"]?.text.flatMap(Alert.State.init),
            let since = time(item["since"])
        else { return nil }
        var alert = Alert(rule: rule, state: state, since: since, message: item["message"]?.text ?? "")
        alert.firedAt = time(item["firedAt"])
        alert.resolvedAt = time(item["resolvedAt"])
        alert.lasted = max(0, item["lasted"]?.integer ?? 0)
        alert.isClear = item["clear"]?.boolean ?? false
        alert.notices = (item["notices"]?.items ?? []).compactMap { item in
            guard let about = item["about"]?.text.flatMap(Alert.State.init), let at = time(item["at"]),
                let progress = item["progress"]?.text.flatMap(Alert.Notice.Progress.init)
            else { return nil }
            return Alert.Notice(about: about, at: at, message: item["message"]?.text ?? "", progress: progress)
        }
        return alert
    }

    private static func time(_ value: JSONValue?) -> Timestamp? { value?.text.flatMap { Timestamp(rfc3339: $0) } }

    // MARK: On disk

    /// What a spool's file says; an empty board where there is none, nil where it cannot be understood.
    static func read(_ tree: SpoolTree) throws(FileError) -> AlertBoard? {
        guard let name = FileName(name) else { return nil }
        let bytes = try tree.withDirectory(SpoolTree.state) { directory throws(FileError) in
            try tree.files.readAll(in: directory, name, limit: 1 << 20)
        }
        guard let bytes else { return AlertBoard() }
        return board(bytes)
    }

    /// Writes it.
    ///
    /// - Parameter isSynced: wait until it is on disk, as before a command is started. What has only gone on need not be.
    static func write(_ board: AlertBoard, updated: Timestamp, to tree: SpoolTree, isSynced: Bool) throws(FileError) {
        guard let name = FileName(name) else { return }
        let bytes = bytes(board, updated: updated)
        // Not the publisher of state/status.json, which writes beside this one at the same time.
        let publisher = Publisher(owner: "orderd-alerts", files: tree.files)
        try tree.withDirectory(SpoolTree.state) { directory throws(FileError) in
            try publisher.publish(bytes, in: directory, as: name)
            if isSynced { try tree.files.syncFileSystem(directory) }
        }
    }
}
