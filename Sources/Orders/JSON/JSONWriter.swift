/// Writes JSON as bytes: compact, valid UTF-8, members in the order given.
///
/// Commas and colons are set by themselves. That names stand only in objects, and that what is begun is ended, is the caller's part.
public struct JSONWriter: Sendable {
    /// What has been written so far.
    public var bytes: [UInt8]

    /// A writer with room for so many bytes.
    public init(reserving count: Int = 512) {
        bytes = []
        bytes.reserveCapacity(count)
    }

    /// `{`
    public mutating func beginObject() {
        separate()
        bytes.append(UInt8(ascii: "{"))
    }

    /// `}`
    public mutating func endObject() { bytes.append(UInt8(ascii: "}")) }

    /// `[`
    public mutating func beginArray() {
        separate()
        bytes.append(UInt8(ascii: "["))
    }

    /// `]`
    public mutating func endArray() { bytes.append(UInt8(ascii: "]")) }

    /// A member's name; its value must come next.
    public mutating func key(_ name: String) {
        value(name)
        bytes.append(UInt8(ascii: ":"))
    }

    /// A member's name; its value must come next.
    public mutating func key(_ name: StaticString) {
        separate()
        JSONEscaping.append(UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount), to: &bytes)
        bytes.append(UInt8(ascii: ":"))
    }

    /// A string.
    public mutating func value(_ text: String) {
        separate()
        var text = text
        text.withUTF8 { JSONEscaping.append($0, to: &bytes) }
    }

    /// A number.
    public mutating func value(_ number: Int64) {
        separate()
        appendDecimalText(number, digits: 0, to: &bytes)
    }

    /// A number.
    public mutating func value(_ number: Int) { value(Int64(number)) }

    /// `true` or `false`.
    public mutating func value(_ truth: Bool) {
        separate()
        let text: StaticString = truth ? "true" : "false"
        bytes.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// A string of RFC 3339.
    public mutating func value(_ time: Timestamp) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        time.append(to: &bytes)
        bytes.append(UInt8(ascii: "\""))
    }

    /// A string of an id's text.
    public mutating func value(_ id: some TypeID) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        id.append(to: &bytes)
        bytes.append(UInt8(ascii: "\""))
    }

    /// `null`
    public mutating func null() {
        separate()
        let text: StaticString = "null"
        bytes.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// A string of bytes that should be UTF-8; what is not becomes U+FFFD.
    public mutating func value(utf8 text: some Sequence<UInt8>) { value(String(decoding: Array(text), as: UTF8.self)) }

    /// A value that is JSON already; nothing is checked.
    public mutating func raw(_ json: some Sequence<UInt8>) {
        separate()
        bytes.append(contentsOf: json)
    }

    /// A whole tree.
    public mutating func value(_ tree: JSONValue) {
        switch tree {
        case .null: null()
        case .bool(let truth): value(truth)
        case .number(let token): raw(token.utf8)
        case .string(let text): value(text)
        case .array(let items):
            beginArray()
            for item in items { value(item) }
            endArray()
        case .object(let members):
            beginObject()
            for member in members {
                key(member.name)
                value(member.value)
            }
            endObject()
        }
    }

    /// Sets a comma where the value that comes is not the first of its array or object. What was written last tells: no other byte can end
    /// a value.
    private mutating func separate() {
        guard let last = bytes.last else { return }
        if last != UInt8(ascii: "{"), last != UInt8(ascii: "["), last != UInt8(ascii: ":"), last != UInt8(ascii: "\n") {
            bytes.append(UInt8(ascii: ","))
        }
    }
}
