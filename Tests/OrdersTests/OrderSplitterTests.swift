import Orders
import Testing

/// What a splitter gives for a file, in values that can be compared.
struct Split: Equatable {
    var elements: [String] = []
    var places: [[Int]] = []
    var faults: [String] = []
    var end: SplitEnd?
    var position: OrderSplitter.Position?
    var unfinished = ""

    /// Feeds a file in pieces of `size` bytes.
    init(_ file: [UInt8], _ kind: OrderFileKind, pieces size: Int = .max, maximum: Int = 1 << 20) {
        var splitter = OrderSplitter(kind: kind, maximumOrderBytes: maximum)
        var at = 0
        repeat {
            let next = size > file.count - at ? file.count : at + size
            // A copy of its own, so that a read past its end or after the call is caught by tools that look for such.
            let piece = Array(file[at..<next])
            let taken = piece.withUnsafeBufferPointer { splitter.feed($0, isLast: next == file.count) { add($0) } }
            if splitter.end != nil { break }
            #expect(taken == piece.count)
            at = next
        } while at < file.count
        end = splitter.end
        position = splitter.position
        unfinished = String(decoding: splitter.unfinished, as: UTF8.self)
    }

    init(_ file: String, _ kind: OrderFileKind = .json, pieces size: Int = .max, maximum: Int = 1 << 20) {
        self.init(Array(file.utf8), kind, pieces: size, maximum: maximum)
    }

    private mutating func add(_ element: SplitElement) -> Bool {
        elements.append(String(decoding: element.bytes, as: UTF8.self))
        places.append([element.index, element.line, Int(element.offset)])
        if let fault = element.fault { faults.append("\(element.index) \(fault.code.rawValue)") }
        return true
    }

    /// How it ends, shortly.
    var ending: String {
        switch end {
        case .complete(let orders, let isMany): return "complete \(orders) \(isMany ? "many" : "one")"
        case .endsEarly(let fault): return "early \(fault.path) \(fault.code.rawValue)"
        case .malformed(let fault): return "malformed \(fault.path) \(fault.code.rawValue)"
        case nil: return "open"
        }
    }
}

@Suite("Splitting a file into orders")
struct OrderSplitterTests {
    static let files: [(String, OrderFileKind, [String], String)] = [
        ("{\"a\":1}", .json, ["{\"a\":1}"], "complete 1 one"),
        (" \n{\"a\":\"}\\\"{\\\\\"}\n ", .json, ["{\"a\":\"}\\\"{\\\\\"}"], "complete 1 one"),
        ("[{\"a\":1},{\"b\":[2,{}]}]", .json, ["{\"a\":1}", "{\"b\":[2,{}]}"], "complete 2 many"),
        ("[\n {} ,\n {}\n]\n", .json, ["{}", "{}"], "complete 2 many"),
        ("[1, \"x,]\", null,[],tru]", .json, ["1", "\"x,]\"", "null", "[]", "tru"], "complete 5 many"),
        ("", .json, [], "early  empty"), (" \n\t", .json, [], "early  empty"), ("[]", .json, [], "malformed  empty"),
        ("[ ", .json, [], "early /0 incomplete"), ("{\"a\":", .json, [], "early  incomplete"),
        ("[{},{\"a", .json, ["{}"], "early /1 incomplete"),
        ("[{}", .json, ["{}"], "early /1 incomplete"), ("[{},", .json, ["{}"], "early /1 incomplete"),
        ("[12", .json, [], "early /0 incomplete"),
        ("[{},]", .json, ["{}"], "malformed /1 trailing-comma"), ("[{}{}]", .json, ["{}"], "malformed /1 syntax"),
        ("[,{}]", .json, [], "malformed /0 syntax"),
        ("[{},,{}]", .json, ["{}"], "malformed /1 syntax"), ("[{}}", .json, ["{}"], "malformed /1 syntax"),
        ("[{}] x", .json, ["{}"], "malformed /1 syntax"),
        ("{} x", .json, [], "malformed  syntax"), ("{}{}", .json, [], "malformed  syntax"), ("x", .json, [], "malformed  syntax"),
        ("\"{}\"", .json, [], "malformed  syntax"), ("\u{FEFF}{}", .json, [], "malformed  byte-order-mark"),
        ("{}\n{\"b\":2}\n", .lines, ["{}", "{\"b\":2}"], "complete 2 many"),
        ("{}\r\n\r\n \n{\"b\":2}", .lines, ["{}\r", "{\"b\":2}"], "complete 2 many"),
        ("junk\n[1\n{\"a\":\"\n", .lines, ["junk", "[1", "{\"a\":\""], "complete 3 many"), ("", .lines, [], "early  empty"),
        ("\n\r\n ", .lines, [], "early  empty"),
        ("\u{FEFF}{}\n", .lines, [], "malformed  byte-order-mark"),
    ]

    @Test(arguments: files)
    func boundariesAndEndAreFound(file: String, kind: OrderFileKind, elements: [String], ending: String) {
        let split = Split(file, kind)
        #expect(split.elements == elements)
        #expect(split.ending == ending)
    }

    @Test(arguments: files)
    func piecesOfAnySizeGiveTheSame(file: String, kind: OrderFileKind, elements: [String], ending: String) {
        for size in 1...9 { #expect(Split(file, kind, pieces: size) == Split(file, kind), "pieces of \(size)") }
    }

    @Test func largerFilesSplitTheSameInPiecesOfAnySize() {
        let orders = (0..<40).map { smallest(#""n":\#($0),"t":"\#(String(repeating: "\\\\\\\"[{", count: $0))""#) }
        let files: [(String, OrderFileKind)] = [
            ("[\n" + orders.joined(separator: " ,\n") + "]", .json), (orders.joined(separator: "\n"), .lines),
        ]
        for (file, kind) in files {
            let whole = Split(file, kind)
            #expect(whole.elements == orders)
            for size in [1, 2, 3, 7, 8, 64, 100, 1000, 4096] { #expect(Split(file, kind, pieces: size) == whole) }
        }
    }

    @Test func placesAreThoseInTheFile() {
        #expect(Split("[\n{\"a\":\n1},\n\n 7]").places == [[0, 2, 2], [1, 5, 14]])
        #expect(Split("\n{}\r\n\n {}", .lines).places == [[0, 2, 1], [1, 4, 7]])
    }

    @Test func messagesSayWhatWasFoundAndWhere() {
        guard case .malformed(let fault) = Split("{}\n{}").end else {
            Issue.record("not malformed")
            return
        }
        #expect(
            fault.message
                == "expected nothing more after the order, found '{' at byte 3 (line 2); a file of one order a line is named .ndjson")
    }

    @Test(arguments: [1, 3, 10_000])
    func orderTooLargeIsAFaultAndTheOthersGoOn(size: Int) {
        let large = "{\"x\":\"" + String(repeating: "y", count: 100) + "\"}"
        for (file, kind) in [("[{},\(large),{}]", OrderFileKind.json), ("{}\n\(large)\n{}", .lines)] {
            let split = Split(file, kind, pieces: size, maximum: 50)
            #expect(split.elements == ["{}", "", "{}"])
            #expect(split.faults == ["1 too-large"])
            #expect(split.ending == "complete 3 many")
        }
        let one = Split(large, .json, pieces: size, maximum: 50)
        #expect(one.faults == ["0 too-large"])
        #expect(one.ending == "complete 1 one")
    }

    @Test func receiverCanStopAndGoOnFromTheKeptPosition() {
        let orders = (0..<7).map { smallest(#""n":\#($0)"#) }
        let files: [(String, OrderFileKind)] = [
            ("[\n" + orders.joined(separator: " ,\n") + " ]\n", .json), (orders.joined(separator: "\r\n") + "\n\n", .lines),
            (orders.joined(separator: "\n"), .lines),
            (orders[0], .json),
        ]
        for (file, kind) in files {
            let bytes = Array(file.utf8)
            let whole = Split(bytes, kind)
            var position = OrderSplitter.Position()
            var elements: [String] = []
            var places: [[Int]] = []
            var end: SplitEnd?
            for _ in 0..<20 where end == nil {
                // A new splitter each time, as after a restart.
                var splitter = OrderSplitter(kind: kind, maximumOrderBytes: 1 << 20, resumingAt: position)
                let rest = Array(bytes[Int(position.offset)...])
                let taken = rest.withUnsafeBufferPointer { buffer in
                    splitter.feed(buffer, isLast: true) { element in
                        elements.append(String(decoding: element.bytes, as: UTF8.self).trimmingBlanks)
                        places.append([element.index, element.line, Int(element.offset)])
                        return false
                    }
                }
                end = splitter.end
                if end == nil { #expect(position.offset + Int64(taken) == splitter.position.offset) }
                position = splitter.position
            }
            #expect(elements == whole.elements.map(\.trimmingBlanks))
            #expect(places == whole.places)
            #expect(end == whole.end)
            #expect(position == whole.position)
            var again = OrderSplitter(kind: kind, maximumOrderBytes: 1 << 20, resumingAt: position)
            _ = again.feed(UnsafeBufferPointer(start: nil, count: 0), isLast: true) { _ in true }
            #expect(again.end == whole.end)
        }
    }

    @Test func endCanBeSaidWithoutBytes() {
        for (file, kind, expected) in [
            ("{}", OrderFileKind.json, "complete 1 one"), ("{}", .lines, "complete 1 many"), ("[{}", .json, "early /1 incomplete"),
        ] {
            var splitter = OrderSplitter(kind: kind, maximumOrderBytes: 100)
            var count = 0
            _ = Array(file.utf8).withUnsafeBufferPointer {
                splitter.feed($0, isLast: false) { _ in
                    count += 1
                    return true
                }
            }
            #expect(splitter.end == nil)
            _ = splitter.feed(UnsafeBufferPointer(start: nil, count: 0), isLast: true) { element in
                #expect(element.bytes.count == 2)
                count += 1
                return true
            }
            var split = Split("")
            split.end = splitter.end
            #expect(split.ending == expected)
            #expect(count == 1)
        }
    }

    @Test func cutOffOrderIsKeptForItsReader() {
        for size in [1, 4, 100] {
            #expect(Split("[{},{\"customerId\":\"\"", pieces: size).unfinished == "{\"customerId\":\"\"")
            #expect(Split("{\"a\":[", pieces: size).unfinished == "{\"a\":[")
            #expect(Split("[{} ", pieces: size).unfinished == "")
        }
    }

    @Test func nothingIsKeptOfAnOpenOrderInThePosition() {
        let file = Array("[{\"a\":1},\n{\"b\"".utf8)
        var splitter = OrderSplitter(kind: .json, maximumOrderBytes: 100)
        _ = file.withUnsafeBufferPointer { splitter.feed($0, isLast: false) { _ in true } }
        #expect(splitter.position.offset == 8)
        #expect(splitter.position.index == 1)
        #expect(splitter.end == nil)
    }

    @Test(
        arguments: [
            ("a.json", .json), ("A.JSON", .json), ("a.ndjson", .lines), ("x.Jsonl", .lines), ("a.b.json", .json), (".json", nil),
            ("json", nil), ("a.json.part", nil),
            ("a.jsonx", nil), ("", nil),
        ] as [(String, OrderFileKind?)])
    func kindIsToldByTheName(name: String, kind: OrderFileKind?) {
        #expect(OrderFileKind(fileName: Array(name.utf8)) == kind)
        #expect(OrderFileKind(fileName: [0xFF, 0x0A] + Array(".json".utf8)) == .json)
    }
}

extension String {
    /// Without a carriage return at its end.
    fileprivate var trimmingBlanks: String { hasSuffix("\r") ? String(unicodeScalars.dropLast()) : self }
}
