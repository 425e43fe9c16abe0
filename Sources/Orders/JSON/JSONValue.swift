/// A JSON text as a tree: for our own journal, status files and command results, not for orders.
///
/// The order of an object's members is kept, and counts in `==`. Numbers are kept as they are written.
public enum JSONValue: Sendable, Equatable {
    /// `null`
    case null
    /// `true` or `false`
    case bool(Bool)
    /// A number's text, e.g. `-1.50e3`.
    case number(String)
    /// A string, its escapes resolved.
    case string(String)
    /// An array's elements.
    case array([JSONValue])
    /// An object's members; no name stands twice in what ``parse(_:)-([UInt8])`` gives.
    case object([JSONMember])

    /// The value of the member of that name; `nil` where there is none or this is no object.
    public subscript(name: String) -> JSONValue? {
        guard case .object(let members) = self else { return nil }
        for member in members where member.name == name { return member.value }
        return nil
    }

    /// The text of a string, else `nil`.
    public var text: String? {
        if case .string(let text) = self { return text }
        return nil
    }

    /// The value of a number without point and exponent that fits, else `nil`.
    public var integer: Int64? {
        if case .number(let token) = self { return Int64(token) }
        return nil
    }

    /// The value of `true` or `false`, else `nil`.
    public var boolean: Bool? {
        if case .bool(let value) = self { return value }
        return nil
    }

    /// An array's elements, else `nil`.
    public var items: [JSONValue]? {
        if case .array(let items) = self { return items }
        return nil
    }

    /// An object's members in their order, else `nil`.
    public var members: [JSONMember]? {
        if case .object(let members) = self { return members }
        return nil
    }

    /// Whether this is `null`.
    public var isNull: Bool { self == .null }

    /// Levels of arrays and objects that are read.
    public static let maximumDepth = 128

    /// Reads one JSON text, strictly as RFC 8259 has it: UTF-8, no byte order mark, each name once in an object, no half of a surrogate
    /// pair, at most ``maximumDepth`` levels.
    public static func parse(_ bytes: UnsafeBufferPointer<UInt8>) throws(JSONFault) -> JSONValue {
        guard let base = bytes.baseAddress, !bytes.isEmpty else {
            throw JSONFault(SyntaxFault(.empty, at: 0, expected: "a JSON text"), in: nil, count: 0)
        }
        var parser = JSONParser(base, count: bytes.count)
        do throws(SyntaxFault) {
            return try parser.text()
        } catch {
            throw JSONFault(error, in: base, count: bytes.count)
        }
    }

    /// Reads one JSON text; see ``parse(_:)-(UnsafeBufferPointer<UInt8>)``.
    public static func parse(_ bytes: [UInt8]) throws(JSONFault) -> JSONValue {
        // withUnsafeBufferPointer rethrows untyped errors on some paths; a Result keeps the type.
        let result = bytes.withUnsafeBufferPointer { buffer -> Result<JSONValue, JSONFault> in
            do throws(JSONFault) { return .success(try parse(buffer)) } catch { return .failure(error) }
        }
        return try result.get()
    }
}

/// A name and its value in an object.
public struct JSONMember: Sendable, Equatable {
    /// The name, its escapes resolved.
    public let name: String
    /// Its value.
    public let value: JSONValue

    /// A member of these parts.
    public init(name: String, value: JSONValue) {
        self.name = name
        self.value = value
    }
}
