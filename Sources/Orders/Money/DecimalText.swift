/// An amount of minor units as decimal text: 2220 with two digits is `22.20`, -5 is `-0.05`, and with no digits 5 is `5`.
/// - Parameters:
///   - minorUnits: any value.
///   - digits: digits after the point, 0 to 18; fewer or more are taken as that limit.
public func decimalText(_ minorUnits: Int64, digits: Int) -> String {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(22)
    appendDecimalText(minorUnits, digits: digits, to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
}

/// Appends what ``decimalText(_:digits:)`` gives, as ASCII.
public func appendDecimalText(_ minorUnits: Int64, digits: Int, to bytes: inout [UInt8]) {
    let digits = min(max(digits, 0), 18)
    if minorUnits < 0 { bytes.append(UInt8(ascii: "-")) }
    var rest = minorUnits.magnitude
    let start = bytes.count
    var written = 0
    // Least significant first, then turned round: no division to find the length beforehand.
    repeat {
        if written == digits, digits > 0 { bytes.append(UInt8(ascii: ".")) }
        bytes.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10))
        rest /= 10
        written += 1
    } while rest > 0 || written <= digits
    bytes[start...].reverse()
}
