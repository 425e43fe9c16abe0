import Foundation

/// One line on a terminal that is written over again and again. Silent where standard error is none.
final class ProgressBar {
    private let label: String
    private let total: Int64?
    private let isShown: Bool
    private var last = Date.distantPast

    /// - Parameter total: what 100 % is, where that is known.
    init(_ label: String, total: Int64?) {
        self.label = label
        self.total = total.flatMap { $0 > 0 ? $0 : nil }
        isShown = isTerminal(2)
    }

    /// Shows how far it has come, at most ten times a second.
    func show(_ done: Int64) {
        guard isShown else { return }
        let now = Date()
        guard now.timeIntervalSince(last) >= 0.1 else { return }
        last = now
        var line = "\r\(label) \(done)"
        if let total {
            let filled = Int(min(done, total) * 30 / total)
            line =
                "\r\(label) [" + String(repeating: "#", count: filled) + String(repeating: ".", count: 30 - filled)
                + "] \(done) of \(total)"
        }
        writeToStandardError(line + "\u{1B}[K")
    }

    /// Takes the line away.
    func end() {
        guard isShown, last != .distantPast else { return }
        writeToStandardError("\r\u{1B}[K")
    }
}
