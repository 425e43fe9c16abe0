import ArgumentParser
import Orders

/// `orderd alerts`
struct AlertsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "alerts",
        abstract: "Show what a person is told of: alerts that fire, are about to, or are over.",
        discussion: """
            The daemon looks after the rules of the section alerts in the configuration. An alert fires when its condition has held for \
            alerts.for, and is resolved when it has not held for alerts.keep; alerts.command is run once for each of the two. Exit code 1 where \
            one fires.

              orderd alerts
              orderd alerts --json
            """)

    @OptionGroup var output: JSONOption
    @OptionGroup var options: SpoolOptions

    func run() throws {
        let context = try options.context()
        guard let board = try AlertFile.read(try context.tree()) else {
            throw CommandFailure.couldNotRun("state/\(AlertFile.name) cannot be understood: a newer orderd wrote it, or something else did")
        }
        let now = Timestamp.now
        if output.json {
            for alert in board.all {
                say { writer in
                    writer.member("version", AlertFile.version)
                    AlertFile.members(alert, &writer)
                }
            }
        } else {
            show(board, now)
            if context.isDaemonRunning() == false { say("no daemon runs on this spool: orderd run --spool \(context.root)") }
        }
        if board.all.contains(where: { $0.state == .firing }) { throw CommandFailure.partly }
    }

    private func show(_ board: AlertBoard, _ now: Timestamp) {
        guard !board.all.isEmpty else {
            say("no alert fires, and none has")
            return
        }
        let terminal = Terminal.output
        let rows = board.all.map { alert in
            let time = alert.state == .resolved ? alert.resolvedAt ?? alert.since : alert.since
            return [alert.rule.rawValue, alert.state.rawValue, "\(time.rfc3339)", "\(printable(alert.message))"]
        }
        let lines = table([["ALERT", "STATE", "SINCE", "BECAUSE"]] + rows, cut: [3], width: terminal.width)
        let paints = [Terminal.Paint.bold] + board.all.map { $0.state == .firing ? .red : $0.state == .pending ? .yellow : .dim }
        for (line, paint) in zip(lines, paints) { say(terminal.paint(line, paint)) }
    }
}
