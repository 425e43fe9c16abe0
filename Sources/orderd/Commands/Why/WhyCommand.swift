import ArgumentParser
import Ledger
import Orders
import Spool

/// `orderd why`
struct WhyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "why",
        abstract: "Say where an order or a file is, since when, why, and what to do.",
        discussion: """
            Takes order ids, and names or paths of dropped files. Exit code 1 where nothing is known of one.

              orderd why ord_01jd7k3v9qe2t8m4x6z5c0b1ah
              orderd why order-17.json
              orderd why /var/spool/orderd/partners/acme/orders/order-17.json
            """)

    @Argument(
        help: ArgumentHelp(
            "Order ids, or names of dropped files. Without any, or with -, they are read from standard input.", valueName: "id|file"))
    var subjects: [String] = []
    @OptionGroup var output: JSONOption
    @OptionGroup var options: SpoolOptions

    func validate() throws {
        if subjects.isEmpty, isTerminal(0) { throw ValidationError("Missing an order id or the name of a file.") }
    }

    func run() throws {
        let context = try options.context()
        let reader = try context.reader()
        let tree = try context.tree()
        let isRunning = context.isDaemonRunning()
        var isMissing = false
        var isFirst = true
        for subject in IDArguments.texts(subjects) {
            let explanations: [Explanation]
            if let id = OrderID(subject.hasSuffix(".json") ? Self.orderName(subject) : subject) {
                explanations = try reader.snapshot { (queries) throws(LedgerError) in
                    try queries.order(id).map { order throws(LedgerError) in
                        [try Explanation.of(order, queries, context, isRunning: isRunning)]
                    } ?? []
                }
                if explanations.isEmpty { complain(unknownOrder(id.text)) }
            } else {
                explanations = try FileExplanations(context, tree, reader.queries, isRunning: isRunning).of(RawArguments.bytes(of: subject))
                if explanations.isEmpty {
                    complain(
                        "nothing is known of \(printable(subject)): no order has this id, and no file of this name waits, is in hand, or has "
                            + "a receipt")
                }
            }
            if explanations.isEmpty { isMissing = true }
            for explanation in explanations {
                if !output.json, !isFirst { say("") }
                isFirst = false
                output.json ? say { explanation.write(to: &$0) } : explanation.show()
            }
        }
        if isMissing { throw CommandFailure.partly }
    }

    /// A queue file's path names its order.
    private static func orderName(_ path: String) -> String {
        let name = path.split(separator: "/").last.map(String.init) ?? path
        return String(name.dropLast(5).replacing(".reason", with: ""))
    }
}
