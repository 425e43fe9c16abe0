/// A promise that was broken, or a simulation that could not go on.
struct Violation: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
