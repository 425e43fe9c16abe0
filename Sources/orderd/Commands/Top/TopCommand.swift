import ArgumentParser
import Glibc
import Spool

/// `orderd top`
struct TopCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "top",
        abstract: "Watch a spool: flow, stages, partners, the slowest orders.",
        discussion: """
            Shows what was accepted, completed, deferred, held, failed and refused a minute, over 1, 5 and 15 minutes; how many orders are at \
            each stage, and how old the oldest is; partners, the busiest first; and the orders that have waited longest for orderd. Those that \
            wait for a person are under hold and failed: orderd list --status ON_HOLD. It only reads. q ends it, the space bar looks at once.

              orderd top
              orderd top --interval 500ms
              orderd top --once
            """)

    @Flag(help: "Print one screen and end, also where no terminal is.") var once = false
    @Option(help: ArgumentHelp("The time between two looks, such as 500ms or 10s.", valueName: "duration"), transform: Self.duration)
    var interval = Duration.seconds(2)
    @OptionGroup var options: SpoolOptions

    private static func duration(_ text: String) throws -> Duration {
        let rule = ValueRule<Duration>.duration(.milliseconds(100) ... .seconds(3600))
        do throws(ValueFault) { return try rule.read(.argument(text)) } catch {
            throw ValidationError("--interval: expected \(rule.expectation), found \(printable(text)).")
        }
    }

    func run() throws {
        let reader = try TopReader(try options.context())
        if once {
            for line in TopScreen(try reader.look(), terminal: .output, height: nil).lines { say(line) }
            return
        }
        guard isTerminal(STDOUT_FILENO) else {
            throw CommandFailure.couldNotRun("standard output is no terminal: orderd top --once prints one screen")
        }
        try TopLoop(reader, interval: interval.inNanoseconds).run()
    }
}
