import Foundation
import Ledger
import Orders

/// A file of stock or of products: CSV with a header, a JSON array, or one JSON object a line. It is read to its end before anything of it
/// counts: a bad line anywhere, and nothing is loaded.
struct ProductFile {
    /// One product's fields by their names in the header, and where they stand.
    struct Row {
        let place: String
        let fields: [String: JSONValue]
    }

    /// How large a file may be.
    static let limit = 256 << 20

    private let path: String
    private let rows: [Row]

    /// Reads a file.
    ///
    /// - Parameters:
    ///   - path: `-` for standard input.
    ///   - columns: the names that must be there.
    init(path: String, columns: [String]) throws {
        self.path = path == "-" ? "standard input" : path
        let bytes = try Self.contents(path)
        let first = bytes.first { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }
        switch first {
        case nil: throw CommandFailure.refused("\(self.path) is empty; nothing was loaded")
        case UInt8(ascii: "{"): rows = try Self.lines(bytes, self.path)
        case UInt8(ascii: "["): rows = try Self.array(bytes, self.path)
        default: rows = try Self.table(bytes, self.path, columns)
        }
        guard !rows.isEmpty else { throw CommandFailure.refused("\(self.path) holds no products; nothing was loaded") }
    }

    /// The stock that the file sets.
    func stock() throws -> [StockCount] {
        var problems: [String] = []
        var counts: [StockCount] = []
        var seen: [ExactText: String] = [:]
        for row in rows {
            guard let product = product(row, &seen, &problems) else { continue }
            let quantity = row.fields["quantity"].flatMap { $0.integer ?? $0.text.flatMap { Self.wholeNumber($0) } }
            guard let quantity, ProductLimits.quantities.contains(quantity) else {
                problems.append("\(row.place): expected quantity, a whole number from 0 on, found \(Self.shown(row.fields["quantity"]))")
                continue
            }
            counts.append(StockCount(product: product, quantity: quantity))
        }
        try refuse(problems)
        return counts
    }

    /// The products that the file makes known.
    func catalogue() throws -> [CatalogueEntry] {
        var problems: [String] = []
        var entries: [CatalogueEntry] = []
        var seen: [ExactText: String] = [:]
        for row in rows {
            guard let product = product(row, &seen, &problems) else { continue }
            guard let name = row.fields["name"]?.text, ProductLimits.isName(name) else {
                problems.append("\(row.place): expected name, a text of at most 500 characters, found \(Self.shown(row.fields["name"]))")
                continue
            }
            guard let price = row.fields["price"].flatMap(Self.decimal), ProductLimits.isPrice(price) else {
                problems.append("\(row.place): expected price, a decimal number such as 12.50, found \(Self.shown(row.fields["price"]))")
                continue
            }
            entries.append(CatalogueEntry(product: product, name: name, price: price))
        }
        try refuse(problems)
        return entries
    }

    private func product(_ row: Row, _ seen: inout [ExactText: String], _ problems: inout [String]) -> String? {
        guard let product = row.fields["productId"]?.text, ProductLimits.isProduct(product) else {
            problems.append("\(row.place): expected productId, a text of 1 to 200 characters, found \(Self.shown(row.fields["productId"]))")
            return nil
        }
        if let first = seen[ExactText(product)] {
            problems.append("\(row.place): \(printable(product)) stands twice, first at \(first)")
            return nil
        }
        seen[ExactText(product)] = row.place
        return product
    }

    private func refuse(_ problems: [String]) throws {
        guard !problems.isEmpty else { return }
        let shown = problems.prefix(20).joined(separator: "\n")
        let more = problems.count > 20 ? "\nand \(problems.count - 20) more" : ""
        throw CommandFailure.refused("\(path) was not loaded, nothing of it:\n\(shown)\(more)")
    }

    // MARK: Reading

    private static func contents(_ path: String) throws -> [UInt8] {
        if path == "-" { return Array(FileHandle.standardInput.readDataToEndOfFile()) }
        guard let stream = fopen(path, "re") else { throw unreadable(path, errno) }
        defer { fclose(stream) }
        var bytes: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 1 << 20)
        while bytes.count <= limit {
            let count = fread(&part, 1, part.count, stream)
            guard ferror(stream) == 0 else { throw unreadable(path, errno) }
            if count == 0 { break }
            bytes += part[..<count]
        }
        guard bytes.count <= limit else { throw CommandFailure.couldNotRun("\(path) is larger than \(byteText(Int64(limit)))") }
        return bytes
    }

    private static func unreadable(_ path: String, _ code: Int32) -> CommandFailure {
        .couldNotRun("\(printable(path)) cannot be read: \(String(cString: strerror(code)))")
    }

    private static func table(_ bytes: [UInt8], _ path: String, _ columns: [String]) throws -> [Row] {
        let records: [CSVReader.Record]
        do throws(CSVReader.Fault) { records = try CSVReader.records(bytes) } catch {
            throw CommandFailure.refused("\(path):\(error.line): \(error.message); nothing was loaded")
        }
        guard let header = records.first else { return [] }
        for column in columns where !header.fields.contains(column) {
            throw CommandFailure.refused(
                "\(path):\(header.line): expected a header with \(columns.joined(separator: ",")), found "
                    + "\(printable(header.fields.joined(separator: ",")).prefix(200)); nothing was loaded")
        }
        return try records.dropFirst().map { record in
            guard record.fields.count == header.fields.count else {
                throw CommandFailure.refused(
                    "\(path):\(record.line): expected \(header.fields.count) fields as in the header, found \(record.fields.count); "
                        + "nothing was loaded")
            }
            var fields: [String: JSONValue] = [:]
            for (name, value) in zip(header.fields, record.fields) { fields[name] = .string(value) }
            return Row(place: "\(path):\(record.line)", fields: fields)
        }
    }

    private static func lines(_ bytes: [UInt8], _ path: String) throws -> [Row] {
        // A single object over several lines is one product.
        if let whole = try? JSONValue.parse(bytes), whole.members != nil { return [try row(whole, "\(path):1")] }
        var rows: [Row] = []
        for (index, line) in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated() {
            guard line.contains(where: { $0 != 0x20 && $0 != 0x0D && $0 != 0x09 }) else { continue }
            let place = "\(path):\(index + 1)"
            do throws(JSONFault) {
                rows.append(try row(try JSONValue.parse(Array(line)), place))
            } catch {
                throw CommandFailure.refused("\(place): expected one JSON object, found: \(error); nothing was loaded")
            }
        }
        return rows
    }

    private static func array(_ bytes: [UInt8], _ path: String) throws -> [Row] {
        let value: JSONValue
        do throws(JSONFault) { value = try JSONValue.parse(bytes) } catch {
            throw CommandFailure.refused("\(path): \(error); nothing was loaded")
        }
        return try (value.items ?? []).enumerated().map { try row($0.element, "\(path)#/\($0.offset)") }
    }

    private static func row(_ value: JSONValue, _ place: String) throws(JSONFault) -> Row {
        var fields: [String: JSONValue] = [:]
        for member in value.members ?? [] { fields[member.name] = member.value }
        return Row(place: place, fields: fields)
    }

    /// Digits only: `Int64.init` alone would take a sign.
    private static func wholeNumber(_ text: String) -> Int64? {
        text.utf8.allSatisfy { (0x30...0x39).contains($0) } ? Int64(text) : nil
    }

    private static func decimal(_ value: JSONValue) -> String? {
        if case .number(let token) = value { return token }
        return value.text
    }

    private static func shown(_ value: JSONValue?) -> String {
        switch value {
        case nil: "nothing"
        case .string(let text): "\"\(printable(String(text.unicodeScalars.prefix(80))))\""
        case .number(let token): String(token.prefix(80))
        default: "something else"
        }
    }
}
