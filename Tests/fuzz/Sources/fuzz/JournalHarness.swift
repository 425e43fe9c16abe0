@testable import Ledger
@testable import Orders

extension Harness {
    static let journalLine = Harness(
        name: "journal-line", meaning: "JournalLine: a line of the journal",
        seeds: JournalSeeds.events.map { JournalSeeds.line(kind: $0.kind, data: bytes($0.data), personal: $0.kind == "order.accepted") },
        words: [#""hash":""#, #"","salt":""#, #"","personal":""#, #""personalDigest":""#, #"","time":""#, #"","subject":""#]
    ) { input in
        guard let line = try? JournalLine(Array(input)) else { return }
        // With its right link: what then has no fault is written as it was read, and no other line is.
        var again: [UInt8] = []
        let hash = JournalLine.append(
            to: &again, source: line.source, seq: line.seq, at: line.at, kind: line.kind, subject: line.subject, data: line.data,
            personal: line.personal, previous: JournalLine.origin)
        again.removeLast()
        if line.fault(after: JournalLine.origin, raw: Array(input)) == nil {
            require(again.elementsEqual(input) && hash == line.hash, "a sound line is written as it was read")
        }
        if let second = try? JournalLine(again) {
            require(second.hash == hash && second.data == line.data && second.personal == line.personal, "a line is read as it is written")
        } else {
            require(false, "a line that is written is read")
        }
        _ = try? line.event()
    }

    static let journalEvent = Harness(
        name: "journal-event", meaning: "EventDecoding and EventCoding, and that a changed byte is seen",
        seeds: JournalSeeds.events.enumerated().map { [UInt8($0.offset), 7, 1] + bytes($0.element.data) },
        words: JournalSeeds.words
    ) { input in
        var choices = Choices(input)
        let kinds = JournalSeeds.kinds
        let kind = kinds[Int(choices.next()) % kinds.count]
        let (place, change) = (Int(choices.next()) << 3, choices.next())
        guard let data = try? JSONValue.parse(choices.rest), let body = try? EventDecoding.body(kind: kind, data: data) else { return }
        require(body.kind == kind, "the kind is kept")
        var writer = JSONWriter()
        EventCoding.write(body, digest: nil, to: &writer)
        guard let tree = try? JSONValue.parse(writer.bytes) else { return require(false, "an event is written as JSON") }
        guard let again = try? EventDecoding.body(kind: kind, data: tree) else { return require(false, "an event that is written is read") }
        require(again == body, "an event is read as it is written")
        var second = JSONWriter()
        EventCoding.write(again, digest: nil, to: &second)
        require(second.bytes == writer.bytes, "the same event gives the same bytes")
        var line = JournalSeeds.line(kind: kind, data: writer.bytes, personal: false)
        guard let read = try? JournalLine(line) else { return require(false, "a line that is written is read") }
        require(read.fault(after: JournalLine.origin, raw: line) == nil, "a line that is written has no fault")
        guard change != 0 else { return }
        line[place % line.count] ^= change
        if let changed = try? JournalLine(line) {
            require(changed.fault(after: JournalLine.origin, raw: line) != nil, "a changed byte is seen")
        }
    }
}

enum JournalSeeds {
    static let kinds =
        [
            "ledger.created", "partner.changed", "catalogue.loaded", "stock.set", "paused", "resumed", "drop.judged", "drop.opened",
            "drop.slice",
            "drop.closed", "order.accepted", "effect.requested", "effect.settled",
        ] + MoveKind.allCases.map(\.eventKind)

    static let events: [(kind: String, data: String)] = zip(
        kinds,
        [
            #"{"spool":"s"}"#, #"{"name":"acme","role":"shop","state":"active"}"#, #"{"products":[["p","n","1.50"]]}"#,
            #"{"by":"uid 0","stock":[["p",5]]}"#, #"{"what":"intake","by":"b","reason":"r"}"#, #"{"what":"intake","by":"b","reason":"r"}"#,
            facts + "," + result + "}", facts + "}", #"{"number":1,"position":"1:2:3:4",\#(results)}"#, "{" + result + "}",
            #"{"drop":1,"entry":0,"partner":"acme","key":"k:1","customerId":"c","currency":"GBP","total":250,"lines":[["p",2,125]],"size":9,"#
                + #""sha256":"00ff","to":"validate","step":"validate","content":"ab"}"#,
            #"{"effect":"charge","key":"k","amount":1,"currency":"GBP"}"#, #"{"effect":"charge","state":"captured","reference":"r"}"#,
        ]
            + MoveKind.allCases.map { _ in
                #"{"step":"charge","to":"deferred","next":"charge","reason":"r","detail":"d","attempts":2,"nextAttempt":5,"by":"b","#
                    + #""stock":"reserve","pieces":[["p",1]],"charge":"none","ending":"cancelled","notification":"n"}"#
            }
    ).map { (kind: $0, data: $1) }

    private static let facts =
        #"{"partner":"acme","directory":"orders","nameHex":"ff2e6a","device":1,"inode":2,"birth":3,"size":4,"sha256":"00","received":5,"completeness":"closed""#
    private static let results =
        #""results":[{"index":0,"line":1,"orderId":"ord_01h455vb4pex5vsknk084sn02q","orderReference":"r","verdict":"accepted","errors":[{"path":"/a","code":"syntax","message":"m"}]}]"#
    private static let result = #""verdict":"partial",\#(results),"faults":[{"path":"","code":"empty","message":"m"}]"#

    static let words =
        ["name", "nameHex", "verdict", "results", "errors", "orderId", "firstOrderId", "path", "code", "message", "line", "index"]
        + Verdict.allCases.map(\.rawValue) + ["reserve", "release", "consume", "9223372036854775807", "-1"]

    /// The first line of a journal, without its newline.
    static func line(kind: String, data: [UInt8], personal: Bool) -> [UInt8] {
        let part = personal ? PersonalPart(salt: [UInt8](repeating: 7, count: 16), document: bytes(#"{"a":"é"}"#)) : nil
        var data = data
        if let part {
            data.removeLast()
            data += bytes(#","personalDigest":"\#(Hex.text(JournalLine.digest(part)))"}"#)
        }
        var line: [UInt8] = []
        _ = JournalLine.append(
            to: &line, source: "s", seq: 1, at: Timestamp(milliseconds: 1_795_000_000_123), kind: kind, subject: "acme", data: data,
            personal: part, previous: JournalLine.origin)
        return line.dropLast()
    }
}
