import Ledger
import Orders
import Stages

/// What a client asks of the daemon by `state/control`: one JSON object a line.
enum ControlRequest: Equatable {
    /// A command for the pipeline, or, with `reload`, for the daemon itself.
    case command(CommandRequest)
    /// Tell the daemon's own state.
    case status

    /// The version of the format; members are only added while it stays.
    static let version = 1
    /// Bytes of a request's line. Loads of stock and products may be larger.
    static let ordinaryLimit = 1 << 20
    /// Bytes of the line of a load.
    static let loadLimit = 64 << 20

    /// How large the line that begins like this may be.
    static func limit(of start: ArraySlice<UInt8>) -> Int {
        let head = String(decoding: start.prefix(64), as: UTF8.self)
        return head.contains("\"verb\":\"stock-set\"") || head.contains("\"verb\":\"catalogue-load\"") ? loadLimit : ordinaryLimit
    }
}

/// Why a request was not understood.
struct ControlFault: Error, Equatable {
    let message: String
}

extension ControlRequest {
    /// Reads a request's line.
    ///
    /// - Parameters:
    ///   - line: without its newline.
    ///   - by: who asks, as the kernel knows.
    init(line: [UInt8], by: String) throws(ControlFault) {
        let value: JSONValue
        do throws(JSONFault) { value = try JSONValue.parse(line) } catch {
            throw ControlFault(message: "expected a JSON object on one line, found: \(error)")
        }
        guard value["version"]?.integer == Int64(Self.version) else {
            throw ControlFault(message: "expected \"version\":\(Self.version); use the orderd that belongs to this daemon")
        }
        guard let verb = value["verb"]?.text else { throw ControlFault(message: "expected a member \"verb\"") }
        let reason = value["reason"]?.text ?? ""
        guard reason.utf8.count <= 2000 else { throw ControlFault(message: "expected a reason of at most 2000 bytes") }
        switch verb {
        case "status": self = .status
        default: self = .command(CommandRequest(try Self.command(verb, value), by: by, reason: reason))
        }
    }

    private static func command(_ verb: String, _ value: JSONValue) throws(ControlFault) -> Command {
        switch verb {
        case "hold": return .hold(try id(value))
        case "release": return .release(try id(value))
        case "retry": return .retry(try id(value))
        case "cancel": return .cancel(try id(value))
        case "pause": return .pause(try text(value, "what", atMost: 64))
        case "resume": return .resume(try text(value, "what", atMost: 64))
        case "stock-set":
            return .stockSet(
                try list(value, "stock").map { item throws(ControlFault) in
                    guard let parts = item.items, parts.count == 2, let product = parts[0].text, let quantity = parts[1].integer,
                        ProductLimits.isProduct(product), ProductLimits.quantities.contains(quantity)
                    else { throw ControlFault(message: "expected [product, pieces] in \"stock\", found something else") }
                    return StockCount(product: product, quantity: quantity)
                })
        case "catalogue-load":
            return .catalogueLoad(
                try list(value, "products").map { item throws(ControlFault) in
                    guard let parts = item.items, parts.count == 3, let product = parts[0].text, let name = parts[1].text,
                        let price = parts[2].text, ProductLimits.isProduct(product), ProductLimits.isName(name),
                        ProductLimits.isPrice(price)
                    else { throw ControlFault(message: "expected [product, name, price] in \"products\", found something else") }
                    return CatalogueEntry(product: product, name: name, price: price)
                })
        case "partner": return .partner(try partner(value))
        case "rescan": return .rescan
        case "reload": return .reload
        default: throw ControlFault(message: "there is no verb \"\(cut(verb))\"")
        }
    }

    private static func partner(_ value: JSONValue) throws(ControlFault) -> PartnerChange {
        let name = try text(value, "name", atMost: 31)
        guard isPartnerName(name) else { throw ControlFault(message: "expected a partner's name: \(partnerNameForm)") }
        // An empty role means the one that the partner has.
        let role = value["role"]?.text ?? ""
        guard role.isEmpty || PartnerRole(rawValue: role) != nil else {
            throw ControlFault(message: "there is no role \"\(cut(role))\"")
        }
        let state = try text(value, "state", atMost: 16)
        guard ["active", "disabled", "removed"].contains(state) else {
            throw ControlFault(message: "expected the state active, disabled or removed, found \"\(state)\"")
        }
        return PartnerChange(name: name, role: role, state: state)
    }

    /// By scalars: one `Character` can be a letter with any number of marks.
    private static func cut(_ text: String) -> String { String(text.unicodeScalars.prefix(40)) }

    private static func id(_ value: JSONValue) throws(ControlFault) -> OrderID {
        guard let id = value["id"]?.text.flatMap({ OrderID($0) }) else {
            throw ControlFault(message: "expected an order's id in \"id\", such as ord_ and 26 characters")
        }
        return id
    }

    private static func text(_ value: JSONValue, _ name: String, atMost limit: Int) throws(ControlFault) -> String {
        guard let text = value[name]?.text, !text.isEmpty, text.utf8.count <= limit else {
            throw ControlFault(message: "expected a text of at most \(limit) bytes in \"\(name)\"")
        }
        return text
    }

    private static func list(_ value: JSONValue, _ name: String) throws(ControlFault) -> [JSONValue] {
        guard let items = value[name]?.items, !items.isEmpty else { throw ControlFault(message: "expected a list in \"\(name)\"") }
        return items
    }
}
