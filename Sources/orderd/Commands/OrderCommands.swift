import ArgumentParser
import Orders
import Stages

/// What the verbs have in common that decide about orders.
private protocol OrderDecision: ParsableCommand {
    var ids: IDArguments { get }
    var reason: String { get }
    var output: JSONOption { get }
    var options: SpoolOptions { get }
    func command(_ id: OrderID) -> Command
}

extension OrderDecision {
    fileprivate func decide() throws {
        let texts = ids.texts()
        var results: [String: CommandResult] = [:]
        var known: [(text: String, id: OrderID)] = []
        for text in texts {
            if let id = OrderID(text) {
                known.append((text, id))
            } else {
                results[text] = CommandResult(isDone: false, message: "\(text) is no order id: expected ord_ and 26 characters")
            }
        }
        let done = try options.context().execute(known.map { command($0.id) }, reason: reason)
        for (item, result) in zip(known, done) { results[item.text] = result }
        for text in texts { if let result = results[text] { show(result, subject: text, json: output.json) } }
        if results.values.contains(where: { !$0.isDone }) { throw CommandFailure.partly }
    }
}

/// `orderd hold`
struct HoldCommand: ParsableCommand, OrderDecision {
    static let configuration = CommandConfiguration(
        commandName: "hold",
        abstract: "Stop orders until they are released.",
        discussion: """
            An order at a step, or a deferred one, goes to queue/hold/ and stays there until somebody releases or cancels it. The reason goes \
            into the journal, with who asked.

              orderd hold ord_01jd7k3v9qe2t8m4x6z5c0b1ah --reason "customer called, address is wrong"
              orderd list --status PROCESSING --json | orderd hold --reason "stocktaking"
            """)

    @OptionGroup var ids: IDArguments
    @Option(help: "Why; it goes into the journal.") var reason: String
    @OptionGroup var output: JSONOption
    @OptionGroup var options: SpoolOptions

    func command(_ id: OrderID) -> Command { .hold(id) }
    func run() throws { try decide() }
}

/// `orderd release`
struct ReleaseCommand: ParsableCommand, OrderDecision {
    static let configuration = CommandConfiguration(
        commandName: "release",
        abstract: "Let held orders go on.",
        discussion: """
            A held order goes on at the first step that is not done. What it was held for is not looked at again.

              orderd release ord_01jd7k3v9qe2t8m4x6z5c0b1ah --reason "free sample, agreed with sales"
              orderd list --stage hold --json | orderd release --reason "checked, all free samples"
            """)

    @OptionGroup var ids: IDArguments
    @Option(help: "Why; it goes into the journal.") var reason: String
    @OptionGroup var output: JSONOption
    @OptionGroup var options: SpoolOptions

    func command(_ id: OrderID) -> Command { .release(id) }
    func run() throws { try decide() }
}

/// `orderd retry`
struct RetryCommand: ParsableCommand, OrderDecision {
    static let configuration = CommandConfiguration(
        commandName: "retry",
        abstract: "Let failed or deferred orders try again at once.",
        discussion: """
            The attempts so far are forgotten, and the step that failed is tried now. A step that is done is never repeated.

              orderd retry ord_01jd7k3v9qe2t8m4x6z5c0b1ah --reason "gateway is back"
              orderd list --status FAILED --json | orderd retry --reason "gateway is back"
            """)

    @OptionGroup var ids: IDArguments
    @Option(help: "Why; it goes into the journal.") var reason: String
    @OptionGroup var output: JSONOption
    @OptionGroup var options: SpoolOptions

    func command(_ id: OrderID) -> Command { .retry(id) }
    func run() throws { try decide() }
}

/// `orderd cancel`
struct CancelCommand: ParsableCommand, OrderDecision {
    static let configuration = CommandConfiguration(
        commandName: "cancel",
        abstract: "Undo orders and end them.",
        discussion: """
            Stock that was reserved is released, and a charge is refunded, each once; then the order rests in cancelled/. After fulfilment it \
            is refused: the goods are on their way. A cancelled order keeps its reference; a new order needs a new one.

              orderd cancel ord_01jd7k3v9qe2t8m4x6z5c0b1ah --reason "ordered twice by mistake"
            """)

    @OptionGroup var ids: IDArguments
    @Option(help: "Why; it goes into the journal.") var reason: String
    @OptionGroup var output: JSONOption
    @OptionGroup var options: SpoolOptions

    func command(_ id: OrderID) -> Command { .cancel(id) }
    func run() throws { try decide() }
}
