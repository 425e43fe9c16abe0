import Orders
import Testing

@Suite("Canonical form")
struct CanonicalFormTests {
    func canonical(_ text: String) -> String? {
        CanonicalForm.of(Array(text.utf8)).map { String(decoding: $0, as: UTF8.self) }
    }

    @Test func membersAreSortedAndBlanksLeftOut() {
        #expect(canonical(" { \"b\" : [ 1 , 2 ] , \"a\" : { \"d\" : null , \"c\" : true } } ") == #"{"a":{"c":true,"d":null},"b":[1,2]}"#)
        #expect(canonical(#"{"é":1,"z":2,"\u0000":3,"":4,"\"":5}"#) == #"{"":4,"\u0000":3,"\"":5,"z":2,"é":1}"#)
    }

    @Test(arguments: [
        ["22.2", "22.20", "2.22e1", "222e-1", "2220E-2", "0.222e+2", "22.2e0", "22.2e-0"],
        ["0", "-0", "0.0", "-0.00", "0e5", "0E-99999999999999999999"],
        ["100", "1e2", "1.0e2", "10e+001"], ["-5", "-5.0", "-50e-1"], ["1e999999999", "10e999999998", "0.1e1000000000"],
    ])
    func numbersOfOneValueAreOne(_ spellings: [String]) {
        #expect(Set(spellings.map { canonical("{\"x\":\($0)}") }).count == 1)
        #expect(canonical(spellings[0]) != nil)
    }

    @Test func differentNumbersStayDifferent() {
        let numbers = [
            "1", "10", "0.1", "-1", "1e2", "1e-2", "12", "1.2", "0", "9007199254740993", "9007199254740992", "1e99999999999999999999",
            "2e99999999999999999999",
        ]
        #expect(Set(numbers.map { canonical($0) }).count == numbers.count)
    }

    @Test func amountsOfAnOrderAreTheSameAsTextAndNumber() {
        let names = ["totalAmount", "taxAmount", "shippingAmount", "discountAmount"]
        for name in names { #expect(canonical("{\"\(name)\":\"22.20\"}") == canonical("{\"\(name)\":22.2}")) }
        #expect(canonical(#"{"items":[{"price":"5"}]}"#) == canonical(#"{"items":[{"price":5.00}]}"#))
        #expect(canonical(#"{"price":"5"}"#) != canonical(#"{"price":5}"#))
        #expect(canonical(#"{"items":[{"quantity":"5"}]}"#) != canonical(#"{"items":[{"quantity":5}]}"#))
        #expect(canonical(#"{"x":{"totalAmount":"5"}}"#) != canonical(#"{"x":{"totalAmount":5}}"#))
        #expect(canonical(#"{"totalAmount":"five"}"#) == #"{"totalAmount":"five"}"#)
        #expect(canonical(#"{"totalAmount":""}"#) == #"{"totalAmount":""}"#)
    }

    @Test func stringsOfOneTextAreOne() {
        #expect(canonical(#""\u0061\/\u00e9\ud83d\ude00\u000a""#) == canonical(#""a/é😀\n""#))
        // As bytes, for a String takes these two spellings of one letter for equal.
        #expect(CanonicalForm.of(Array(#""\u00e9""#.utf8)) != CanonicalForm.of(Array(#""e\u0301""#.utf8)))
        #expect(canonical(#"{"\u0061":1}"#) == canonical(#"{"a":1}"#))
    }

    @Test(arguments: [
        "", " ", "{", "{\"a\":1,\"a\":1}", "{\"b\":0,\"a\":1,\"\\u0062\":2}", "[1,]", "01", "nul", "{} {}", "\u{FEFF}{}",
        String(repeating: "[", count: 200_000),
    ])
    func whatIsNoJSONHasNone(_ text: String) {
        #expect(canonical(text) == nil)
    }

    @Test func formIsItsOwnFormAndDoesNotDependOnTheOrderOfMembers() throws {
        var random = SeededRandom(7)
        for _ in 0..<300 {
            let tree = randomTree(depth: 4, &random)
            var writer = JSONWriter()
            writer.value(tree)
            var shuffled = JSONWriter()
            shuffled.value(shuffle(tree, &random))
            let form = try #require(CanonicalForm.of(writer.bytes))
            #expect(CanonicalForm.of(shuffled.bytes) == form)
            #expect(CanonicalForm.of(form) == form)
        }
    }

    private func shuffle(_ tree: JSONValue, _ random: inout SeededRandom) -> JSONValue {
        switch tree {
        case .array(let items): return .array(items.map { shuffle($0, &random) })
        case .object(let members):
            return .object(members.shuffled(using: &random).map { JSONMember(name: $0.name, value: shuffle($0.value, &random)) })
        default: return tree
        }
    }
}
