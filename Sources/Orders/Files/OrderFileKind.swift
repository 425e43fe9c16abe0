/// The kinds of file that hold orders, told by the end of the name.
public enum OrderFileKind: String, CaseIterable, Sendable {
    /// `.json`: one object, one order; or an array of them.
    case json
    /// `.ndjson`, `.jsonl`: one order a line.
    case lines

    /// The kind of a file's name in bytes, capitals or not; `nil` for a name that is of neither kind, or is nothing but the ending.
    public init?(fileName: some Collection<UInt8>) {
        let name = fileName.map { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) ? $0 | 0x20 : $0 }
        func ends(_ ending: String) -> Bool { name.count > ending.utf8.count && name.suffix(ending.utf8.count).elementsEqual(ending.utf8) }
        if ends(".json") {
            self = .json
        } else if ends(".ndjson") || ends(".jsonl") {
            self = .lines
        } else {
            return nil
        }
    }
}
