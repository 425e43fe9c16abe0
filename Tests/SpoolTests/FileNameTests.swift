import Spool
import Testing

struct FileNameTests {
    @Test(arguments: ["", ".", "..", "a/b", "/", "a\0b", String(repeating: "x", count: 256)])
    func whatCannotBeAFilesNameIsRefused(_ text: String) {
        #expect(FileName(text) == nil)
    }

    @Test(arguments: ["a", ".a", "...", "a b", "x\n", "ü", "-rf", String(repeating: "x", count: 255)])
    func anyOtherTextIsAName(_ text: String) throws {
        let name = try #require(FileName(text))
        #expect(name.text == text)
        #expect(name.count == text.utf8.count)
        #expect(Array(name.bytes) == Array(text.utf8))
    }

    @Test func aNameThatIsNotUTF8IsKeptByteForByte() throws {
        let bytes: [UInt8] = [0x61, 0xFF, 0xC3, 0x28, 0x2E, 0x6A]
        let name = try #require(FileName(bytes: bytes))
        #expect(name.text == nil)
        #expect(Array(name.bytes) == bytes)
        #expect(name.description == #"a\xFF\xC3(.j"#)
    }

    @Test func namesThatUnicodeHoldsEqualAreTwo() throws {
        let composed = try #require(FileName("\u{E9}"))
        let decomposed = try #require(FileName("e\u{301}"))
        #expect(composed != decomposed)
        #expect(composed.hashValue == FileName("\u{E9}")?.hashValue)
    }

    @Test func aCStringEndsBehindTheName() throws {
        let name = try #require(FileName("order.json"))
        #expect(name.withCString { String(cString: $0) } == "order.json")
    }

    @Test func namesSortByByte() throws {
        let names = [named("b"), named("Z"), named("a.json"), named("a"), named("é")]
        #expect(names.sorted().map(\.description) == ["Z", "a", "a.json", "b", "é"])
    }

    @Test(arguments: [
        ("two\nlines", #"two\x0Alines"#), ("tab\t", #"tab\x09"#), (#"back\slash"#, #"back\\slash"#), ("\u{1B}[31mred", #"\x1B[31mred"#),
        ("gnp\u{202E}exe.json", #"gnp\u{202E}exe.json"#), ("zero\u{200B}width", #"zero\u{200B}width"#), ("Käse 🧀", "Käse 🧀"),
        ("next\u{85}line", #"next\u{85}line"#), ("line\u{2028}sep", #"line\u{2028}sep"#),
    ])
    func aDescriptionStaysOnOneLineInItsOrder(_ text: String, _ expected: String) throws {
        #expect(try #require(FileName(text)).description == expected)
    }

    @Test(arguments: [[0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xE2, 0x82]] as [[UInt8]])
    func overlongFormsAndSurrogatesAreShownAsBytes(_ bytes: [UInt8]) throws {
        let name = try #require(FileName(bytes: bytes))
        #expect(name.description == bytes.map { "\\x" + String($0, radix: 16, uppercase: true) }.joined())
    }

    @Test func suffixesMatchInAnyCaseOnlyWhenAsked() {
        #expect(named("A.JSON").hasSuffix(".json", ignoringCase: true))
        #expect(!named("A.JSON").hasSuffix(".json"))
        #expect(named("a.json").hasSuffix(".json"))
        #expect(!named("json").hasSuffix(".json"))
        #expect(named("a@").hasSuffix("@", ignoringCase: true))
        #expect(!named("a`").hasSuffix("@", ignoringCase: true))
        #expect(named("ord_1").hasPrefix("ord_"))
        #expect(!named("ord").hasPrefix("ord_"))
    }

    @Test(arguments: [
        (".hidden", NameVerdict.hidden), (".json", .hidden), ("a.json", .candidate), ("a.JSON", .candidate),
        ("a.json.filepart", .temporary),
        ("a.part", .temporary), ("a.PART", .temporary), ("a.json.tmp", .temporary), ("a.f3a9.partial", .temporary), ("a.json~", .temporary),
        ("a.crdownload", .temporary), ("a.swp", .temporary), ("a.uploading", .temporary), ("tmp", .candidate), ("a.tmp.json", .candidate),
        ("part", .candidate), ("~a", .candidate),
    ])
    func aNameTellsWhetherAnUploadIsUnfinished(_ text: String, _ verdict: NameVerdict) {
        #expect(judgeName(named(text)) == verdict)
    }
}

struct CutNameTests {
    private let suffix = ".receipt.json"
    private func digest(_ bytes: [UInt8]) -> [UInt8] {
        [0xAB, 0xCD, 0xEF, 0x01, 0x23, 0x45, 0x67] + [bytes.reduce(0, &+)] + Array(repeating: 0, count: 24)
    }

    @Test func aNameThatFitsIsNotCut() {
        let longest = String(repeating: "n", count: 255 - suffix.utf8.count)
        for text in ["a.json", longest] {
            let cut = cutName(named(text), suffix: suffix) { _ in
                Issue.record("no digest is needed")
                return []
            }
            #expect(cut.text == text + suffix)
        }
    }

    @Test func aLongerOneEndsInATildeAndSixteenDigits() throws {
        let text = String(repeating: "n", count: 250) + ".json"
        let cut = cutName(named(text), suffix: suffix, digest: digest)
        #expect(cut.count == 255)
        let kept = 255 - suffix.utf8.count - 17
        let sum = digest(Array(text.utf8))[7]
        let last = (sum < 16 ? "0" : "") + String(sum, radix: 16)
        #expect(cut.text == String(text.prefix(kept)) + "~abcdef01234567" + last + suffix)
    }

    @Test func longNamesThatDifferAtTheirEndsStayApart() {
        let start = String(repeating: "n", count: 254)
        #expect(cutName(named(start + "a"), suffix: suffix, digest: digest) != cutName(named(start + "b"), suffix: suffix, digest: digest))
        #expect(cutName(named(start + "a"), suffix: suffix, digest: digest) == cutName(named(start + "a"), suffix: suffix, digest: digest))
    }

    @Test(arguments: 0..<4)
    func textIsCutBetweenCharacters(_ offset: Int) throws {
        let text = String(repeating: "x", count: offset) + String(repeating: "🧀", count: 62)
        let cut = cutName(named(text), suffix: suffix, digest: digest)
        #expect(cut.text != nil)
        #expect((252...255).contains(cut.count))
    }

    @Test func bytesThatAreNotTextAreCutAnywhere() throws {
        let name = try #require(FileName(bytes: Array(repeating: 0x80, count: 255)))
        let cut = cutName(name, suffix: suffix, digest: digest)
        #expect(cut.count == 255)
        #expect(cut.hasSuffix(".receipt.json"))
    }
}

struct PathTests {
    @Test func partsAreJoinedByOneSlash() {
        #expect(Path("/spool").appending("queue").description == "/spool/queue")
        #expect(Path("/spool/").appending("queue").description == "/spool/queue")
        #expect(Path("").appending("queue").description == "queue")
        #expect(Path(named("a")) == Path("a"))
    }

    @Test func aPathIsBytes() {
        let path = Path(bytes: [0x2F, 0xFF])
        #expect(Array(path.bytes) == [0x2F, 0xFF])
        #expect(path.description == #"/\xFF"#)
        #expect(Path("a\0b") == "a")
        #expect(Path("").isEmpty)
    }
}
