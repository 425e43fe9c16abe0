import Glibc
import Spool

@testable import Orders
@testable import Stages

extension Harness {
    static let cards = Harness(
        name: "cards", meaning: "CardNumbers: search and mask in any bytes",
        seeds: ["4111 1111-1111 1111 x 378282246310005", "5555555555554444,30569309025904", "3000 41111111111111111"].map(bytes),
        words: ["4111111111111111", "4111 1111 1111 1111", "378282246310005", "30569309025904", " ", "--", "6304000000000000"]
    ) { input in
        let found = CardNumbers.ranges(in: input)
        var last = 0
        for range in found {
            require(range.lowerBound >= last && range.upperBound <= input.count && !range.isEmpty, "ranges ascend within the bytes")
            last = range.upperBound
            let digits = input[range].filter { (0x30...0x39).contains($0) }.map { Int($0 - 0x30) }
            require((14...19).contains(digits.count) && luhn(digits) == 0, "14 to 19 digits with the right check digit")
        }
        var masked = Array(input)
        CardNumbers.mask(&masked, in: found)
        require(masked.count == input.count, "masking keeps the length")
        // What is left may look like a card number only with the nines that masking wrote.
        for range in masked.withUnsafeBufferPointer({ CardNumbers.ranges(in: $0) }) {
            require(found.contains { $0.overlaps(range) }, "no card number is left")
        }
    }

    private static func luhn(_ digits: [Int]) -> Int {
        digits.reversed().enumerated().reduce(0) { sum, digit in
            let doubled = digit.offset % 2 == 0 ? digit.element : digit.element * 2
            return sum + (doubled > 9 ? doubled - 9 : doubled)
        } % 10
    }

    static let ids = Harness(
        name: "ids", meaning: "TypeID: text to value and back",
        seeds: [bytes("ord_01h455vb4pex5vsknk084sn02q"), bytes("drp_7zzzzzzzzzzzzzzzzzzzzzzzzz")],
        words: ["ord_", "drp_", "7zzz", "0000"]
    ) { input in
        if let id = OrderID(utf8: input) { require(id.text.utf8.elementsEqual(input), "one id has one spelling") }
        if let id = DropID(utf8: input) { require(id.text.utf8.elementsEqual(input), "one id has one spelling") }
        var choices = Choices(input)
        let one = OrderID(high: choices.word(), low: choices.word())
        let other = OrderID(high: choices.word(), low: choices.word())
        require(OrderID(one.text) == one && one.text.utf8.count == 30, "every value has a text that is read")
        require((one < other) == (one.text < other.text), "ids sort as their text")
        require(DropID(one.text) == nil, "an order's id is no drop's")
        var generator = IDGenerator(after: one)
        let next = generator.orderID(milliseconds: Int64(bitPattern: choices.word())) { choices.word() }
        // A generator beyond the year 9999 may come to the end of what an id can hold.
        require(next > one || one.high >> 16 > 253_402_300_799_999 || (one.high >> 12 & 15) > 7 || one.low >> 62 > 2, "ids increase")
    }

    static let times = Harness(
        name: "times", meaning: "Timestamp.parse",
        seeds: ["2026-11-22T17:35:58Z", "2024-02-29t23:59:60.123456+00:00", "1970-01-01T00:00:00-00:01", "9999-12-31T23:59:59.999-23:59"]
            .map(bytes),
        words: ["T", "Z", "+01:00", "-23:59", "23:59:60", ".999"]
    ) { input in
        var choices = Choices(input)
        let any = Timestamp(milliseconds: Int64(bitPattern: choices.word() >> 17))
        if any <= .maximum { require(Timestamp.parse(any.rfc3339) == any, "every moment is read as it is written") }
        guard let moment = Timestamp.parse(utf8: Array(input)) else { return }
        require(moment.milliseconds >= 0 && moment <= .maximum, "a moment of 1970 to 9999")
        require(Timestamp.parse(moment.rfc3339) == moment, "a moment is read as it is written")
        // The C library's calendar as a second opinion.
        let text = String(decoding: input, as: UTF8.self)
        func part(_ from: Int, _ count: Int) -> Int {
            Int(text.utf8.dropFirst(from).prefix(count).map { Character(UnicodeScalar($0)) }.reduce("") { $0 + String($1) }) ?? -1
        }
        var parts = tm()
        parts.tm_year = CInt(part(0, 4) - 1900)
        parts.tm_mon = CInt(part(5, 2) - 1)
        parts.tm_mday = CInt(part(8, 2))
        parts.tm_hour = CInt(part(11, 2))
        parts.tm_min = CInt(part(14, 2))
        parts.tm_sec = CInt(part(17, 2))
        var seconds = Int64(timegm(&parts))
        if let last = input.last, last | 0x20 != UInt8(ascii: "z") {
            let minutes = part(input.count - 5, 2) * 60 + part(input.count - 2, 2)
            seconds -= Int64(input[input.count - 6] == UInt8(ascii: "-") ? -minutes : minutes) * 60
        }
        require(moment.milliseconds / 1000 == seconds, "the C library counts the same seconds")
    }

    static let amounts = Harness(
        name: "amounts", meaning: "decimalText, and amounts as the order reader takes them",
        seeds: [[0, 0, 0, 0, 0, 0, 8, 172, 2], [255, 255, 255, 255, 255, 255, 255, 255, 0]]
    ) { input in
        var choices = Choices(input)
        let minor = Int64(bitPattern: choices.word())
        let digits = Int(choices.next() % 20)
        let text = decimalText(minor, digits: digits)
        require(Int64(text.filter { $0 != "." }) == minor, "the digits are the number's")
        guard let currency = ["JPY", "GBP", "BHD", "CLF"].compactMap({ Currency($0) }).first(where: { $0.digits == digits }), minor >= 0
        else {
            return
        }
        let amount = decimalText(minor, digits: currency.digits)
        let order =
            #"{"customerId":"c","items":[{"productId":"p","quantity":1,"price":\#(amount)}],"totalAmount":"\#(amount)","currency":"\#(currency)"}"#
        var reader = OrderReader()
        let isInRange = (amount.split(separator: ".").first?.utf8.count ?? 0) <= 13
        switch reader.read(bytes(order)) {
        case .order(let order):
            require(isInRange && order.totalAmount == minor && order.lines[0].price == minor, "an amount is read as it is written")
        case .refused(let refusal): require(!isInRange, "an amount within the limits is read: \(refusal.faults)")
        }
    }

    static let position = Harness(
        name: "position", meaning: "LargeFile.position: a place in a large file", seeds: [bytes("12:3:4:2"), bytes("0:0:1:0")], words: [":"]
    ) { input in
        guard let position = LargeFile.position(String(decoding: input, as: UTF8.self)) else { return }
        require(LargeFile.position(LargeFile.text(position)) == position, "a position is read as it is written")
    }

    static let transfer = Harness(
        name: "transfer", meaning: "TransferLogLine: what sshd logs of transfers",
        seeds: [
            #"<30>Nov 24 15:00:00 internal-sftp[17]: close "/orders/o.json" bytes read 0 written 512"#,
            #"<30>Nov 24 15:00:00 internal-sftp[17]: forced close "/orders/a\" bytes read 1 \n\\\303\251" bytes read 0 written 256"#,
        ].map(bytes), words: ["]: ", "close \"", "forced close \"", "\" bytes read ", " written ", "\\", "\\377", "/../", "/./"]
    ) { input in
        guard let line = TransferLogLine(datagram: input) else { return }
        require(line.bytesRead >= 0 && line.bytesWritten >= 0, "counts are not negative")
        if let place = line.place {
            require(place.directory?.contains(UInt8(ascii: "/")) != true, "a directory is one name")
            require(line.path.count >= place.name.count, "a name is a part of the path")
        }
        // As sshd would write it again: everything but printable ASCII in octal.
        let escaped = line.path.flatMap { byte -> [UInt8] in
            if byte == UInt8(ascii: "\\") { return [byte, byte] }
            if (0x20..<0x7F).contains(byte) { return [byte] }
            return [UInt8(ascii: "\\"), 0x30 + byte >> 6, 0x30 + byte >> 3 & 7, 0x30 + byte & 7]
        }
        let text =
            bytes("<30>x[1]: " + (line.isForced ? "forced " : "") + "close \"") + escaped
            + bytes("\" bytes read \(line.bytesRead) written \(line.bytesWritten)")
        require(TransferLogLine(datagram: text) == line, "a line is read as sshd writes it")
    }
}
