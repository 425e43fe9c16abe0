import ArgumentParser
import Foundation
import Orders

/// Order ids as arguments, or on standard input.
struct IDArguments: ParsableArguments {
    @Argument(
        help: ArgumentHelp(
            "Order ids, such as ord_ and 26 characters. Without any, or with -, they are read from standard input: one a line, or the lines "
                + "of `orderd list --json`.",
            valueName: "id"))
    var ids: [String] = []

    func validate() throws {
        if ids.isEmpty, isTerminal(0) { throw ValidationError("Missing an order id; orderd list shows them.") }
    }

    /// The ids as they were given, none twice.
    func texts() -> [String] { Self.texts(ids) }

    /// Arguments, with `-` for what is on standard input; none is as `-`.
    static func texts(_ ids: [String]) -> [String] {
        var found: [String] = []
        var isRead = false
        for id in ids.isEmpty ? ["-"] : ids {
            guard id == "-" else {
                found.append(id)
                continue
            }
            guard !isRead else { continue }
            isRead = true
            while let line = readLine() {
                if let id = Self.id(in: line) { found.append(id) }
            }
        }
        var seen: Set<String> = []
        return found.filter { seen.insert($0).inserted }
    }

    /// The id of a line: the member `orderId` of an object, else the first word.
    static func id(in line: String) -> String? {
        let text = line.drop { $0 == " " || $0 == "\t" }
        if text.first == "{" {
            return (try? JSONValue.parse(Array(text.utf8)))?["orderId"]?.text ?? String(text.prefix(40))
        }
        return text.split { $0 == " " || $0 == "\t" || $0 == "," || $0 == "\r" }.first.map(String.init)
    }
}
