@testable import Orders

/// What a splitter gives for a file, in values that can be compared.
private struct Split: Equatable {
    struct Element: Equatable {
        var index: Int
        var line: Int
        var offset: Int64
        var bytes: [UInt8]
        var fault: FaultCode?
    }

    var elements: [Element] = []
    var end: SplitEnd?
    var unfinished: [UInt8] = []

    mutating func add(_ element: SplitElement) {
        elements.append(
            Element(
                index: element.index, line: element.line, offset: element.offset, bytes: Array(element.bytes), fault: element.fault?.code))
    }
}

extension Harness {
    static let splitter = Harness(
        name: "splitter", meaning: "OrderSplitter: a file, whole, in pieces, and resumed", seeds: seeds, words: JSONSeeds.words
    ) { input in
        var choices = Choices(input)
        let kind: OrderFileKind = choices.next() & 1 == 0 ? .json : .lines
        let maximum = Int(choices.next()) + 1
        let step = Int(choices.next() % 16) + 1
        let file = choices.rest
        let whole = feed(file, kind, maximum, pieces: file.count)
        require(whole.end != nil, "a file that was fed to its end has ended")
        require(feed(file, kind, maximum, pieces: step) == whole, "pieces of \(step) bytes give what the whole gives")
        require(resume(file, kind, maximum) == whole, "a splitter that goes on from a kept position gives the same")
        check(whole, file, kind, maximum)
    }

    private static let seeds: [[UInt8]] =
        [
            #"[{"a":"\\\"]}"},7,"x\\",[{}]]"#, "{\"a\":1}\n", " [1 , \"a\\\"\", {} ]\n", "[{},]", "{} x", "[", "{\"a", "\u{FEFF}{}",
        ].flatMap { text in [0, 1].map { kind in [kind, 255, 2] + bytes(text) } } + [[1, 255, 6] + bytes("{}\r\n\n{\"b\":2}\n\n[1\n")]

    private static func feed(_ file: UnsafeBufferPointer<UInt8>, _ kind: OrderFileKind, _ maximum: Int, pieces size: Int) -> Split {
        var split = Split()
        var splitter = OrderSplitter(kind: kind, maximumOrderBytes: maximum)
        var at = 0
        repeat {
            let next = min(at + max(size, 1), file.count)
            let piece = UnsafeBufferPointer(rebasing: file[at..<next])
            let taken = splitter.feed(piece, isLast: next == file.count) { element in
                split.add(element)
                return true
            }
            // The planted bug: a backslash at a piece's end is forgotten.
            if isPlanted { splitter.isEscaped = false }
            if splitter.end != nil { break }
            require(taken == piece.count, "a piece is taken whole")
            at = next
        } while at < file.count
        split.end = splitter.end
        split.unfinished = splitter.unfinished
        return split
    }

    /// Stops behind each order and goes on with a new splitter, as after a restart.
    private static func resume(_ file: UnsafeBufferPointer<UInt8>, _ kind: OrderFileKind, _ maximum: Int) -> Split {
        var split = Split()
        var position = OrderSplitter.Position()
        while true {
            let before = split.elements.count
            var splitter = OrderSplitter(kind: kind, maximumOrderBytes: maximum, resumingAt: position)
            require((0...Int64(file.count)).contains(position.offset), "a position lies in the file")
            _ = splitter.feed(UnsafeBufferPointer(rebasing: file[Int(position.offset)...]), isLast: true) { element in
                split.add(element)
                return false
            }
            split.end = splitter.end
            split.unfinished = splitter.unfinished
            if splitter.end != nil { return split }
            require(split.elements.count == before + 1, "a turn gives an order or the end")
            position = splitter.position
        }
    }

    private static func check(_ split: Split, _ file: UnsafeBufferPointer<UInt8>, _ kind: OrderFileKind, _ maximum: Int) {
        for (index, element) in split.elements.enumerated() {
            require(element.index == index, "orders are counted")
            let offset = Int(element.offset)
            require(file[..<offset].count { $0 == 10 } == element.line - 1, "the line is the order's")
            if element.fault == nil {
                require(!element.bytes.isEmpty && element.bytes.count <= maximum, "an order within the limit")
                require(file[offset..<(offset + element.bytes.count)].elementsEqual(element.bytes), "an order is what stands in the file")
            } else {
                require(element.fault == .tooLarge && element.bytes.isEmpty, "an order beyond the limit has no bytes")
            }
        }
        guard case .complete(let count, let isMany) = split.end else { return }
        require(count == split.elements.count, "as many orders as were handed out")
        guard isMany, kind == .json, split.elements.allSatisfy({ $0.fault == nil }),
            let items = (try? JSONValue.parse(file))?.items, items.count == count
        else { return }
        for (item, element) in zip(items, split.elements) {
            require((try? JSONValue.parse(element.bytes)) == item, "an order is its element")
        }
    }
}
