import Ledger
import Orders
import Spool

/// Something that orderd works on, as it is known over a crash.
enum Thing: Hashable, Sendable {
    /// A dropped file: partner, drop directory, and what names the upload.
    case file(partner: String, drop: String, upload: DropIdentity)
    /// An accepted order.
    case order(OrderID)

    /// One line's worth of words, with names in hexadecimal digits.
    var text: String {
        switch self {
        case .order(let id): "order \(id.text)"
        case .file(let partner, let drop, let upload):
            "file \(partner) \(drop) \(upload.inode) \(upload.birth) \(Self.hex(upload.name))"
        }
    }

    /// The thing of a text; `nil` where it is none.
    init?(words: ArraySlice<Substring>) {
        let words = Array(words)
        switch words.first {
        case "order":
            guard words.count == 2, let id = OrderID(String(words[1])) else { return nil }
            self = .order(id)
        case "file":
            guard words.count == 6, let inode = UInt64(words[3]), let birth = Int64(words[4]), let name = Self.bytes(words[5]) else {
                return nil
            }
            self = .file(partner: String(words[1]), drop: String(words[2]), upload: DropIdentity(inode: inode, birth: birth, name: name))
        default: return nil
        }
    }

    private static func hex(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789abcdef".utf8)
        var out: [UInt8] = []
        out.reserveCapacity(2 * bytes.count)
        for byte in bytes {
            out.append(digits[Int(byte >> 4)])
            out.append(digits[Int(byte & 15)])
        }
        return String(decoding: out, as: UTF8.self)
    }

    private static func bytes(_ hex: Substring) -> [UInt8]? {
        let digits = Array(hex.utf8)
        guard digits.count.isMultiple(of: 2) else { return nil }
        var out: [UInt8] = []
        for index in stride(from: 0, to: digits.count, by: 2) {
            guard let high = Character(UnicodeScalar(digits[index])).hexDigitValue,
                let low = Character(UnicodeScalar(digits[index + 1])).hexDigitValue
            else { return nil }
            out.append(UInt8(high * 16 + low))
        }
        return out
    }
}
