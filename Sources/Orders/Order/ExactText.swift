/// Text that is equal to other text only where its bytes are: a `String` takes two spellings of an accented letter for one, a database and a
/// partner do not. For keys of dictionaries.
public struct ExactText: Hashable, Sendable {
    /// The text.
    public let text: String

    /// A key of this text.
    @inlinable
    public init(_ text: String) { self.text = text }

    /// Byte by byte.
    @inlinable
    public static func == (left: ExactText, right: ExactText) -> Bool { left.text.utf8.elementsEqual(right.text.utf8) }

    /// Of the bytes.
    @inlinable
    public func hash(into hasher: inout Hasher) {
        var text = text
        text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    }
}
