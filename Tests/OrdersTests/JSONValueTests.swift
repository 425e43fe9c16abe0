import Foundation
import Orders
import Testing

@Suite("JSON trees")
struct JSONValueTests {
    @Test func treeKeepsOrderAndSpelling() throws {
        let value = try JSONValue.parse(Array(#" {"b":[1,-2.50e+3,"\u00e9\n"],"a":{"x":null,"y":true,"z":false}} "#.utf8))
        #expect(
            value
                == .object([
                    JSONMember(name: "b", value: .array([.number("1"), .number("-2.50e+3"), .string("é\n")])),
                    JSONMember(
                        name: "a",
                        value: .object([
                            JSONMember(name: "x", value: .null), JSONMember(name: "y", value: .bool(true)),
                            JSONMember(name: "z", value: .bool(false)),
                        ])),
                ]))
        #expect(value["b"]?.items?[0].integer == 1)
        #expect(value["b"]?.items?[1].integer == nil)
        #expect(value["b"]?.items?[2].text == "é\n")
        #expect(value["a"]?["y"]?.boolean == true)
        #expect(value["a"]?["x"]?.isNull == true)
        #expect(value["a"]?.members?.map(\.name) == ["x", "y", "z"])
        #expect(value["c"] == nil && value.text == nil && value.items == nil && value.boolean == nil && value["b"]?["x"] == nil)
    }

    @Test func faultSaysWhatAndWhere() {
        let fault = #expect(throws: JSONFault.self) { try JSONValue.parse(Array("{\"a\":1,\n \"b\":tru}".utf8)) }
        #expect(fault?.code == .syntax)
        #expect(fault?.offset == 16)
        #expect(fault.map { "\($0)" } == "expected true, false or null, found '}' at byte 16 (line 2, column 9)")
    }

    @Test func duplicateNamesAreRefused() {
        let many = (0..<100).map { "\"n\($0)\":0" }.joined(separator: ",")
        #expect(throws: Never.self) { try JSONValue.parse(Array("{\(many)}".utf8)) }
        for text in [#"{"a":1,"\u0061":2}"#, "{\(many),\"n0\":1}", "{\(many),\"n99\":1}", "{\(many),\"x\":1,\"x\":1}"] {
            #expect(throws: JSONFault.self) { try JSONValue.parse(Array(text.utf8)) }
        }
        // Two spellings of one letter are two names.
        #expect(throws: Never.self) { try JSONValue.parse(Array(#"{"\u00e9":1,"e\u0301":2}"#.utf8)) }
    }

    @Test func depthIsLimited() {
        func nested(_ count: Int) -> [UInt8] { Array((String(repeating: "[", count: count) + String(repeating: "]", count: count)).utf8) }
        #expect(throws: Never.self) { try JSONValue.parse(nested(128)) }
        #expect(throws: JSONFault.self) { try JSONValue.parse(nested(129)) }
        #expect(throws: JSONFault.self) { try JSONValue.parse(nested(100_000)) }
    }

    @Test func emptyTextIsRefused() {
        #expect(throws: JSONFault.self) { try JSONValue.parse([]) }
        #expect(throws: JSONFault.self) { try JSONValue.parse(Array(" \n".utf8)) }
    }

    /// The corpus leaves these open: numbers too large for a binary float are kept as text, so they are taken.
    static let takenOfTheOpenOnes: Set<String> = [
        "i_number_double_huge_neg_exp.json", "i_number_huge_exp.json", "i_number_neg_int_huge_exp.json",
        "i_number_pos_double_huge_exp.json",
        "i_number_real_neg_overflow.json", "i_number_real_pos_overflow.json", "i_number_real_underflow.json",
        "i_number_too_big_neg_int.json",
        "i_number_too_big_pos_int.json", "i_number_very_big_negative_int.json",
    ]

    /// Valid by the grammar, but a name stands twice in one object, which nothing here takes.
    static let refusedOfTheValidOnes: Set<String> = ["y_object_duplicated_key.json", "y_object_duplicated_key_and_value.json"]

    @Test(.enabled(if: SharedData.exists("json-corpus"), "\(SharedData.reason)"))
    func corpusIsReadAsItSays() throws {
        let directory = SharedData.url("json-corpus/test_parsing")
        let names = try FileManager.default.contentsOfDirectory(atPath: directory.path).filter { $0.hasSuffix(".json") }.sorted()
        #expect(names.count == 318)
        let table = try String(contentsOf: packageRoot.appendingPathComponent("docs/reading.md"), encoding: .utf8)
        var reader = OrderReader()
        for name in names {
            let bytes = [UInt8](try Data(contentsOf: directory.appendingPathComponent(name)))
            let isTaken = (try? JSONValue.parse(bytes)) != nil
            switch name.first {
            case "y": #expect(isTaken != Self.refusedOfTheValidOnes.contains(name), "\(name)")
            case "n": #expect(!isTaken, "\(name)")
            default:
                #expect(isTaken == Self.takenOfTheOpenOnes.contains(name), "\(name)")
                #expect(table.contains("`\(name.dropLast(5))`"), "\(name) is not in docs/reading.md")
            }
            #expect((CanonicalForm.of(bytes) != nil) == isTaken, "\(name)")
            // As an order none of them will do, but only where it is no JSON may the reading stop.
            guard case .refused(let refused) = reader.read(bytes) else {
                Issue.record("\(name) was read as an order")
                continue
            }
            let ofJSON: Set<FaultCode> = [
                .syntax, .trailingComma, .incomplete, .empty, .invalidUTF8, .loneSurrogate, .byteOrderMark, .controlCharacter, .nesting,
                .duplicateKey,
            ]
            #expect(refused.faults.contains { ofJSON.contains($0.code) } != isTaken || name.contains("nested"), "\(name)")
        }
    }
}
