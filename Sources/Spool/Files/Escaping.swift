/// Bytes as text for a log line: what is printable stays, all else is written so that it can neither break the line nor reorder it.
///
/// Control characters and bytes that are not UTF-8 become `\xNN`; invisible and direction-changing characters become `\u{NNNN}`; a
/// backslash is doubled, so that two different names never print alike.
func escaped(_ bytes: some Sequence<UInt8>) -> String {
    let bytes = Array(bytes)
    if bytes.allSatisfy({ $0 >= 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\\") }) {
        return String(decoding: bytes, as: UTF8.self)
    }
    var text = ""
    var index = 0
    while index < bytes.count {
        let length = scalarLength(bytes, at: index)
        guard length > 0, let scalar = String(decoding: bytes[index..<index + length], as: UTF8.self).unicodeScalars.first else {
            text += hexEscape(bytes[index])
            index += 1
            continue
        }
        append(scalar, to: &text)
        index += length
    }
    return text
}

/// How many bytes the UTF-8 scalar at `index` has; 0 where there is no valid one.
func scalarLength(_ bytes: [UInt8], at index: Int) -> Int {
    let wanted =
        switch bytes[index] {
        case 0x00...0x7F: 1
        case 0xC2...0xDF: 2
        case 0xE0...0xEF: 3
        case 0xF0...0xF4: 4
        default: 0
        }
    guard wanted > 0, index + wanted <= bytes.count else { return 0 }
    // Overlong forms and surrogates pass the first byte's test, so the whole is validated.
    return String(validating: bytes[index..<index + wanted], as: UTF8.self) == nil ? 0 : wanted
}

private func append(_ scalar: Unicode.Scalar, to text: inout String) {
    switch scalar.properties.generalCategory {
    case .control where scalar.value < 0x80: text += hexEscape(UInt8(scalar.value))
    case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned, .surrogate:
        text += "\\u{" + String(scalar.value, radix: 16, uppercase: true) + "}"
    default: text += scalar == "\\" ? "\\\\" : String(scalar)
    }
}

private func hexEscape(_ byte: UInt8) -> String {
    let digits = String(byte, radix: 16, uppercase: true)
    return "\\x" + (digits.count == 1 ? "0" : "") + digits
}
