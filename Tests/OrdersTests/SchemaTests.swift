import Foundation
import Orders
import Testing

private let hasValidator = (try? run(["python3", "-c", "import jsonschema; jsonschema.Draft202012Validator"]).status) == 0

/// The schema that is published and the reader must say the same, as far as a schema can say it.
@Suite("The order's schema")
struct SchemaTests {
    static let schema = packageRoot.appendingPathComponent("etc/schema/order.schema.json")

    /// What the validator says of each text: taken or not.
    private func verdicts(_ texts: [String]) throws -> [Bool] {
        let program = """
            import json, sys, jsonschema
            schema = json.load(open(sys.argv[1]))
            jsonschema.Draft202012Validator.check_schema(schema)
            validator = jsonschema.Draft202012Validator(schema)
            for text in json.load(sys.stdin): print(int(validator.is_valid(json.loads(text))))
            """
        var writer = JSONWriter()
        writer.beginArray()
        for text in texts { writer.value(text) }
        writer.endArray()
        let result = try run(["python3", "-c", program, Self.schema.path], input: writer.bytes)
        #expect(result.status == 0)
        return result.output.split(separator: UInt8(ascii: "\n")).map { $0 == [UInt8(ascii: "1")] }
    }

    /// Faults that no schema can state, or that a schema's reader never sees.
    static let beyondSchema: [(String, FaultCode)] = [
        (smallest(#""a":1,"a":2"#), .duplicateKey), (smallest(#""taxAmount":0.01"#), .totalMismatch),
        (withLine(#""productId":"p","quantity":1,"price":1.005"#, total: "1"), .tooManyDigits),
        (smallest(#""currency":"JPY""#), .tooManyDigits),
        (withLine(#""productId":"p","quantity":1,"price":1.000"#, total: "1"), .tooManyDigits),
        (withLine(#""productId":"p","quantity":1,"price":1e0"#, total: "1"), .exponent),
        (withLine(#""productId":"p","quantity":1.0,"price":1"#, total: "1"), .wrongType),
        (smallest(#""notes":"4111 1111 1111 1111""#), .cardNumber),
        (smallest(#""placedAt":"2026-02-30T00:00:00Z""#), .badTime), (smallest(#""placedAt":"1969-06-01T00:00:00Z""#), .badTime),
        (smallest(#""x":"# + String(repeating: "[", count: 40) + String(repeating: "]", count: 40)), .nesting),
        (smallest(#""x":"\ud800""#), .loneSurrogate),
        (#"{"customerId":"c","items":[{"productId":"p","quantity":1000000000,"price":9999999999999}],"totalAmount":1}"#, .outOfRange),
    ]

    @Test(.enabled(if: hasValidator, "python3 has no jsonschema here"))
    func schemaAndReaderAgree() throws {
        let good = [
            smallest(), fullOrder,
            smallest(#""currency":null,"placedAt":null,"customer":null,"shipTo":null,"payment":null,"priority":null,"notes":null"#),
            smallest(#""taxAmount":"0.00","discountAmount":-0,"shippingAmount":"-0""#),
            smallest(#""placedAt":"2026-11-22t17:35:58.123456+01:00""#),
            smallest(#""orderReference":" x ","country":"","notes":"","payment":{"token":"","method":""}"#), smallest(#""priority":-9"#),
            smallest(#""":{}"#),
            smallest(#""currency":"USD""#), withLine(#""productId":"p","quantity":1000000000,"price":0"#, total: "0"),
            smallest(#""country":"\#(String(repeating: "😀", count: 60))""#), smallest(#""x":{"y":[{"z":null}]}"#),
        ]
        let bad = OrderFaultTests.members.filter { !$0.faults.contains { $0.contains("duplicate-key") || $0.contains("bad-time") } }.map(
            \.text)
        let shapes = [
            withLine(#""productId":"p","quantity":0,"price":1"#, total: "0"),
            withLine(#""productId":"p","quantity":-1,"price":1"#, total: "1"),
            withLine(#""productId":"p","quantity":1000000001,"price":1"#, total: "1"),
            withLine(#""productId":"p","quantity":"1","price":1"#, total: "1"),
            withLine(#""productId":"p","quantity":1.5,"price":1"#, total: "1.5"),
            withLine(#""productId":"p","quantity":1,"price":-1"#, total: "1"),
            withLine(#""productId":"p","quantity":1,"price":10000000000000"#, total: "1"),
            withLine(#""productId":"p","quantity":1,"price":"1,00""#, total: "1"),
            withLine(#""productId":"p","quantity":1,"price":"1e2""#, total: "100"),
            withLine(#""productId":"p","quantity":1,"price":"-1""#, total: "1"),
            withLine(#""productId":"p","quantity":1,"price":"1.00000""#, total: "1"),
            withLine(#""productId":"p","quantity":1,"price":".5""#, total: "0.5"),
            withLine(#""productId":"p","quantity":1,"price":"01""#, total: "1"),
            withLine(#""productId":"p","quantity":1,"price":true"#, total: "1"),
            smallest(#""placedAt":"2026-11-22""#), smallest(#""placedAt":"2026-11-22T17:35:58""#),
            smallest(#""placedAt":"2026-13-22T17:35:58Z""#), "[]", "7", "null",
            smallest(#""x":{"\#(String(repeating: "n", count: 257))":1}"#),
            smallest(#""customer":{"\#(String(repeating: "n", count: 257))":1}"#),
            smallest(#""customer":{"email":"\#(String(repeating: "n", count: 321))"}"#),
            smallest(#""customer":{"name":"\#(String(repeating: "n", count: 201))"}"#),
            smallest(#""customer":{"phone":"\#(String(repeating: "0 ", count: 31))"}"#),
            smallest(#""payment":{"token":"\#(String(repeating: "n", count: 201))"}"#),
        ]
        let texts = good + bad + shapes
        let verdicts = try verdicts(texts)
        #expect(verdicts.count == texts.count)
        for (text, verdict) in zip(texts, verdicts) { #expect((order(text) != nil) == verdict, "\(text.prefix(400)): \(faults(text))") }
        #expect(verdicts.prefix(good.count).allSatisfy { $0 })
        #expect(verdicts.filter { !$0 }.count > 45)
    }

    @Test(.enabled(if: hasValidator, "python3 has no jsonschema here"))
    func whatOnlyTheReaderCanSayPassesTheSchema() throws {
        #expect(try verdicts(Self.beyondSchema.map(\.0)).allSatisfy { $0 })
    }

    @Test func whatOnlyTheReaderCanSayIsRefused() {
        for (text, code) in Self.beyondSchema { #expect(refusal(text)?.faults.contains { $0.code == code } == true, "\(code)") }
    }

    @Test func schemaListsEveryCurrency() throws {
        let schema = try JSONValue.parse([UInt8](try Data(contentsOf: Self.schema)))
        let codes = schema["properties"]?["currency"]?["enum"]?.items?.compactMap(\.text)
        #expect(codes == Currency.all.map(\.code))
    }

    @Test func documentationListsEveryFaultCodeAndWhatTheSchemaCannotSay() throws {
        let page = try String(contentsOf: packageRoot.appendingPathComponent("docs/reading.md"), encoding: .utf8)
        for code in FaultCode.allCases { #expect(page.contains("| `\(code.rawValue)` |"), "\(code.rawValue)") }
        let beyond = try #require(page.components(separatedBy: "## What the schema cannot say").last)
        for code in Set(Self.beyondSchema.map(\.1)) { #expect(beyond.contains("`\(code.rawValue)`"), "\(code.rawValue)") }
    }
}
