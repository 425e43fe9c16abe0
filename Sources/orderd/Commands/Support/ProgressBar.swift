import Foundation

/// One line on a terminal that is written over again and again. Silent where standard error is none.
final class ProgressBar {
    private let label: String
    private let total: Int64?
    private let width: Int?
    private var last = Date.distantPast

    /// - Parameter total: what 100 % is, where that is known.
    init(_ label: String, total: Int64?) {
        self.label = label
        self.total = total.flatMap { $0 > 0 ? $0 : nil }
        // A dumb terminal cannot go back to a line's beginning and clear it.
        let environment = ProcessInfo.processInfo.environment
        let terminal = Terminal(of: 2, environment: environment)
        width = environment["TERM"] == "dumb" ? nil : terminal.width
    }

    /// Whether a person watches: where not, what is shown need not be found out.
    var isShown: Bool { width != nil }

    /// Whether it is time to show something again.
    var isDue: Bool { isShown && Date().timeIntervalSince(last) >= 0.1 }

    /// Shows how far it has come, at most ten times a second.
    ///
    /// - Parameters:
    ///   - total: where that was not known in the beginning.
    ///   - note: what else there is to say, behind the numbers.
    func show(_ done: Int64, of total: Int64? = nil, note: String = "") {
        guard let width, isDue else { return }
        last = Date()
        writeTransient(Self.line(label, done, of: total ?? self.total, note: note, width: width))
    }

    /// Takes the line away.
    func end() {
        guard isShown, last != .distantPast else { return }
        writeTransient(nil)
    }

    /// The line as it is shown: never as wide as the terminal, where it would wrap and stay.
    static func line(_ label: String, _ done: Int64, of total: Int64?, note: String, width: Int) -> String {
        let tail = note.isEmpty ? "" : ", \(note)"
        guard let total, total > 0 else { return cut("\(label) \(done)\(tail)", to: width - 1) }
        let numbers = "] \(min(done, total)) of \(total)\(tail)"
        let room = min(30, width - 1 - columnCount(label) - 2 - columnCount(numbers))
        guard room >= 5 else { return cut("\(label) \(min(done, total)) of \(total)\(tail)", to: width - 1) }
        let filled = Int(min(done, total)) * room / Int(total)
        return "\(label) [" + String(repeating: "#", count: filled) + String(repeating: ".", count: room - filled) + numbers
    }
}
