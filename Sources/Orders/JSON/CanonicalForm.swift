/// The one spelling of a JSON text's content, to tell whether two orders say the same.
///
/// Members are sorted by the bytes of their names, blanks are left out, strings have the fewest escapes, and numbers are whole digits and a
/// power of ten: `22.2`, `22.20` and `2.22e1` all become `222e-1`. An order's amounts (`price` of a line, `totalAmount`, `taxAmount`,
/// `shippingAmount`, `discountAmount`) are the same as text and as a number. Nothing else that differs in kind is the same: `null` is not a
/// missing member. A number with an exponent of more than 15 digits stays as it is written.
public enum CanonicalForm {
    /// The canonical bytes; `nil` for what is not strict JSON or nests deeper than ``JSONValue/maximumDepth``.
    public static func of(_ json: UnsafeBufferPointer<UInt8>) -> [UInt8]? {
        guard let base = json.baseAddress, !json.isEmpty else { return nil }
        var writer = CanonicalWriter(base, count: json.count)
        return writer.run()
    }

    /// The canonical bytes; see ``of(_:)-(UnsafeBufferPointer<UInt8>)``.
    public static func of(_ json: [UInt8]) -> [UInt8]? {
        json.withUnsafeBufferPointer { of($0) }
    }
}
