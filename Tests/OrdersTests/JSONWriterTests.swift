import Foundation
import Orders
import Testing

@Suite("Writing JSON")
struct JSONWriterTests {
    func text(_ body: (inout JSONWriter) -> Void) -> String {
        var writer = JSONWriter()
        body(&writer)
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    @Test func commasAndColonsAreSetByThemselves() {
        let written = text { writer in
            writer.beginObject()
            writer.member("a", "x")
            writer.member("none", nil as String?)
            writer.member("n", Int64.min)
            writer.member("m", 7)
            writer.member("t", true)
            writer.member("at", Timestamp(milliseconds: 0))
            writer.member("id", DropID(high: 0, low: 1))
            writer.key("list")
            writer.beginArray()
            writer.value(1)
            writer.value("two")
            writer.null()
            writer.value(false)
            writer.beginObject()
            writer.endObject()
            writer.beginArray()
            writer.endArray()
            writer.raw(Array("[{}]".utf8))
            writer.endArray()
            writer.key("last:" as String)
            writer.value(OrderID(high: 0, low: 0))
            writer.endObject()
        }
        #expect(
            written
                == #"{"a":"x","n":-9223372036854775808,"m":7,"t":true,"at":"1970-01-01T00:00:00.000Z","id":"drp_00000000000000000000000001","#
                + #""list":[1,"two",null,false,{},[],[{}]],"last:":"ord_00000000000000000000000000"}"#)
    }

    @Test func stringsAreEscapedWhereTheyMustBe() {
        #expect(text { $0.value("\"\\/\u{8}\u{9}\n\u{c}\r\u{0}\u{1f}\u{7f}é€😀</") } == #""\"\\/\b\t\n\f\r\u0000\u001f\#u{7f}é€😀</""#)
        #expect(text { $0.value("") } == #""""#)
    }

    @Test func bytesThatAreNoTextAreReplaced() {
        #expect(text { $0.value(utf8: [0x61, 0xFF, 0x62, 0xE2, 0x82]) } == "\"a\u{FFFD}b\u{FFFD}\"")
    }

    @Test func linesOfOneWriterAreSeparateTexts() {
        let written = text { writer in
            for number in 0..<2 {
                writer.beginObject()
                writer.member("n", number)
                writer.endObject()
                writer.bytes.append(UInt8(ascii: "\n"))
            }
        }
        #expect(written == "{\"n\":0}\n{\"n\":1}\n")
    }

    @Test func whatIsWrittenReadsBackTheSame() throws {
        var random = SeededRandom(6)
        for _ in 0..<500 {
            let tree = randomTree(depth: 4, &random)
            var writer = JSONWriter()
            writer.value(tree)
            #expect(try JSONValue.parse(writer.bytes) == tree)
            #expect(throws: Never.self) { try JSONSerialization.jsonObject(with: Data(writer.bytes), options: .fragmentsAllowed) }
        }
    }
}

/// Any JSON, of texts and names of any kind.
func randomTree(depth: Int, _ random: inout SeededRandom) -> JSONValue {
    func text() -> String {
        var scalars = String.UnicodeScalarView()
        for _ in 0..<Int.random(in: 0...12, using: &random) {
            let range: ClosedRange<UInt32> =
                [0...0x7F, 0x20...0x7E, 0x80...0x7FF, 0x1F600...0x1F640].randomElement(using: &random) ?? 0...0x7F
            if let scalar = Unicode.Scalar(UInt32.random(in: range, using: &random)) { scalars.append(scalar) }
        }
        return String(scalars)
    }
    switch Int.random(in: 0...(depth > 0 ? 6 : 4), using: &random) {
    case 0: return .null
    case 1: return .bool(Bool.random(using: &random))
    case 2: return .number("\(Int.random(in: -100_000...100_000, using: &random))")
    case 3:
        return .number(
            "\(Int.random(in: -100...100, using: &random)).\(Int.random(in: 0...999, using: &random))e\(Int.random(in: -9...9, using: &random))"
        )
    case 4: return .string(text())
    case 5: return .array((0..<Int.random(in: 0...5, using: &random)).map { _ in randomTree(depth: depth - 1, &random) })
    default:
        var names: [[UInt8]] = []
        var members: [JSONMember] = []
        for _ in 0..<Int.random(in: 0...5, using: &random) {
            let name = text()
            if names.contains(Array(name.utf8)) { continue }
            names.append(Array(name.utf8))
            members.append(JSONMember(name: name, value: randomTree(depth: depth - 1, &random)))
        }
        return .object(members)
    }
}
