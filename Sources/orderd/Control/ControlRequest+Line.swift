import Ledger
import Orders
import Stages

extension ControlRequest {
    /// The request as a line. Who asks is not in it: the daemon knows that from the kernel.
    var line: [UInt8] {
        var writer = JSONWriter(reserving: 256)
        writer.beginObject()
        writer.member("version", Self.version)
        switch self {
        case .status: writer.member("verb", "status")
        case .command(let request):
            Self.write(request.command, to: &writer)
            writer.member("reason", request.reason)
        }
        writer.endObject()
        return writer.bytes + [UInt8(ascii: "\n")]
    }

    private static func write(_ command: Command, to writer: inout JSONWriter) {
        switch command {
        case .hold(let id): write("hold", id, to: &writer)
        case .release(let id): write("release", id, to: &writer)
        case .retry(let id): write("retry", id, to: &writer)
        case .cancel(let id): write("cancel", id, to: &writer)
        case .pause(let what):
            writer.member("verb", "pause")
            writer.member("what", what)
        case .resume(let what):
            writer.member("verb", "resume")
            writer.member("what", what)
        case .stockSet(let counts):
            writer.member("verb", "stock-set")
            writer.key("stock")
            writer.beginArray()
            for count in counts {
                writer.beginArray()
                writer.value(count.product)
                writer.value(count.quantity)
                writer.endArray()
            }
            writer.endArray()
        case .catalogueLoad(let entries):
            writer.member("verb", "catalogue-load")
            writer.key("products")
            writer.beginArray()
            for entry in entries {
                writer.beginArray()
                writer.value(entry.product)
                writer.value(entry.name)
                writer.value(entry.price)
                writer.endArray()
            }
            writer.endArray()
        case .partner(let change):
            writer.member("verb", "partner")
            writer.member("name", change.name)
            writer.member("role", change.role)
            writer.member("state", change.state)
        case .rescan: writer.member("verb", "rescan")
        case .reload: writer.member("verb", "reload")
        }
    }

    private static func write(_ verb: String, _ id: OrderID, to writer: inout JSONWriter) {
        writer.member("verb", verb)
        writer.member("id", id)
    }
}
