extension OrderSplitter {
    /// The file's end has come, with everything before it read.
    mutating func finish(_ element: (SplitElement) -> Bool) {
        if kind == .lines {
            if inside == .line {
                inside = .nothing
                _ = handOutCarry(element)
            }
            if position.index == 0 {
                end = .endsEarly(Fault(path: "", code: .empty, message: "expected at least one order, found none in \(offset) bytes"))
            } else {
                finishPosition()
                end = .complete(orders: position.index, isMany: true)
            }
            return
        }
        guard inside == .nothing else { return endsEarly("the rest of an order") }
        switch state {
        case .start: end = .endsEarly(Fault(path: "", code: .empty, message: "expected an order, found none in \(offset) bytes"))
        case .firstElement, .nextElement: endsEarly("an order")
        case .afterElement: endsEarly("',' or ']' after an order")
        case .trailing:
            if !isMany {
                state = .finishedObject
                _ = handOutCarry(element)
            }
            finishPosition()
            end = .complete(orders: position.index, isMany: isMany)
        case .finishedObject:
            end = .complete(orders: position.index, isMany: false)
        }
    }

    private mutating func finishPosition() {
        position.offset = offset
        position.line = line
        position.state = state.rawValue
    }

    private mutating func endsEarly(_ expected: String) {
        end = .endsEarly(
            Fault(
                path: nextPath, code: .incomplete,
                message: "expected \(expected), found the end of the file at byte \(offset) (line \(line))"))
    }
}
