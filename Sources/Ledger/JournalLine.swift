import Crypto
public import Orders

/// One event as it stands in the journal: a CloudEvents 1.0 object on one line, members in a fixed order, without blanks.
///
/// The hash is SHA-256 over the hash before it and the envelope, which is the line up to `,"hash":`. The personal part stands behind the
/// hash; the envelope covers it by a salted digest (`data.personalDigest`), so that it can be erased and the chain still verifies.
public struct JournalLine: Sendable {
    /// The event's number.
    public let seq: Int64
    /// Its time, milliseconds since 1970.
    public let at: Timestamp
    /// Its type without the prefix `orderd.`.
    public let kind: String
    /// What it is about.
    public let subject: String
    /// The `data` member, as JSON text.
    public let data: [UInt8]
    /// The spool that it belongs to.
    public let source: String
    /// Its link of the chain.
    public let hash: [UInt8]
    /// Its personal part, where it has one that was not erased.
    public let personal: PersonalPart?
    /// The bytes that the hash covers.
    let envelope: ArraySlice<UInt8>

    /// The hash before the first event.
    public static let origin = [UInt8](repeating: 0, count: 32)

    static let opening = Array(#"{"specversion":"1.0","id":""#.utf8)
    private static let sourceKey = Array(#"","source":"/orderd/"#.utf8)
    private static let typeKey = Array(#"","type":"orderd."#.utf8)
    private static let timeKey = Array(#"","time":""#.utf8)
    private static let subjectKey = Array(#"","subject":""#.utf8)
    private static let dataKey = Array(#"","datacontenttype":"application/json","data":"#.utf8)
    private static let hashKey = Array(#","hash":""#.utf8)
    private static let saltKey = Array(#"","salt":""#.utf8)
    private static let personalKey = Array(#"","personal":"#.utf8)
    private static let digestKey = Array(#""personalDigest":""#.utf8)

    /// Appends the line of an event, newline included, and returns its hash.
    static func append(
        to line: inout [UInt8], source: String, seq: Int64, at: Timestamp, kind: String, subject: String, data: [UInt8],
        personal: PersonalPart?, previous: [UInt8]
    ) -> [UInt8] {
        let start = line.count
        line.append(contentsOf: opening)
        line.append(contentsOf: String(seq).utf8)
        line.append(contentsOf: sourceKey)
        line.append(contentsOf: source.utf8)
        line.append(contentsOf: typeKey)
        line.append(contentsOf: kind.utf8)
        line.append(contentsOf: timeKey)
        at.append(to: &line)
        line.append(contentsOf: subjectKey)
        line.append(contentsOf: subject.utf8)
        line.append(contentsOf: dataKey)
        line.append(contentsOf: data)
        let hash = line.withUnsafeBytes { link(previous, UnsafeRawBufferPointer(rebasing: $0[start...])) }
        line.append(contentsOf: hashKey)
        line.append(contentsOf: Hex.text(hash).utf8)
        if let personal {
            line.append(contentsOf: saltKey)
            line.append(contentsOf: Hex.text(personal.salt).utf8)
            line.append(contentsOf: personalKey)
            var writer = JSONWriter(reserving: personal.document.count + personal.document.count / 4 + 16)
            writer.value(utf8: personal.document)
            line.append(contentsOf: writer.bytes)
            line.append(UInt8(ascii: "}"))
        } else {
            line.append(contentsOf: [UInt8(ascii: "\""), UInt8(ascii: "}")])
        }
        line.append(UInt8(ascii: "\n"))
        return hash
    }

    /// SHA-256 of the hash before and an envelope.
    static func link(_ previous: [UInt8], _ envelope: UnsafeRawBufferPointer) -> [UInt8] {
        var hasher = SHA256()
        previous.withUnsafeBytes { hasher.update(bufferPointer: $0) }
        hasher.update(bufferPointer: envelope)
        return hasher.finalize().withUnsafeBytes { [UInt8]($0) }
    }

    /// SHA-256 of a salt and a document.
    static func digest(_ personal: PersonalPart) -> [UInt8] {
        var hasher = SHA256()
        personal.salt.withUnsafeBytes { hasher.update(bufferPointer: $0) }
        personal.document.withUnsafeBytes { hasher.update(bufferPointer: $0) }
        return hasher.finalize().withUnsafeBytes { [UInt8]($0) }
    }

    /// Reads a line, without its newline. What `append` cannot have written is damage; the error says at which byte of the line.
    public init(_ line: [UInt8]) throws(LedgerError) {
        var scanner = LineScanner(line)
        try scanner.expect(Self.opening)
        guard let seq = Int64(try scanner.text(until: UInt8(ascii: "\""))) else { throw scanner.damage("a number in \"id\"") }
        try scanner.expect(Self.sourceKey)
        source = try scanner.text(until: UInt8(ascii: "\""))
        try scanner.expect(Self.typeKey)
        kind = try scanner.text(until: UInt8(ascii: "\""))
        try scanner.expect(Self.timeKey)
        guard let at = Timestamp.parse(try scanner.text(until: UInt8(ascii: "\""))) else { throw scanner.damage("a time in \"time\"") }
        try scanner.expect(Self.subjectKey)
        subject = try scanner.text(until: UInt8(ascii: "\""))
        try scanner.expect(Self.dataKey)
        // Nothing in `data` can hold this text: quotes inside strings are escaped, and no member of ours is named so.
        let data = try scanner.bytes(until: Self.hashKey)
        envelope = line[0..<scanner.position]
        try scanner.expect(Self.hashKey)
        guard let hash = Hex.bytes(try scanner.text(count: 64)) else { throw scanner.damage("64 hexadecimal digits in \"hash\"") }
        if scanner.remaining > 2 {
            try scanner.expect(Self.saltKey)
            guard let salt = Hex.bytes(try scanner.text(count: 32)) else { throw scanner.damage("32 hexadecimal digits in \"salt\"") }
            try scanner.expect(Self.personalKey)
            let token = try scanner.rest(before: 1)
            guard let text = (try? JSONValue.parse(token))?.text else { throw scanner.damage("a JSON string in \"personal\"") }
            personal = PersonalPart(salt: salt, document: Array(text.utf8))
            try scanner.expect([UInt8(ascii: "}")])
        } else {
            personal = nil
            try scanner.expect([UInt8(ascii: "\""), UInt8(ascii: "}")])
        }
        self.seq = seq
        self.at = at
        self.data = Array(data)
        self.hash = hash
    }

    /// What is wrong with this line as the next after a hash, or nil. `raw` is the line that it was read from.
    public func fault(after previous: [UInt8], raw: [UInt8]) -> String? {
        let linked = envelope.withUnsafeBytes { Self.link(previous, $0) }
        guard linked == hash else { return "the hash does not cover what the line says" }
        if let personal {
            let expected = Array((String(decoding: Self.digestKey, as: UTF8.self) + Hex.text(Self.digest(personal)) + "\"}").utf8)
            guard data.suffix(expected.count).elementsEqual(expected) else { return "the personal part does not match its digest" }
        }
        var again: [UInt8] = []
        _ = Self.append(
            to: &again, source: source, seq: seq, at: at, kind: kind, subject: subject, data: data, personal: personal, previous: previous)
        return again.dropLast().elementsEqual(raw) ? nil : "the line is not written as orderd writes it"
    }

    /// The event that the line tells of.
    public func event() throws(LedgerError) -> Event {
        let value: JSONValue
        do {
            value = try JSONValue.parse(data)
        } catch {
            throw LedgerError(.damaged, "event \(seq): \(error)", hint: "orderd audit verify places the damage")
        }
        return Event(seq: seq, at: at, subject: subject, body: try EventDecoding.body(kind: kind, data: value), personal: personal)
    }
}

/// Walks along a line whose layout is fixed.
private struct LineScanner {
    private let line: [UInt8]
    private(set) var position = 0

    init(_ line: [UInt8]) { self.line = line }

    var remaining: Int { line.count - position }

    mutating func expect(_ literal: [UInt8]) throws(LedgerError) {
        guard remaining >= literal.count, line[position..<position + literal.count].elementsEqual(literal) else {
            throw damage(String(decoding: literal, as: UTF8.self))
        }
        position += literal.count
    }

    mutating func text(until end: UInt8) throws(LedgerError) -> String {
        guard let found = line[position...].firstIndex(of: end) else { throw damage("an end of the text") }
        defer { position = found }
        return String(decoding: line[position..<found], as: UTF8.self)
    }

    mutating func text(count: Int) throws(LedgerError) -> String {
        guard remaining >= count else { throw damage("\(count) more bytes") }
        defer { position += count }
        return String(decoding: line[position..<position + count], as: UTF8.self)
    }

    mutating func bytes(until literal: [UInt8]) throws(LedgerError) -> ArraySlice<UInt8> {
        var start = position
        while let found = line[start...].firstIndex(of: literal[0]) {
            if line.count - found >= literal.count, line[found..<found + literal.count].elementsEqual(literal) {
                defer { position = found }
                return line[position..<found]
            }
            start = found + 1
        }
        throw damage(String(decoding: literal, as: UTF8.self))
    }

    mutating func rest(before count: Int) throws(LedgerError) -> [UInt8] {
        guard remaining >= count else { throw damage("\(count) more bytes") }
        defer { position = line.count - count }
        return Array(line[position..<line.count - count])
    }

    func damage(_ expected: String) -> LedgerError {
        LedgerError(
            .damaged, "expected \(expected) at byte \(position) of the line", hint: "orderd audit verify places the damage")
    }
}
