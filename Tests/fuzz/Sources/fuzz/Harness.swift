/// What is fed to one parser, and what must hold of it.
struct Harness: Sendable {
    /// The target's name on the command line.
    let name: String
    /// The parser, in a few words.
    let meaning: String
    /// Inputs to begin with, beside the files that `run.sh` adds.
    var seeds: [[UInt8]] = []
    /// Words that such inputs are made of.
    var words: [String] = []
    /// Reads one input, and ends the process where something does not hold.
    let run: @Sendable (UnsafeBufferPointer<UInt8>) -> Void
}

/// Ends the process, which libFuzzer reports with the input, where a property does not hold.
func require(_ holds: Bool, _ property: @autoclosure () -> String, line: UInt = #line, file: StaticString = #fileID) {
    guard !holds else { return }
    fatalError("does not hold: " + property(), file: file, line: line)
}

/// A few numbers from an input's first bytes; the rest is what the parser gets.
struct Choices {
    private var bytes: UnsafeBufferPointer<UInt8>.SubSequence

    init(_ bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes[...] }

    /// 0 where the input is at its end.
    mutating func next() -> UInt8 { bytes.popFirst() ?? 0 }

    mutating func word() -> UInt64 { (0..<8).reduce(0) { value, _ in value << 8 | UInt64(next()) } }

    var rest: UnsafeBufferPointer<UInt8> { UnsafeBufferPointer(rebasing: bytes) }
}

/// The bytes of a literal.
func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }
