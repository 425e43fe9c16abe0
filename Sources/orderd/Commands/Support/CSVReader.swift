/// Reads a CSV text by RFC 4180: fields divided by commas, a field in quotes may hold commas, line ends and doubled quotes.
struct CSVReader {
    /// A record, and the line it begins on, from 1.
    struct Record: Equatable {
        let line: Int
        let fields: [String]
    }

    /// Why a text is no CSV, and where.
    struct Fault: Error, Equatable {
        let line: Int
        let message: String
    }

    /// The records of a text. Empty lines are left out; a byte order mark at the start, which spreadsheets write, is too.
    static func records(_ bytes: [UInt8]) throws(Fault) -> [Record] {
        var reader = CSVReader(bytes)
        var records: [Record] = []
        while let record = try reader.next() { records.append(record) }
        return records
    }

    private let bytes: [UInt8]
    private var at: Int
    private var line = 1

    private init(_ bytes: [UInt8]) {
        self.bytes = bytes
        at = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    }

    private mutating func next() throws(Fault) -> Record? {
        while at < bytes.count, bytes[at] == UInt8(ascii: "\n") || bytes[at] == UInt8(ascii: "\r") {
            if bytes[at] == UInt8(ascii: "\n") { line += 1 }
            at += 1
        }
        guard at < bytes.count else { return nil }
        let start = line
        var fields: [String] = []
        while true {
            fields.append(try field())
            guard at < bytes.count else { break }
            let end = bytes[at]
            at += 1
            if end == UInt8(ascii: ",") { continue }
            if end == UInt8(ascii: "\r"), at < bytes.count, bytes[at] == UInt8(ascii: "\n") { at += 1 }
            line += 1
            break
        }
        return Record(line: start, fields: fields)
    }

    private mutating func field() throws(Fault) -> String {
        if at < bytes.count, bytes[at] == UInt8(ascii: "\"") { return try quoted() }
        let start = at
        while at < bytes.count, !isEnd(bytes[at]) {
            guard bytes[at] != UInt8(ascii: "\"") else {
                throw Fault(line: line, message: "a quote stands inside of a field; put the whole field in quotes and double the quote")
            }
            at += 1
        }
        return try text(bytes[start..<at])
    }

    private mutating func quoted() throws(Fault) -> String {
        let start = line
        at += 1
        var content: [UInt8] = []
        while at < bytes.count {
            let byte = bytes[at]
            at += 1
            if byte == UInt8(ascii: "\"") {
                if at < bytes.count, bytes[at] == UInt8(ascii: "\"") {
                    at += 1
                } else {
                    guard at == bytes.count || isEnd(bytes[at]) else {
                        throw Fault(line: line, message: "expected a comma or the line's end behind the closing quote")
                    }
                    return try text(content[...])
                }
            }
            if byte == UInt8(ascii: "\n") { line += 1 }
            content.append(byte)
        }
        throw Fault(line: start, message: "a quote is opened and not closed")
    }

    private func isEnd(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: ",") || byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r")
    }

    private func text(_ bytes: ArraySlice<UInt8>) throws(Fault) -> String {
        guard let text = String(validating: bytes, as: UTF8.self) else { throw Fault(line: line, message: "is not UTF-8 text") }
        return text
    }
}
