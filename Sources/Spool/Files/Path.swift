/// A path as bytes. Not a `String`: a spool's directory need not be named in UTF-8, and a `String` would mend such a name to another one.
public struct Path: Hashable, Sendable, CustomStringConvertible, ExpressibleByStringLiteral {
    private let storage: ContiguousArray<UInt8>

    /// The path of this text's UTF-8 bytes, up to the first NUL.
    public init(_ text: String) {
        self.init(bytes: text.utf8)
    }

    /// The path of these bytes, up to the first NUL.
    public init(bytes: some Sequence<UInt8>) {
        storage = ContiguousArray(bytes.prefix { $0 != 0 }) + [0]
    }

    /// The path of a name.
    public init(_ name: FileName) {
        self.init(bytes: name.bytes)
    }

    /// The path that a literal spells.
    public init(stringLiteral text: String) {
        self.init(text)
    }

    /// The bytes, without the NUL.
    public var bytes: ArraySlice<UInt8> { ArraySlice(storage.dropLast()) }

    /// The path for people and logs: one line, printable. It may be escaped.
    public var description: String { escaped(storage.dropLast()) }

    /// Whether there is nothing in it.
    public var isEmpty: Bool { storage.count == 1 }

    /// This path, a `/` where none is, and `relative`.
    public func appending(_ relative: some Sequence<UInt8>) -> Path {
        let slash = UInt8(ascii: "/")
        return Path(bytes: Array(bytes) + (isEmpty || bytes.last == slash ? [] : [slash]) + Array(relative))
    }

    /// This path, a `/` where none is, and `relative`.
    public func appending(_ relative: String) -> Path {
        appending(relative.utf8)
    }

    /// Calls `body` with the path as a C string, which is valid only during the call.
    public func withCString<Result, Failure: Error>(
        _ body: (UnsafePointer<CChar>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try storage.withUnsafeBufferPointer { (buffer) throws(Failure) -> Result in
            let start = UnsafeRawPointer(buffer.baseAddress.unsafelyUnwrapped)
            return try body(start.assumingMemoryBound(to: CChar.self))
        }
    }
}
