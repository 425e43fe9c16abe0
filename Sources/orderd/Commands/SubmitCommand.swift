import ArgumentParser
import Foundation
import Ledger
import Orders
import Spool

/// `orderd submit`
struct SubmitCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "submit",
        abstract: "Drop files as a partner would.",
        discussion: """
            Copies each file into the partner's orders/ under a temporary name and renames it, as a careful client does. With --wait it prints \
            the receipts, and the exit code is 1 where a file was not accepted as a whole.

              orderd submit --partner acme --wait order.json
              orderd submit --partner acme batch-*.ndjson
            """)

    @Option(help: "Whose files they are.", completion: .partners) var partner: String
    @Flag(help: "Wait for the receipts and print them.") var wait = false
    @Option(help: ArgumentHelp("How long to wait, such as 500ms, 30s or 5m.", valueName: "duration"), transform: Self.duration)
    var timeout = Duration.seconds(30)
    @Flag(help: "Replace a file of the same name that still waits.") var replace = false
    @Argument(help: "The files.", completion: .file()) var files: [String]
    @OptionGroup var output: JSONOption
    @OptionGroup var options: SpoolOptions

    private static func duration(_ text: String) throws -> Duration {
        let rule = ValueRule<Duration>.duration(.zero ... .seconds(86_400))
        do throws(ValueFault) { return try rule.read(.argument(text)) } catch {
            throw ValidationError("--timeout: expected \(rule.expectation), found \(printable(text)).")
        }
    }

    func run() throws {
        let context = try options.context()
        let reader = try context.reader()
        guard let known = try reader.queries.partners().first(where: { $0.name == partner }), known.state != "removed" else {
            throw CommandFailure.refused("there is no partner \(printable(partner)); orderd partner list shows them")
        }
        if known.state == "disabled" { complain("\(partner) is disabled: its files wait until orderd partner enable \(partner)") }
        let submission = try Submission(context, partner: partner, replaces: replace, reader: reader)
        var isRefused = false
        for file in files {
            do {
                try submission.drop(RawArguments.bytes(of: file))
                if !wait, !output.json { say("dropped \(printable(file))") }
            } catch {
                complain("\(printable(file)): \(error)")
                isRefused = true
            }
        }
        let isRunning = context.isDaemonRunning()
        if isRunning == false {
            let message =
                "no daemon runs on this spool; the files wait in \(SpoolTree.dropDirectory("orders", of: partner))/: orderd run --drain"
            if wait { throw CommandFailure.couldNotRun(message) }
            complain(message)
        }
        if wait {
            let late = try submission.wait(for: timeout) { receipt in
                output.json ? say { $0.members(of: receipt) } : Self.show(receipt)
                if receipt["verdict"]?.text != Verdict.accepted.rawValue { isRefused = true }
            }
            for name in late {
                complain("\(name) has no receipt after \(timeout.configurationText): orderd why \(name)")
                isRefused = true
            }
        }
        if isRefused { throw CommandFailure.partly }
    }

    /// A receipt for people.
    static func show(_ receipt: JSONValue) {
        say("\(printable(receipt["file"]?.text ?? "")): \(receipt["verdict"]?.text ?? "")  (\(receipt["dropId"]?.text ?? ""))")
        for fault in receipt["errors"]?.items ?? [] { say("  " + Self.text(fault)) }
        let orders = receipt["orders"]?.items ?? []
        for order in orders.prefix(20) {
            let place = order["line"]?.integer.map { "line \($0)" } ?? "order \(order["index"]?.integer ?? 0)"
            let words = [order["verdict"]?.text, order["orderId"]?.text, order["orderReference"]?.text.map(printable)].compactMap { $0 }
            let first = order["firstOrderId"]?.text.map { ", the first is \($0)" } ?? ""
            say("  \(place): " + words.joined(separator: "  ") + first)
            for fault in order["errors"]?.items ?? [] { say("    " + Self.text(fault)) }
        }
        if orders.count > 20 { say("  and \(orders.count - 20) more; the receipt has all") }
    }

    private static func text(_ fault: JSONValue) -> String {
        let path = fault["path"]?.text ?? ""
        return (path.isEmpty ? "" : printable(path) + "  ") + "\(fault["code"]?.text ?? ""): \(printable(fault["message"]?.text ?? ""))"
    }
}

extension JSONWriter {
    /// The members of an object, into the object that is being written.
    mutating func members(of value: JSONValue) {
        for member in value.members ?? [] {
            key(member.name)
            self.value(member.value)
        }
    }
}
