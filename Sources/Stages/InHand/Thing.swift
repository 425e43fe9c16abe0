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
        var bytes: [UInt8] = []
        append(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Appends ``text``. A note is written for every file, so this makes no strings on the way.
    func append(to bytes: inout [UInt8]) {
        switch self {
        case .order(let id):
            bytes.append(contentsOf: "order ".utf8)
            id.append(to: &bytes)
        case .file(let partner, let drop, let upload):
            bytes.append(contentsOf: "file ".utf8)
            bytes.append(contentsOf: partner.utf8)
            bytes.append(UInt8(ascii: " "))
            bytes.append(contentsOf: drop.utf8)
            bytes.append(UInt8(ascii: " "))
            bytes.append(contentsOf: String(upload.inode).utf8)
            bytes.append(UInt8(ascii: " "))
            bytes.append(contentsOf: String(upload.birth).utf8)
            bytes.append(UInt8(ascii: " "))
            for byte in upload.name {
                bytes.append(Self.digit(byte >> 4))
                bytes.append(Self.digit(byte & 15))
            }
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

    private static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
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
