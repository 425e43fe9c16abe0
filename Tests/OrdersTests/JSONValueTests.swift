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
}
