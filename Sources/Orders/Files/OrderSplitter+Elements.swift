extension OrderSplitter {
    /// Opens an order at the piece's next byte.
    mutating func open(_ inside: Inside, _ piece: inout Piece) {
        self.inside = inside
        elementOffset = offset
        elementLine = line
        elementCount = 0
        depth = 0
        isInString = false
        isEscaped = false
        carry.removeAll(keepingCapacity: true)
        piece.elementStart = piece.at
    }

    /// Closes the open order before the piece's next byte and hands it out.
    mutating func close(_ piece: inout Piece, next: State, _ element: (SplitElement) -> Bool) -> Bool {
        let last = UnsafeBufferPointer(start: piece.base + piece.elementStart, count: piece.at - piece.elementStart)
        inside = .nothing
        state = next
        if elementCount == 0, last.count <= maximumOrderBytes { return handOut(last, element) }
        keep(last)
        return handOutCarry(element)
    }

    mutating func handOutCarry(_ element: (SplitElement) -> Bool) -> Bool {
        let bytes = carry
        let goesOn = bytes.withUnsafeBufferPointer { handOut($0, element) }
        carry.removeAll(keepingCapacity: carry.capacity <= 1 << 20)
        return goesOn
    }

    private mutating func handOut(_ bytes: UnsafeBufferPointer<UInt8>, _ element: (SplitElement) -> Bool) -> Bool {
        let index = position.index
        let isTooLarge = elementCount > maximumOrderBytes || bytes.count > maximumOrderBytes
        position = Position(offset: offset, index: index + 1, line: line, state: state.rawValue)
        return element(
            SplitElement(
                index: index, line: elementLine, offset: elementOffset,
                bytes: isTooLarge ? UnsafeBufferPointer(start: nil, count: 0) : bytes,
                fault: isTooLarge ? Fault.tooLarge(maximum: maximumOrderBytes, found: max(elementCount, bytes.count)) : nil))
    }

    /// Steps over one byte that is not an order's.
    @inline(__always)
    mutating func step(_ piece: inout Piece) {
        if piece.base[piece.at] == 0x0A { line += 1 }
        piece.at += 1
        offset += 1
    }

    /// Moves behind the bytes of an open order up to `at`, counting its lines.
    @inline(__always)
    mutating func advance(_ piece: inout Piece, to at: Int) {
        var lines = 0
        for index in piece.at..<at where piece.base[index] == 0x0A { lines &+= 1 }
        line += lines
        offset += Int64(at - piece.at)
        piece.at = at
    }

    /// The pointer to the next order in the file.
    var nextPath: String { isMany && kind == .json ? "/\(position.index)" : "" }

    mutating func malformed(_ code: FaultCode, _ expected: String, found: String) {
        let path = code == .empty ? "" : nextPath
        end = .malformed(Fault(path: path, code: code, message: "expected \(expected), found \(found) at byte \(offset) (line \(line))"))
    }
}
