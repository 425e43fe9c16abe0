public import Ledger
import Orders

/// The status of an order as partners and scripts read it: `status/<orderId>.json`, and a line of `orderd list --json`.
public enum StatusFile {
    /// The version of the format; members are only added while it stays.
    public static let version = 1

    /// One JSON object, without a newline. The same record always gives the same bytes.
    ///
    /// - Parameters:
    ///   - order: the order.
    ///   - history: whether its events are told.
    public static func bytes(_ order: OrderRecord, history: Bool) -> [UInt8] {
        var writer = JSONWriter(reserving: 512 + (history ? order.history.count : 0))
        writer.beginObject()
        writer.member("version", version)
        writer.member("orderId", order.id)
        writer.member("partner", order.partner)
        writer.member("customerId", order.order.customerId)
        if let reference = order.order.orderReference { writer.member("orderReference", reference) }
        writer.member("status", order.status.rawValue)
        writer.member("stage", order.stage.name)
        if let reason = order.reason { writer.member("reason", reason) }
        writer.member("attempts", order.attempts)
        if let next = order.nextAttempt { writer.member("nextAttemptAt", next) }
        writer.member("currency", order.order.currency.code)
        writer.member("totalAmount", decimalText(order.order.totalAmount, digits: order.order.currency.digits))
        writer.member("createdAt", order.created)
        writer.member("updatedAt", order.updated)
        if history {
            writer.key("history")
            writer.raw([UInt8(ascii: "[")] + order.history + [UInt8(ascii: "]")])
        }
        writer.endObject()
        return writer.bytes
    }
}
