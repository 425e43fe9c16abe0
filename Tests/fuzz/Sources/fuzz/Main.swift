import Foundation

/// Every harness, by name; `run.sh` asks for the list.
private let harnesses: [Harness] = [
    .order, .json, .splitter, .cards, .ids, .times, .amounts, .names, .journalLine, .journalEvent, .control, .gateway, .table, .products,
    .configuration, .position, .transfer,
]

/// The one that `FUZZ_TARGET` names. libFuzzer calls with one thread, and this is set before its first call.
nonisolated(unsafe) private var harness = Harness.order

/// Whether `FUZZ_PLANT` asks for the harness's planted bug: the control, by which the fuzzer shows that it finds such.
nonisolated(unsafe) private(set) var isPlanted = false

/// Before libFuzzer starts. Without a target it lists the harnesses; with `FUZZ_SEEDS` it writes the harness's seeds and dictionary.
func initialize() {
    let environment = ProcessInfo.processInfo.environment
    guard let name = environment["FUZZ_TARGET"], let named = harnesses.first(where: { $0.name == name }) else {
        for harness in harnesses { print("\(harness.name)\t\(harness.meaning)") }
        exit(environment["FUZZ_TARGET"] == nil ? 0 : 2)
    }
    harness = named
    isPlanted = environment["FUZZ_PLANT"] != nil
    if let directory = environment["FUZZ_SEEDS"] {
        write(named, to: directory)
        exit(0)
    }
}

/// One input. The bytes lie in a block of exactly their size, so that AddressSanitizer sees one read too many.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    harness.run(UnsafeBufferPointer(start: start, count: count))
    return 0
}

private func write(_ harness: Harness, to directory: String) {
    for (index, seed) in harness.seeds.enumerated() {
        let path = directory + "/seed-\(index)"
        guard FileManager.default.createFile(atPath: path, contents: Data(seed)) else { fatalError("cannot write \(path)") }
    }
    let words = harness.words.map { word in
        "\""
            + word.utf8.map { byte in
                switch byte {
                case UInt8(ascii: "\""), UInt8(ascii: "\\"): "\\" + String(UnicodeScalar(byte))
                case 0x20..<0x7F: String(UnicodeScalar(byte))
                default: "\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
                }
            }.joined() + "\""
    }
    let path = directory + ".dict"
    guard FileManager.default.createFile(atPath: path, contents: Data(words.joined(separator: "\n").utf8)) else {
        fatalError("cannot write \(path)")
    }
}
