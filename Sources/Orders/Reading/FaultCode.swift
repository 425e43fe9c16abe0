/// What is wrong, in one stable word: receipts carry the raw value, partners' programs branch on it. A code is never renamed or given
/// another meaning; new ones are added. `docs/reading.md` has each with an example.
public enum FaultCode: String, CaseIterable, Sendable {
    /// A member that must be there is not.
    case missing
    /// A value of another kind than the member takes: text for a number, `1.5` for a count, `null` for what must be there.
    case wrongType = "wrong-type"
    /// A name stands twice in one object, in whatever spelling.
    case duplicateKey = "duplicate-key"
    /// A number below or above what is taken, or amounts that add up to more than can be held.
    case outOfRange = "out-of-range"
    /// An amount with more digits after the point than its currency has.
    case tooManyDigits = "too-many-digits"
    /// A number with an exponent where an amount or a count is expected.
    case exponent
    /// Text that is no decimal number where an amount is expected.
    case notAnAmount = "not-an-amount"
    /// The total is not the sum of its parts.
    case totalMismatch = "total-mismatch"
    /// A code that is no active currency of ISO 4217.
    case unknownCurrency = "unknown-currency"
    /// Not a date and time as RFC 3339 writes it.
    case badTime = "bad-time"
    /// A payment card number.
    case cardNumber = "card-number"
    /// Text with more characters than the member takes, or a name with more than 256.
    case tooLong = "too-long"
    /// An empty or blank text, an empty list, a file without an order.
    case empty
    /// A control character raw in a string, or in an id or reference in any spelling.
    case controlCharacter = "control-character"
    /// More lines than an order may have.
    case tooManyLines = "too-many-lines"
    /// An order with more bytes than are taken.
    case tooLarge = "too-large"
    /// Bytes that are not UTF-8.
    case invalidUTF8 = "invalid-utf8"
    /// Half of a surrogate pair, in escapes: no character.
    case loneSurrogate = "lone-surrogate"
    /// The text begins with a byte order mark.
    case byteOrderMark = "byte-order-mark"
    /// A comma before a closing bracket or brace.
    case trailingComma = "trailing-comma"
    /// Not JSON in any other way.
    case syntax
    /// Arrays and objects nested too deep.
    case nesting
    /// The input ends before the JSON text does.
    case incomplete
    /// Stands last where a list of faults is cut: its message says how many more there are.
    case moreFaults = "more-faults"
    /// A name that is none of the kinds of files taken here.
    case notAnOrderFile = "not-an-order-file"
    /// What was dropped here is for a part of orderd that this version does not have.
    case notBuiltYet = "not-built-yet"
    /// A directory, link, pipe, socket or device where a file is expected.
    case notAFile = "not-a-file"
    /// A file with another name somewhere, by which it could still be changed.
    case hardLink = "hard-link"
    /// A file that orderd may not read.
    case unreadable
    /// A file with more bytes than are taken.
    case fileTooLarge = "file-too-large"
    /// A file or an order that has made orderd crash again and again: it is kept for a person, and not looked at.
    case setAside = "set-aside"
    /// Another order took this key before, with other content.
    case keyTaken = "key-taken"
    /// The same order was accepted before.
    case alreadyAccepted = "already-accepted"
}
