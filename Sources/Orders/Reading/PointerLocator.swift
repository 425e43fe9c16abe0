/// Finds the RFC 6901 pointers of places in a JSON text by walking it once more, as far as the last place. The text may be broken or end
/// anywhere: a place gets the pointer of what is being read there.
struct PointerLocator {
    private struct Step {
        var isArray: Bool
        var index = 0
        /// The range of the present member's name between its quotes.
        var name: Range<Int>?
        var expectsName: Bool
    }

    /// Names of 256 characters are taken; none of them is cut.
    private static let maximumNameBytes = 1024

    private let base: UnsafePointer<UInt8>
    private let count: Int
    private let offsets: [Int]
    private var pointers: [String] = []
    private var steps: [Step] = []

    /// - Parameter offsets: ascending.
    static func pointers(to offsets: [Int], base: UnsafePointer<UInt8>, count: Int) -> [String] {
        var locator = PointerLocator(base: base, count: count, offsets: offsets)
        locator.walk()
        return locator.pointers
    }

    private init(base: UnsafePointer<UInt8>, count: Int, offsets: [Int]) {
        self.base = base
        self.count = count
        self.offsets = offsets
    }

    private mutating func walk() {
        var at = 0
        while at < count, pointers.count < offsets.count {
            let byte = base[at]
            if JSONScanner.isBlank(byte) {
                at += 1
                continue
            }
            switch byte {
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                at += 1
                resolve(before: at)
                let isArray = byte == UInt8(ascii: "[")
                steps.append(Step(isArray: isArray, expectsName: !isArray))
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                at += 1
                // Before the step back: a fault at a bracket lies where a value or a comma should have been.
                resolve(before: at)
                _ = steps.popLast()
            case UInt8(ascii: ","):
                at += 1
                if let last = steps.indices.last {
                    if steps[last].isArray { steps[last].index += 1 }
                    steps[last].name = nil
                    steps[last].expectsName = !steps[last].isArray
                }
                resolve(before: at)
            case UInt8(ascii: ":"):
                at += 1
                resolve(before: at)
            case UInt8(ascii: "\""):
                let end = stringEnd(from: at + 1)
                if let last = steps.indices.last, steps[last].expectsName {
                    steps[last].name = at + 1..<max(at + 1, end - 1)
                    steps[last].expectsName = false
                }
                at = end
                resolve(before: at)
            default:
                at = scalarEnd(from: at + 1)
                resolve(before: at)
            }
        }
        resolve(before: Int.max)
    }

    /// Behind the closing quote, or the end of the text.
    private func stringEnd(from start: Int) -> Int {
        var index = start
        while index < count {
            if base[index] == UInt8(ascii: "\\") {
                index += 2
                continue
            }
            index += 1
            if base[index - 1] == UInt8(ascii: "\"") { return index }
        }
        return count
    }

    private func scalarEnd(from start: Int) -> Int {
        var index = start
        while index < count {
            switch base[index] {
            case UInt8(ascii: ","), UInt8(ascii: ":"), UInt8(ascii: "{"), UInt8(ascii: "}"), UInt8(ascii: "["), UInt8(ascii: "]"),
                UInt8(ascii: "\""):
                return index
            case let byte where JSONScanner.isBlank(byte):
                return index
            default:
                index += 1
            }
        }
        return index
    }

    private mutating func resolve(before end: Int) {
        guard pointers.count < offsets.count, offsets[pointers.count] < end else { return }
        let pointer = pointer()
        while pointers.count < offsets.count, offsets[pointers.count] < end { pointers.append(pointer) }
    }

    private func pointer() -> String {
        var text = ""
        for step in steps {
            if step.isArray {
                text += "/\(step.index)"
            } else if let name = step.name {
                text += "/" + JSONPointer.token(maskedName(name))
            }
        }
        return text
    }

    /// A name's text, without the digits of a card number. A name that is no valid string (the fault lies in it) is shown as far as it can
    /// be.
    private func maskedName(_ range: Range<Int>) -> String {
        var bytes = Array(UnsafeBufferPointer(start: base + range.lowerBound, count: range.count))
        if bytes.contains(UInt8(ascii: "\\")) {
            var scanner = JSONScanner(base, count: count)
            scanner.at = range.lowerBound - 1
            if let token = try? scanner.string() {
                bytes = []
                scanner.appendDecoded(token, to: &bytes)
            }
        }
        CardNumbers.mask(&bytes, in: bytes.withUnsafeBufferPointer { CardNumbers.ranges(in: $0) })
        guard bytes.count > Self.maximumNameBytes else { return String(decoding: bytes, as: UTF8.self) }
        // Such a name is itself a fault; a hundred pointers of a megabyte each would be another.
        var end = Self.maximumNameBytes
        while end > 0, bytes[end] & 0xC0 == 0x80 { end -= 1 }
        return String(decoding: bytes[..<end], as: UTF8.self) + "..."
    }
}

/// The spelling of RFC 6901.
enum JSONPointer {
    /// A name as a pointer's token.
    static func token(_ name: String) -> String {
        guard name.utf8.contains(where: { $0 == UInt8(ascii: "~") || $0 == UInt8(ascii: "/") }) else { return name }
        var bytes: [UInt8] = []
        for byte in name.utf8 {
            switch byte {
            case UInt8(ascii: "~"): bytes += [UInt8(ascii: "~"), UInt8(ascii: "0")]
            case UInt8(ascii: "/"): bytes += [UInt8(ascii: "~"), UInt8(ascii: "1")]
            default: bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
