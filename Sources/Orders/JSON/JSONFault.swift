/// Why a text is not JSON, and where.
public struct JSONFault: Error, Sendable, Equatable, CustomStringConvertible {
    /// The kind of fault; of those of ``FaultCode`` that concern JSON itself.
    public let code: FaultCode
    /// The byte at fault, from 0; the number of bytes where the text ends too soon.
    public let offset: Int
    /// The line of that byte, from 1.
    public let line: Int
    /// The byte's place in its line, from 1.
    public let column: Int
    /// What was expected and what was found.
    public let message: String

    /// The message and where.
    public var description: String { "\(message) at byte \(offset) (line \(line), column \(column))" }

    init(_ fault: SyntaxFault, in base: UnsafePointer<UInt8>?, count: Int) {
        code = fault.code
        offset = fault.offset
        var found = "the end of the text"
        if let base, fault.offset < count { found = Self.describe(base[fault.offset]) }
        message = "expected \(fault.expected), found \(found)"
        let place = Self.place(of: fault.offset, in: base, count: count)
        line = place.line
        column = place.column
    }

    static func place(of offset: Int, in base: UnsafePointer<UInt8>?, count: Int) -> (line: Int, column: Int) {
        guard let base else { return (1, 1) }
        var line = 1
        var lineStart = 0
        for index in 0..<min(offset, count) where base[index] == 0x0A {
            line += 1
            lineStart = index + 1
        }
        return (line, offset - lineStart + 1)
    }

    /// One byte for a message: itself where it can be printed, else its number.
    static func describe(_ byte: UInt8) -> String {
        if byte > 0x20, byte < 0x7F { return "'\(Character(Unicode.Scalar(byte)))'" }
        if byte == 0x20 { return "a blank" }
        let hex = String(byte, radix: 16, uppercase: true)
        return "the byte 0x\(hex.count < 2 ? "0" : "")\(hex)"
    }
}
