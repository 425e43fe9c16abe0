public import Ledger
public import Orders

/// What the warehouse is asked to send: `pick/<orderId>.pick.json`.
public enum PickFile {
    /// The version of the format; members are only added while it stays.
    public static let version = 1

    /// One JSON object and a newline. The same order always gives the same bytes.
    ///
    /// - Parameters:
    ///   - order: the order.
    ///   - lines: its lines.
    ///   - document: its text as dropped, for the address; nil where it was erased.
    public static func bytes(_ order: OrderRecord, lines: [OrderLine], document: [UInt8]?) -> [UInt8] {
        var writer = JSONWriter(reserving: 1024)
        writer.beginObject()
        writer.member("version", version)
        writer.member("orderId", order.id)
        writer.member("partner", order.partner)
        if let reference = order.order.orderReference { writer.member("orderReference", reference) }
        writer.member("priority", order.order.priority)
        writer.key("lines")
        writer.beginArray()
        for line in lines {
            writer.beginObject()
            writer.member("productId", line.productId)
            writer.member("quantity", line.quantity)
            writer.endObject()
        }
        writer.endArray()
        if let document, let tree = try? JSONValue.parse(document) {
            for name in ["shipTo", "notes"] {
                guard let value = tree[name] else { continue }
                writer.key(name)
                writer.value(value)
            }
        }
        writer.endObject()
        return writer.bytes + [10]
    }
}
