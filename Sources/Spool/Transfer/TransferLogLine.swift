/// What sshd's SFTP server says of a finished or broken transfer, in one line of its log.
///
/// With `internal-sftp -l INFO` it writes, as the OpenSSH server's `handle_log_close` does:
///
///     close "/orders/o.json" bytes read 0 written 512
///     forced close "/orders/o.json" bytes read 0 written 256
///
/// The first where the client closed the file; the second where the connection ended with the file still open.
public struct TransferLogLine: Hashable, Sendable {
    /// The path as the client gave it, below its chroot, or below where it stood then.
    public let path: [UInt8]
    /// The connection ended before the client had closed the file.
    public let isForced: Bool
    /// Bytes that the client read from it.
    public let bytesRead: Int64
    /// Bytes that the client wrote to it. After a resume these are the bytes since.
    public let bytesWritten: Int64

    /// Reads a datagram of `syslog(3)`: a priority, a time, a tag and the text. `nil` where it tells of no transfer's end.
    ///
    /// A partner chooses the path, and sshd puts quotes around it that it does not escape. So the text is taken from both its ends: what
    /// stands between the first quote and the last `" bytes read ` is the path, whatever it holds. A line break in it is escaped, so that one
    /// datagram is one line.
    public init?(datagram: some Collection<UInt8>) {
        var bytes = Array(datagram)
        while let last = bytes.last, last == 0 || last == 10 { bytes.removeLast() }
        guard let begin = Self.text(of: bytes), let end = Self.last(Self.counts, in: bytes, from: begin.path) else { return nil }
        let words = bytes[(end + Self.counts.count)...].split(separator: 32, omittingEmptySubsequences: false)
        guard words.count == 3, words[1].elementsEqual("written".utf8), let read = Self.number(words[0]),
            let written = Self.number(words[2]), let path = Self.unescaped(bytes[begin.path..<end])
        else { return nil }
        self.path = path
        isForced = begin.isForced
        bytesRead = read
        bytesWritten = written
    }

    private static let counts = Array("\" bytes read ".utf8)

    /// Where the path begins: behind the tag (`internal-sftp[17]: `) and `close "` or `forced close "`.
    private static func text(of bytes: [UInt8]) -> (path: Int, isForced: Bool)? {
        let tag = Array("]: ".utf8)
        guard let colon = bytes.indices.first(where: { bytes[$0...].starts(with: tag) }) else { return nil }
        let text = colon + tag.count
        for (word, isForced) in [("close \"", false), ("forced close \"", true)] where bytes[text...].starts(with: word.utf8) {
            return (text + word.utf8.count, isForced)
        }
        return nil
    }

    private static func last(_ needle: [UInt8], in bytes: [UInt8], from start: Int) -> Int? {
        guard bytes.count - needle.count >= start else { return nil }
        return (start...(bytes.count - needle.count)).last { bytes[$0...].starts(with: needle) }
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> Int64? {
        guard !digits.isEmpty, digits.count <= 18 else { return nil }
        var value: Int64 = 0
        for digit in digits {
            guard (48...57).contains(digit) else { return nil }
            value = value * 10 + Int64(digit - 48)
        }
        return value
    }

    /// Takes back what `strnvis(3)` with `VIS_CSTYLE | VIS_NL | VIS_TAB | VIS_OCTAL` has done, as OpenSSH's `do_log` calls it.
    private static func unescaped(_ text: ArraySlice<UInt8>) -> [UInt8]? {
        var out: [UInt8] = []
        out.reserveCapacity(text.count)
        var rest = text
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "\\") else {
                out.append(byte)
                continue
            }
            guard let kind = rest.popFirst() else { return nil }
            switch kind {
            case UInt8(ascii: "\\"): out.append(kind)
            case UInt8(ascii: "n"): out.append(10)
            case UInt8(ascii: "r"): out.append(13)
            case UInt8(ascii: "t"): out.append(9)
            case UInt8(ascii: "b"): out.append(8)
            case UInt8(ascii: "a"): out.append(7)
            case UInt8(ascii: "v"): out.append(11)
            case UInt8(ascii: "f"): out.append(12)
            case UInt8(ascii: "s"): out.append(32)
            case 48...55:
                var value = Int(kind - 48)
                var digits = 1
                while digits < 3, let next = rest.first, (48...55).contains(next) {
                    value = value * 8 + Int(next - 48)
                    rest.removeFirst()
                    digits += 1
                }
                guard value < 256 else { return nil }
                out.append(UInt8(value))
            default: return nil
            }
        }
        return out
    }
}

extension TransferLogLine {
    /// The directory just above the file, and the file's name; the directory is `nil` where the client gave a name only, or one that is not
    /// to be told from it.
    public var place: (directory: [UInt8]?, name: FileName)? {
        var parts: [ArraySlice<UInt8>] = []
        for part in path.split(separator: UInt8(ascii: "/")) where !part.elementsEqual(".".utf8) {
            if part.elementsEqual("..".utf8) {
                if !parts.isEmpty { parts.removeLast() }
            } else {
                parts.append(part)
            }
        }
        guard let last = parts.popLast(), let name = FileName(bytes: last) else { return nil }
        return (parts.last.map { Array($0) }, name)
    }
}
