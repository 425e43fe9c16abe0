/// How a value of one key is read, what it may be, and how it is written back.
///
/// `text` is canonical: two spellings of one value (`1s`, `1000ms`) give the same text, so that values can be compared, shown and committed
/// to the generated pages by it. `read` accepts every `text` it could have produced.
struct ValueRule<Value: Sendable>: Sendable {
    /// The type in words, such as "duration".
    let kind: String
    /// Range or allowed values in words, such as "0s to 1h".
    let allowed: String
    /// Spellings to show where the kind alone does not tell how to write one, such as "1s, 500ms".
    let examples: String?
    let read: @Sendable (RawValue) throws(ValueFault) -> Value
    let text: @Sendable (Value) -> String

    init(
        kind: String, allowed: String, examples: String? = nil,
        read: @escaping @Sendable (RawValue) throws(ValueFault) -> Value, text: @escaping @Sendable (Value) -> String
    ) {
        self.kind = kind
        self.allowed = allowed
        self.examples = examples
        self.read = read
        self.text = text
    }

    /// Kind, range and examples in one phrase, for messages and pages.
    var expectation: String {
        let phrase = allowed.isEmpty ? kind : "\(kind), \(allowed)"
        return examples.map { "\(phrase) (such as \($0))" } ?? phrase
    }
}

/// A value as it stands in one of the places that values come from, before its key says what it must be.
enum RawValue: Equatable, Sendable {
    /// A scalar of the file, quoted or not.
    case scalar(String)
    /// A sequence of scalars of the file.
    case list([String])
    /// The text of an environment variable or of `--set`; lists are written with commas there.
    case argument(String)
    /// `key:` with nothing behind it, or `null`.
    case nothing
    /// A mapping, or a sequence of anything but scalars.
    case other(String)

    /// The text of a single value; nil for all that is not one.
    var single: String? {
        switch self {
        case .scalar(let text), .argument(let text): text
        case .list, .nothing, .other: nil
        }
    }

    /// What stands there, for a message. Cut, so that a pasted file does not become one line of a log.
    var shown: String {
        switch self {
        case .scalar(let text), .argument(let text): quoted(text)
        case .list(let items): "a list of \(items.count)"
        case .nothing: "no value"
        case .other(let kind): kind
        }
    }

    private func quoted(_ text: String) -> String {
        let cut = text.unicodeScalars.prefix(80)
        let shown = cut.map { $0.properties.generalCategory == .control ? $0.escaped(asASCII: true) : String($0) }.joined()
        return "\"\(shown)\(cut.count < text.unicodeScalars.count ? "..." : "")\""
    }
}

/// Why a value was not taken.
struct ValueFault: Error, Equatable {
    /// What was found, where that says more than the raw value itself.
    let found: String?

    /// The raw value is not of the kind, or not within the range.
    static let unfit = ValueFault(found: nil)
}
