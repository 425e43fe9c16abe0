/// The name of a file in a directory: 1 to 255 bytes, none of them NUL or `/`, and neither `.` nor `..`.
///
/// A name is bytes, not text: what a partner uploads need not be UTF-8, and two names that Unicode holds equal are two files. The bytes are
/// kept with a NUL behind them, so that handing a name to the kernel copies nothing.
public struct FileName: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The longest name that Linux takes, in bytes.
    public static let maximumLength = 255

    private let storage: ContiguousArray<UInt8>

    /// A name of these bytes; `nil` where they cannot be a file's name.
    public init?(bytes: some Sequence<UInt8>) {
        var storage = ContiguousArray(bytes)
        guard (1...Self.maximumLength).contains(storage.count), !storage.contains(where: { $0 == 0 || $0 == UInt8(ascii: "/") }) else {
            return nil
        }
        let dot = UInt8(ascii: ".")
        guard storage != [dot], storage != [dot, dot] else { return nil }
        storage.append(0)
        self.storage = storage
    }

    /// A name of this text's UTF-8 bytes; `nil` where they cannot be a file's name.
    public init?(_ text: String) {
        self.init(bytes: text.utf8)
    }

    /// A name that the kernel listed. Some file systems (vfat) list names of more than 255 bytes; such a file must be seen all the same.
    init(listed bytes: UnsafeRawBufferPointer) {
        var storage = ContiguousArray<UInt8>()
        storage.reserveCapacity(bytes.count + 1)
        storage.append(contentsOf: bytes)
        storage.append(0)
        self.storage = storage
    }

    /// The bytes, without the NUL.
    public var bytes: ArraySlice<UInt8> { ArraySlice(storage.dropLast()) }

    /// How many bytes the name has.
    public var count: Int { storage.count - 1 }

    /// The name as text; `nil` where it is not UTF-8.
    public var text: String? { String(validating: storage.dropLast(), as: UTF8.self) }

    /// The name for people and logs: one line, printable. Not for a path: it may be escaped.
    public var description: String { escaped(storage.dropLast()) }

    /// Whether the name begins with a dot, by which such files are hidden.
    public var isHidden: Bool { storage[0] == UInt8(ascii: ".") }

    /// Calls `body` with the name as a C string, which is valid only during the call.
    @inline(__always)
    public func withCString<Result, Failure: Error>(
        _ body: (UnsafePointer<CChar>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try storage.withUnsafeBufferPointer { (buffer) throws(Failure) -> Result in
            let start = UnsafeRawPointer(buffer.baseAddress.unsafelyUnwrapped)
            return try body(start.assumingMemoryBound(to: CChar.self))
        }
    }

    /// Whether the name begins with these ASCII characters, exactly.
    public func hasPrefix(_ prefix: StaticString) -> Bool {
        guard count >= prefix.utf8CodeUnitCount else { return false }
        return prefix.withUTF8Buffer { $0.elementsEqual(storage.prefix($0.count)) }
    }

    /// Whether the name ends with these ASCII characters, exactly or, with `ignoringCase`, in any case.
    public func hasSuffix(_ suffix: StaticString, ignoringCase: Bool = false) -> Bool {
        guard count >= suffix.utf8CodeUnitCount else { return false }
        return suffix.withUTF8Buffer { wanted in
            let found = storage[(count - wanted.count)..<count]
            return ignoringCase ? found.elementsEqual(wanted) { lowercased($0) == lowercased($1) } : found.elementsEqual(wanted)
        }
    }

    /// This name with ASCII text behind it; `nil` where that is too long.
    public func appending(_ suffix: String) -> FileName? {
        FileName(bytes: Array(bytes) + Array(suffix.utf8))
    }

    /// Bytewise, as `LC_ALL=C ls` sorts.
    public static func < (left: FileName, right: FileName) -> Bool {
        left.storage.lexicographicallyPrecedes(right.storage)
    }
}

private func lowercased(_ byte: UInt8) -> UInt8 {
    (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
}
