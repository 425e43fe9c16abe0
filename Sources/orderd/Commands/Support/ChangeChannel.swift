import Foundation
import Orders
import Spool
import Stages

/// The way by which a verb changes the spool: the daemon's socket where one runs, else the spool itself, under the lock.
///
/// Either way the same command comes to the same pipeline, and the journal holds the same event.
enum ChangeChannel {
    case daemon(ControlClient)
    case offline(SpoolSession)

    /// How long a lock without a socket is waited for: a daemon that starts, or another verb that is at work.
    static let patience: TimeInterval = 10

    /// Finds the daemon, or takes the spool.
    ///
    /// - Throws: `couldNotRun` where the spool is held by somebody who does not answer, naming that process.
    static func open(_ context: CommandContext, patience: TimeInterval = patience) throws -> ChangeChannel {
        let tree = try context.tree()
        let deadline = Date(timeIntervalSinceNow: patience)
        while true {
            if let client = try ControlClient.connect(tree) { return .daemon(client) }
            do throws(StartError) {
                return .offline(
                    try SpoolSession(root: context.root, configuration: context.configuration, log: context.log, watching: false))
            } catch {
                guard case .locked(let holder) = error else { throw error }
                guard Date() < deadline else {
                    throw CommandFailure.couldNotRun(
                        "the spool is held by another process (\(holder.isEmpty ? "it does not say which" : holder)) that does not answer on "
                            + "state/control; wait until it has started or ended, or stop it")
                }
            }
            Thread.sleep(forTimeInterval: 0.05)
        }
    }

    /// Does commands, in order.
    func execute(_ commands: [Command], reason: String) throws -> [CommandResult] {
        let requests = commands.map { CommandRequest($0, by: Asker.own, reason: reason) }
        switch self {
        case .daemon(let client): return try client.exchange(requests.map(ControlRequest.command)).map(\.result)
        case .offline(let session):
            var results: [CommandResult] = []
            for request in requests { results.append(try session.execute(request)) }
            return results
        }
    }

    /// Publishes what an offline change has to tell, and lets the spool go.
    func close() throws {
        if case .offline(let session) = self { try session.close() }
    }
}

extension CommandContext {
    /// Does commands by the daemon or without one, and gives their results in order.
    func execute(_ commands: [Command], reason: String = "") throws -> [CommandResult] {
        guard !commands.isEmpty else { return [] }
        let channel = try ChangeChannel.open(self)
        do {
            let results = try channel.execute(commands, reason: reason)
            try channel.close()
            return results
        } catch {
            try? channel.close()
            throw error
        }
    }

    /// Does one command and prints what came of it.
    ///
    /// - Throws: `partly` where it was refused.
    func perform(_ command: Command, reason: String = "", json: Bool, subject: String? = nil) throws {
        guard let result = try execute([command], reason: reason).first else { return }
        show(result, subject: subject, json: json)
        if !result.isDone { throw CommandFailure.partly }
    }
}

/// Prints what came of a command: what was done on standard output, what was refused on standard error.
func show(_ result: CommandResult, subject: String?, json: Bool) {
    if json {
        say { writer in
            writer.member("version", 1)
            writer.member("id", subject)
            writer.member("ok", result.isDone)
            writer.member("message", result.message)
            writer.member("status", result.status?.rawValue)
        }
    } else if result.isDone {
        say(printable(result.message))
    } else {
        complain(printable(result.message))
    }
}
