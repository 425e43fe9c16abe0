import Foundation
import Orders
import Testing

@Suite("Texts that break programs")
struct NaughtyTextTests {
    static let some = [
        "", " ", "undefined", "NULL", "\u{0}", "\u{1}\u{1f}", "\u{7f}", "\u{85}", "\u{feff}", "\u{200b}", "\u{202e}txet", "\u{fffe}",
        "e\u{301}", "Ω≈ç√∫", "田中さん",
        "👩‍👩‍👧‍👦", "<script>alert(1)</script>", "'; DROP TABLE orders;--", "../../etc/passwd", "%s%n", "$(rm -rf /)", "\"\\\"", "=1+1", "1e309",
        "🇬🇧🇬", "\r\n", "\u{2028}",
        "Ṱ̺̺̕o͞ ̷i̲̬͇̪͙n̝̗͕v̟̜̘̦͟o̶̙̰̠kè͚̮̺̪̹̱̤", String(repeating: "x", count: 201), String(repeating: "\u{10FFFF}", count: 200),
    ]

    @Test(arguments: some)
    func textComesBackAsItWasOrIsRefused(_ text: String) {
        roundTrip(text)
    }

    @Test(.enabled(if: SharedData.exists("naughty/blns.json"), "\(SharedData.reason)"))
    func everyTextOfTheListComesBackAsItWasOrIsRefused() throws {
        let bytes = [UInt8](try Data(contentsOf: SharedData.url("naughty/blns.json")))
        let texts = try JSONValue.parse(bytes).items?.compactMap(\.text) ?? []
        #expect(texts.count == 515)
        for text in texts { roundTrip(text) }
    }

    /// Puts the text into every member that takes one.
    private func roundTrip(_ text: String) {
        let places: [(name: String, value: (Order) -> String?, maximum: Int, isId: Bool)] = [
            ("customerId", { $0.customerId }, 200, true), ("orderReference", { $0.orderReference }, 200, true),
            ("idempotencyKey", { $0.idempotencyKey }, 200, true), ("productId", { $0.lines.first?.productId }, 200, true),
            ("country", { $0.country }, 60, false), ("method", { $0.paymentMethod }, 40, false), ("token", { $0.paymentToken }, 200, false),
            ("notes", { _ in nil }, 10_000, false), ("unknown", { _ in nil }, .max, false),
        ]
        var reader = OrderReader()
        let scalars = text.unicodeScalars
        for place in places {
            var writer = JSONWriter()
            writer.beginObject()
            writer.member("customerId", place.name == "customerId" ? text : "c")
            writer.key("items")
            writer.beginArray()
            writer.beginObject()
            writer.member("productId", place.name == "productId" ? text : "p")
            writer.member("quantity", 1)
            writer.member("price", 1)
            writer.endObject()
            writer.endArray()
            writer.member("totalAmount", 1)
            if place.name == "method" || place.name == "token" {
                writer.key("payment")
                writer.beginObject()
                writer.key(place.name)
                writer.value(text)
                writer.endObject()
            } else if !["customerId", "productId"].contains(place.name) {
                writer.key(place.name)
                writer.value(text)
            }
            writer.endObject()
            let isBlank = scalars.allSatisfy { $0 == " " }
            let hasControl = scalars.contains { $0.properties.generalCategory == .control }
            let isTaken = scalars.count <= place.maximum && !(place.isId && (isBlank || hasControl))
            switch reader.read(writer.bytes) {
            case .order(let order):
                #expect(isTaken, "\(place.name) took \(text.debugDescription)")
                if let value = place.value(order) { #expect(Array(value.utf8) == Array(text.utf8), "\(place.name)") }
            case .refused(let refused):
                // A list of such texts may hold a card number; nothing else is a reason.
                let codes = refused.faults.map(\.code)
                #expect(!isTaken || codes == [.cardNumber], "\(place.name) refused \(text.debugDescription): \(codes)")
            }
            #expect(CanonicalForm.of(writer.bytes) != nil)
        }
    }
}
