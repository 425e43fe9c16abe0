internal import Glibc
internal import Synchronization

/// Random numbers. A simulation can give a series that it can repeat.
public protocol RandomSource: Sendable {
    /// 64 bits, each as likely to be 0 as 1.
    func next() -> UInt64
}

/// The kernel's random numbers (`getentropy`), fit for keys and salts. They are fetched some at a time: a call for each number costs more than
/// the number is worth. Any thread may use it.
public final class SystemRandom: RandomSource {
    private static let fetched = 32

    private let numbers = Mutex<[UInt64]>([])

    /// The source.
    public init() {}

    /// 64 bits, none of them given out twice.
    public func next() -> UInt64 {
        numbers.withLock { numbers in
            if numbers.isEmpty { numbers = Self.fetch() }
            return numbers.removeLast()
        }
    }

    private static func fetch() -> [UInt64] {
        [UInt64](unsafeUninitializedCapacity: fetched) { buffer, count in
            let bytes = UnsafeMutableRawBufferPointer(buffer)
            // It fails only where the kernel is older than getrandom, or for more than 256 bytes.
            guard getentropy(bytes.baseAddress, fetched * 8) == 0 else {
                var generator = SystemRandomNumberGenerator()
                for index in 0..<fetched { buffer.initializeElement(at: index, to: generator.next()) }
                count = fetched
                return
            }
            count = fetched
        }
    }
}
