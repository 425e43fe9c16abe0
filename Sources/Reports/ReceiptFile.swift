public import Ledger
import Orders

/// The answer to a dropped file: `receipts/<drop directory>/<file name>.receipt.json`.
public enum ReceiptFile {
    /// The version of the format; members are only added while it stays.
    public static let version = 1

    /// One JSON object and a newline. The same drop always gives the same bytes.
    ///
    /// - Parameters:
    ///   - drop: a drop with its verdict.
    ///   - queries: where the verdicts of the slices of a large file lie.
    public static func bytes(_ drop: DropRecord, _ queries: Queries) throws(LedgerError) -> [UInt8] {
        var writer = JSONWriter(reserving: 512 + drop.results.count)
        writer.beginObject()
        writer.member("version", version)
        writer.member("dropId", drop.id)
        if let name = String(validating: drop.facts.name, as: UTF8.self) {
            writer.member("file", name)
        } else {
            writer.member("file", String(decoding: drop.facts.name, as: UTF8.self))
            writer.member("fileBase64", base64(drop.facts.name))
        }
        writer.member("partner", drop.facts.partner)
        writer.member("sha256", Hex.text(drop.facts.sha))
        writer.member("size", drop.facts.size)
        writer.member("receivedAt", drop.facts.received)
        writer.member("completeness", drop.facts.completeness)
        writer.member("verdict", drop.verdict?.rawValue ?? "")
        writer.key("orders")
        if drop.results.isEmpty {
            writer.beginArray()
            for number in 0..<drop.slices {
                guard let slice = try queries.slice(drop: drop.seq, number: number), slice.count > 2 else { continue }
                // The elements without the brackets, so that all slices make one list.
                writer.raw(slice[1..<slice.count - 1])
            }
            writer.endArray()
        } else {
            writer.raw(drop.results)
        }
        writer.key("errors")
        writer.raw(drop.faults.isEmpty ? [UInt8]("[]".utf8) : drop.faults)
        writer.endObject()
        return writer.bytes + [10]
    }

    /// RFC 4648, section 4.
    static func base64(_ bytes: [UInt8]) -> String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        var text: [UInt8] = []
        var index = 0
        while index < bytes.count {
            let rest = bytes.count - index
            let group =
                UInt32(bytes[index]) << 16 | (rest > 1 ? UInt32(bytes[index + 1]) << 8 : 0) | (rest > 2 ? UInt32(bytes[index + 2]) : 0)
            text.append(alphabet[Int(group >> 18 & 63)])
            text.append(alphabet[Int(group >> 12 & 63)])
            text.append(rest > 1 ? alphabet[Int(group >> 6 & 63)] : UInt8(ascii: "="))
            text.append(rest > 2 ? alphabet[Int(group & 63)] : UInt8(ascii: "="))
            index += 3
        }
        return String(decoding: text, as: UTF8.self)
    }
}
