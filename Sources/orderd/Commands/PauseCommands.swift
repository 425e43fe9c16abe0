import ArgumentParser
import Ledger
import Stages

/// What is to pause, or to go on.
struct PauseTargets: ParsableArguments {
    @Flag(help: "Files that partners drop: they wait in their directories.") var intake = false
    @Option(
        parsing: .singleValue,
        help: ArgumentHelp("One step, such as charge: its orders wait before it; may be repeated.", valueName: "step"))
    var step: [String] = []

    var names: [String] { (intake ? ["intake"] : []) + step }
}

/// `orderd pause`
struct PauseCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pause",
        abstract: "Stop intake or a step.",
        discussion: """
            Nothing is lost and nothing is refused: files wait in their drop directories, orders before the step. Without an option, intake \
            pauses. A pause outlives the daemon; orderd resume ends it.

              orderd pause --intake --reason "stocktaking"
              orderd pause --step charge --reason "gateway maintenance until 14:00"
            """)

    @OptionGroup var targets: PauseTargets
    @Option(help: "Why; it goes into the journal and is shown by orderd why.") var reason = ""
    @OptionGroup var output: JSONOption
    @OptionGroup var options: SpoolOptions

    func run() throws {
        let names = targets.names.isEmpty ? ["intake"] : targets.names
        try options.context().performAll(names.map { ($0, .pause($0)) }, reason: reason, json: output.json)
    }
}

/// `orderd resume`
struct ResumeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume",
        abstract: "Let intake or a step go on.",
        discussion: """
            Without an option, everything that is paused goes on.

              orderd resume --step charge
              orderd resume
            """)

    @OptionGroup var targets: PauseTargets
    @Option(help: "Why; it goes into the journal.") var reason = ""
    @OptionGroup var output: JSONOption
    @OptionGroup var options: SpoolOptions

    func run() throws {
        let context = try options.context()
        var names = targets.names
        if names.isEmpty {
            names = try context.reader().queries.pauses().map(\.pause.what)
            if names.isEmpty, !output.json { say("nothing is paused") }
        }
        try context.performAll(names.map { ($0, .resume($0)) }, reason: reason, json: output.json)
    }
}

extension CommandContext {
    /// Does several commands and prints what came of each.
    func performAll(_ commands: [(subject: String, command: Command)], reason: String, json: Bool) throws {
        let results = try execute(commands.map(\.command), reason: reason)
        for (item, result) in zip(commands, results) { show(result, subject: item.subject, json: json) }
        if results.contains(where: { !$0.isDone }) { throw CommandFailure.partly }
    }
}
