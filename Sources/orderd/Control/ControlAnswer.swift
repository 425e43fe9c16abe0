import Orders
import Stages

/// The daemon's answer to one request: one JSON object a line.
struct ControlAnswer: Equatable {
    /// It was done.
    let isDone: Bool
    /// What was done, or why not.
    let message: String
    /// The order's status afterwards, for a command about an order.
    let status: Status?
    /// The daemon's own state, for the request `status`.
    let state: JSONValue?

    /// What the verb reports.
    var result: CommandResult { CommandResult(isDone: isDone, message: message, status: status) }

    /// An answer's line; nil where it is none.
    init?(line: [UInt8]) {
        guard let value = try? JSONValue.parse(line), let isDone = value["ok"]?.boolean, let message = value["message"]?.text else {
            return nil
        }
        self.isDone = isDone
        self.message = message
        status = value["status"]?.text.flatMap(Status.init(rawValue:))
        state = value["state"]
    }

    static func line(_ result: CommandResult, state: [UInt8]? = nil) -> [UInt8] {
        var writer = JSONWriter(reserving: 128)
        writer.beginObject()
        writer.member("ok", result.isDone)
        writer.member("message", result.message)
        writer.member("status", result.status?.rawValue)
        if let state {
            writer.key("state")
            writer.raw(state.filter { $0 != UInt8(ascii: "\n") })
        }
        writer.endObject()
        return writer.bytes + [UInt8(ascii: "\n")]
    }
}
