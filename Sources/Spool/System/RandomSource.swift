/// Random numbers. A simulation can give a series that it can repeat.
public protocol RandomSource: Sendable {
    /// 64 bits, each as likely to be 0 as 1.
    func next() -> UInt64
}

/// The kernel's random numbers (`getrandom`), fit for keys and salts.
public struct SystemRandom: RandomSource {
    /// The source.
    public init() {}

    /// 64 bits of `getrandom`.
    public func next() -> UInt64 {
        var generator = SystemRandomNumberGenerator()
        return generator.next()
    }
}
