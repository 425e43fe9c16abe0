import Glibc
import Ledger
import Orders

@testable import Spool
@testable import orderd

/// A file without a name that holds each input in turn, for readers that open a path.
private enum InputFile {
    private static let descriptor: CInt = {
        var template = Array("/dev/shm/orderd-fuzz-XXXXXX".utf8CString)
        let descriptor = mkstemp(&template)
        unlink(template)
        return descriptor
    }()

    static func path(holding bytes: UnsafeBufferPointer<UInt8>) -> String {
        guard descriptor >= 0, ftruncate(descriptor, 0) == 0, pwrite(descriptor, bytes.baseAddress, bytes.count, 0) == bytes.count else {
            fatalError("no file for the input")
        }
        return "/proc/self/fd/\(descriptor)"
    }
}

extension Harness {
    static let names = Harness(
        name: "names", meaning: "FileName, judgeName, OrderFileKind, cutName, what logs show of names",
        seeds: ["a.json", ".x", "é.ndjson~", "A.JSONL", "a\n\u{202E}b.part", String(repeating: "é", count: 127)].map(bytes),
        words: [".json", ".ndjson", ".jsonl", ".filepart", "~", "\\x0A", "\\u{202E}", "\u{202E}"]
    ) { input in
        _ = OrderFileKind(fileName: input)
        guard let name = FileName(bytes: input) else {
            return require(
                input.isEmpty || input.count > 255 || input.contains { $0 == 0 || $0 == 0x2F } || input.elementsEqual(bytes("."))
                    || input.elementsEqual(bytes("..")), "what a file can be named is a name")
        }
        require(name.bytes.elementsEqual(input), "a name is its bytes")
        require((judgeName(name) == .hidden) == (input[0] == 0x2E), "what begins with a dot is hidden")
        let shown = name.description
        require(shown.unicodeScalars.allSatisfy(isHarmless), "a name is shown on one line: \(shown)")
        require(unescaped(shown) == Array(input), "two names are not shown alike")
        let cut = cutName(name, suffix: ".receipt.json") { [UInt8](repeating: UInt8(truncatingIfNeeded: $0.count), count: 32) }
        require(cut.count <= 255 && cut.hasSuffix(".receipt.json"), "a receipt's name fits")
        require(cut.text != nil || name.text == nil, "text is cut between characters")
    }

    private static func isHarmless(_ scalar: Unicode.Scalar) -> Bool {
        ![.control, .format, .lineSeparator, .paragraphSeparator].contains(scalar.properties.generalCategory)
    }

    /// Takes back what `escaped` does.
    private static func unescaped(_ text: String) -> [UInt8] {
        var out: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "\\"), let kind = rest.popFirst() else {
                out.append(byte)
                continue
            }
            if kind == UInt8(ascii: "x") {
                out.append(UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) ?? 0)
                rest = rest.dropFirst(2)
            } else if kind == UInt8(ascii: "u") {
                let digits = rest.dropFirst().prefix { $0 != UInt8(ascii: "}") }
                let scalar = UInt32(String(decoding: digits, as: UTF8.self), radix: 16).flatMap { Unicode.Scalar($0) }
                out += scalar.map { Array(String($0).utf8) } ?? []
                rest = rest.dropFirst(digits.count + 2)
            } else {
                out.append(kind)
            }
        }
        return out
    }

    static let table = Harness(
        name: "csv", meaning: "CSVReader", seeds: ["a,b\r\n\"c,\"\"d\"\"\n\",\n", "\u{FEFF}x\n\n,\n\"\"\n"].map(bytes),
        words: ["\"\"", "\",\"", "\r\n", "\u{FEFF}"]
    ) { input in
        guard let records = try? CSVReader.records(Array(input)) else { return }
        let text = records.map { record in
            record.fields.map {
                "\"" + $0.split(separator: "\"" as Character, omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
            }
            .joined(separator: ",")
        }.joined(separator: "\n")
        guard records.allSatisfy({ $0.fields.allSatisfy { !$0.utf8.contains(UInt8(ascii: "\"")) } }) else { return }
        let again = try? CSVReader.records(bytes(text))
        require(again?.map(\.fields.count) == records.map(\.fields.count), "records are read as they are written")
        let same = zip(again ?? [], records).allSatisfy { left, right in
            zip(left.fields, right.fields).allSatisfy { $0.utf8.elementsEqual($1.utf8) }
        }
        require(same, "fields are read as they are written")
        require(zip(records, records.dropFirst()).allSatisfy { $0.line < $1.line }, "lines ascend")
    }

    static let products = Harness(
        name: "products", meaning: "ProductFile: stock and catalogue as CSV, array and lines",
        seeds: [
            "productId,quantity,name,price\nA,5,\"Lamp, red\",12.50\nB,0,,\n", #"[{"productId":"A","quantity":5,"name":"n","price":1.5}]"#,
            "{\"productId\":\"A\",\"quantity\":\"5\",\"name\":\"n\",\"price\":\"1\"}\n{\"productId\":\"e\u{301}\",\"quantity\":1}",
            "productId,quantity\n\u{e9},1\ne\u{301},2\n",
        ].map(bytes), words: ["productId", "quantity", "name", "price", "\u{e9}", "e\u{301}", "{\"productId\":\"", "\",\"quantity\":"]
    ) { input in
        let path = InputFile.path(holding: input)
        if let stock = try? ProductFile(path: path, columns: ["productId", "quantity"]).stock() {
            require(
                stock.allSatisfy { ProductLimits.isProduct($0.product) && ProductLimits.quantities.contains($0.quantity) }, "within limits")
            require(Set(stock.map { ExactText($0.product) }).count == stock.count, "each product once")
        }
        do {
            let catalogue = try ProductFile(path: path, columns: ["productId", "name", "price"]).catalogue()
            require(catalogue.allSatisfy { ProductLimits.isName($0.name) && ProductLimits.isPrice($0.price) }, "within limits")
        } catch {
            let text = "\(error)"
            require(text.contains("loaded") || text.contains("cannot be read"), "it says that nothing was loaded: \(text)")
            let shown = text.unicodeScalars.filter { $0 != "\n" }
            require(shown.allSatisfy(isHarmless), "what is shown is printable: \(text)")
        }
    }

    static let configuration = Harness(
        name: "configuration", meaning: "Configuration.load: YAML, keys and values",
        seeds: [
            "intake:\n  settle: 2s\n  settle: 3s\npartners:\n  acme:\n    order.currency: EUR\n", "intake.settle: 1s\nx: [a, {b: c}]\n",
            "a: &x {b: *x}\n", "[[[[", "\"\u{F0069}ntake.settle\": 1s\n", "intake: {settle: 1s}\nlog: {level: debug}\n",
        ].map(bytes),
        words: Keys.all.map(\.path) + Keys.sections.map(\.name) + ["partners:", "&a", "*a", "<<: ", "- ", "|\n", "!!str ", ": "]
    ) { input in
        let path = InputFile.path(holding: input)
        do throws(ConfigurationError) {
            let configuration = try Configuration.load(path: path, environment: [:], overrides: [], searching: [])
            // What it says of itself is what gives it.
            let overrides = configuration.changes.map { "\($0.key)=\($0.value)" }
            let again = try? Configuration.load(path: nil, environment: [:], overrides: overrides, searching: [])
            require(again == configuration, "its changes give the same configuration: \(overrides)")
        } catch {
            require(!error.problems.isEmpty && error.problems.allSatisfy { !$0.message.isEmpty }, "every problem is told")
            require(
                error.problems.allSatisfy { problem in
                    if case .file(_, let line, let column) = problem.place { return line >= 1 && column >= 1 }
                    return true
                }, "every problem has its place")
        }
    }
}
