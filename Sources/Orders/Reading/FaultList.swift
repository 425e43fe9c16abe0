/// The faults found so far, each by its place in the text. Where they lie as pointers is worked out once, at the end, so that an order
/// without fault pays nothing for it.
struct FaultList {
    /// How many are reported.
    static let reported = 100
    /// How many are kept. More than are reported, for some kinds are found late and may stand before others.
    private static let kept = 1000

    private var found: [Found] = []
    private var count = 0

    private struct Found {
        var offset: Int
        var order: Int
        var code: FaultCode
        var member: StaticString?
        var message: String
    }

    var isEmpty: Bool { count == 0 }

    /// - Parameters:
    ///   - offset: of the value at fault, or of a member's name where the name is.
    ///   - member: the name of a member missing from the object at `offset`; plain, so that it needs no escapes in a pointer.
    mutating func add(_ code: FaultCode, at offset: Int, member: StaticString? = nil, _ message: String) {
        count += 1
        guard found.count < Self.kept else { return }
        found.append(Found(offset: offset, order: count, code: code, member: member, message: message))
    }

    func resolved(in scanner: JSONScanner) -> [Fault] {
        var sorted = found
        sorted.sort { $0.offset == $1.offset ? $0.order < $1.order : $0.offset < $1.offset }
        let shown = sorted.prefix(Self.reported)
        let pointers = PointerLocator.pointers(to: shown.map(\.offset), base: scanner.base, count: scanner.end)
        var list = zip(shown, pointers).map { found, pointer in
            Fault(path: found.member.map { "\(pointer)/\($0)" } ?? pointer, code: found.code, message: found.message)
        }
        if count > list.count {
            list.append(Fault(path: "", code: .moreFaults, message: "found \(count - list.count) more faults, which are not listed"))
        }
        return list
    }
}
