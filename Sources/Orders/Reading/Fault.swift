/// One thing that is wrong with what a partner dropped, in the words the receipt uses.
public struct Fault: Sendable, Equatable {
    /// RFC 6901 pointer to the value at fault: into one order's JSON text for a fault of the order, into the file's for a fault of the
    /// file. The empty pointer is the whole. Digits of a name that holds a card number are masked.
    public let path: String
    /// The stable code.
    public let code: FaultCode
    /// What was expected and what was found, for a person. Never holds a card number. Its wording may change.
    public let message: String

    /// A fault of these parts.
    public init(path: String, code: FaultCode, message: String) {
        self.path = path
        self.code = code
        self.message = message
    }
}
