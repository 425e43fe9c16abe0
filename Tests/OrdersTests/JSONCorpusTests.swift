import Foundation
import Orders
import Testing

/// The public corpus JSONTestSuite: what must be read (`y_`), what must be refused (`n_`), and what RFC 8259 leaves open (`i_`), for which
/// docs/reading.md says what is done and why.
@Suite("JSON corpus")
struct JSONCorpusTests {
    /// Valid by the grammar, but a name stands twice in one object, which nothing here takes.
    private static let refusedOfTheValidOnes: Set<String> = ["y_object_duplicated_key", "y_object_duplicated_key_and_value"]

    /// The codes that concern JSON itself; all others are of orders.
    private static let codesOfJSON: Set<FaultCode> = [
        .syntax, .trailingComma, .incomplete, .empty, .invalidUTF8, .loneSurrogate, .byteOrderMark, .controlCharacter, .nesting,
        .duplicateKey,
    ]

    /// The table of docs/reading.md: `taken` or the code of the refusal, by the text's name.
    private static func table() throws -> [String: String] {
        let page = try String(contentsOf: packageRoot.appendingPathComponent("docs/reading.md"), encoding: .utf8)
        var rows: [String: String] = [:]
        for line in page.split(separator: "\n") where line.hasPrefix("| `i_") {
            let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
            guard cells.count == 3, !cells[2].isEmpty else {
                Issue.record("a row without its reason: \(line)")
                continue
            }
            let code = cells[1].hasPrefix("refused: ") ? String(cells[1].dropFirst(9)) : cells[1]
            rows[cells[0].replacingOccurrences(of: "`", with: "")] = code.replacingOccurrences(of: "`", with: "")
        }
        return rows
    }

    /// The corpus by name, without the ending.
    private static func texts() throws -> [(name: String, bytes: [UInt8])] {
        let directory = SharedData.url("json-corpus/test_parsing")
        let names = try FileManager.default.contentsOfDirectory(atPath: directory.path).filter { $0.hasSuffix(".json") }.sorted()
        return try names.map { (String($0.dropLast(5)), [UInt8](try Data(contentsOf: directory.appendingPathComponent($0)))) }
    }

    /// What becomes of a text: `taken`, or the code of its fault.
    private static func reading(_ bytes: [UInt8]) -> String {
        do throws(JSONFault) {
            _ = try JSONValue.parse(bytes)
            return "taken"
        } catch {
            return error.code.rawValue
        }
    }

    /// Holds without the corpus too: the page has each open case once, in words that the next test can compare.
    @Test func thePageListsTheOpenCases() throws {
        let table = try Self.table()
        #expect(table.count == 35)
        #expect(table.values.allSatisfy { $0 == "taken" || FaultCode(rawValue: $0) != nil }, "\(table)")
    }

    @Test(.enabled(if: SharedData.exists("json-corpus"), "\(SharedData.reason)"))
    func theCorpusIsReadAsItAndThePageSay() throws {
        let texts = try Self.texts()
        let table = try Self.table()
        #expect(texts.count == 318)
        #expect(Set(table.keys) == Set(texts.map(\.name).filter { $0.hasPrefix("i_") }))
        for (name, bytes) in texts {
            let reading = Self.reading(bytes)
            switch name.first {
            case "y": #expect(reading == (Self.refusedOfTheValidOnes.contains(name) ? "duplicate-key" : "taken"), "\(name)")
            case "n": #expect(reading != "taken", "\(name)")
            default: #expect(reading == table[name], "\(name)")
            }
            #expect((CanonicalForm.of(bytes) != nil) == (reading == "taken"), "\(name)")
        }
    }

    /// As orders none of them will do, but only where it is no JSON may the reading stop.
    @Test(.enabled(if: SharedData.exists("json-corpus"), "\(SharedData.reason)"))
    func theCorpusIsJudgedAsOrders() throws {
        var reader = OrderReader()
        for (name, bytes) in try Self.texts() {
            guard case .refused(let refused) = reader.read(bytes) else {
                Issue.record("\(name) was read as an order")
                continue
            }
            let ofJSON = refused.faults.map(\.code).filter(Self.codesOfJSON.contains)
            let reading = Self.reading(bytes)
            // Orders nest less deep than the daemon's own JSON.
            #expect(ofJSON.isEmpty == (reading == "taken") || ofJSON == [.nesting], "\(name): \(refused.faults)")
            if name.hasPrefix("i_"), reading != "taken" { #expect(ofJSON.map(\.rawValue) == [reading], "\(name)") }
        }
    }

    /// The same as files that a partner drops: each ends in a verdict on every order in it or on the file, and what is handed out as an order
    /// of a file that is JSON is the element itself.
    @Test(.enabled(if: SharedData.exists("json-corpus"), "\(SharedData.reason)"))
    func theCorpusSplitsAsFiles() throws {
        for (name, bytes) in try Self.texts() {
            for kind in OrderFileKind.allCases {
                let whole = Split(bytes, kind)
                #expect(whole.end != nil, "\(name)")
                #expect(Split(bytes, kind, pieces: 1) == whole, "\(name)")
            }
            guard let value = try? JSONValue.parse(bytes), let items = value.items, !items.isEmpty else { continue }
            let split = Split(bytes, .json)
            #expect(split.ending == "complete \(items.count) many", "\(name)")
            #expect(try split.elements.map { try JSONValue.parse(Array($0.utf8)) } == items, "\(name)")
        }
    }
}
