/// All that happened in one run, as a digest, and as text where somebody wants to read it.
///
/// Two runs of a seed have the same digest: nothing in them comes from outside.
final class Trace {
    /// FNV-1a over all lines.
    private(set) var digest: UInt64 = 0xCBF2_9CE4_8422_2325
    /// How many lines there were.
    private(set) var count = 0
    /// The lines, the last ones only; empty unless they are kept.
    private(set) var lines: [String] = []
    private let keeps: Bool

    init(keeping: Bool) { keeps = keeping }

    /// Notes a line, made of parts so that none is put together where nobody reads it.
    func note(_ parts: String...) {
        count += 1
        for part in parts {
            for byte in part.utf8 { digest = (digest ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
            digest = (digest ^ 0x20) &* 0x0000_0100_0000_01B3
        }
        if keeps { lines.append(parts.joined(separator: " ")) }
    }
}
